import { isBytes } from '../internal/bytes.js'

/** What `Object.prototype.toString` says of an object; it holds across realms, where `instanceof` does not (iframes, jsdom). */
const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1)

/** What a format makes of the values that are not JSON's. */
export interface Carrier {
  /** As it stands in messages: `cbor()`. */
  readonly name: string
  readonly maxDepth: number
  /** A date, by its milliseconds since 1970. */
  readonly date: (time: number) => unknown
  /** A view; `type` is its constructor's name. */
  readonly view: (bytes: Uint8Array, type: string) => unknown
  /** Throws where a BigInt is too large. */
  readonly bigint: (value: bigint) => unknown
  /** Throws where the format has no maps of any keys. */
  readonly map: (entries: [unknown, unknown][]) => unknown
  /** Throws where the format has no sets. */
  readonly set: (items: unknown[]) => unknown
}

/** A text without lone surrogates: UTF-8 has none, and the encoders would write them all the same. */
const wellFormed = (text: string): string => {
  // ES2024, where the runtime has it: with texts of Latin-1 it need not look.
  const { isWellFormed } = text as { isWellFormed?: () => boolean }
  return isWellFormed?.call(text) ? text : text.replaceAll(/[\ud800-\udfff]/gu, '\ufffd')
}

/** A big integer is a float to the encoders, which a server in a typed language won't take for an integer. */
const integer = (value: number): number | bigint =>
  (value > 0xffff_ffff || value < -0x8000_0000) && Number.isSafeInteger(value) ? BigInt(value) : value

/**
 * Makes of a value what an encoder takes and every receiver understands; throws a TypeError at what cannot be carried. What needs no change
 * is not copied.
 */
export const createOutgoing = (carrier: Carrier): ((value: unknown) => unknown) => {
  const { name, maxDepth } = carrier

  const array = (items: readonly unknown[], depth: number): readonly unknown[] => {
    let copy: unknown[] | undefined
    for (let n = 0; n < items.length; n++) {
      const item = items[n]
      const ready = prepare(item, depth)
      if (!Object.is(ready, item)) (copy ??= [...items])[n] = ready
    }
    return copy ?? items
  }

  const record = (value: object, depth: number, isPlain: boolean): object => {
    const source = value as Readonly<Record<string, unknown>>
    let copy: Record<string, unknown> | undefined
    const keys = Object.keys(source)
    for (const key of keys) {
      if (key === '__proto__') {
        throw new TypeError(
          __DEV__ ? `${name} refuses the key "__proto__", as every careful receiver does: name it otherwise.` : '',
        )
      }
      const item = source[key]
      const ready = prepare(item, depth)
      const sent = wellFormed(key)
      if (isPlain && sent === key && Object.is(ready, item)) {
        if (copy) copy[key] = ready
        continue
      }
      if (!copy) {
        copy = {}
        for (const before of keys) {
          if (before === key) break
          copy[before] = source[before]
        }
      }
      copy[sent] = ready
    }
    // An instance of a class is sent as its own properties.
    return copy ?? (isPlain ? value : {})
  }

  /** What is not a plain object, and not an array. */
  const special = (value: object, depth: number): unknown => {
    const type = tagOf(value)
    if (ArrayBuffer.isView(value))
      return carrier.view(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), type)
    if (type === 'ArrayBuffer') return carrier.view(new Uint8Array(value as ArrayBuffer), type)
    // Bytes, but none that could be had at once.
    if (isBytes(value)) {
      throw new TypeError(__DEV__ ? `${name} cannot carry a ${type}: use socketSendRaw, or read its bytes first.` : '')
    }
    if (type === 'Date') {
      const time = (value as { getTime: () => number }).getTime()
      if (Number.isNaN(time)) throw new TypeError(__DEV__ ? `${name} cannot carry an invalid Date: send null.` : '')
      return carrier.date(time)
    }
    if (type === 'Map') {
      const entries = [...(value as ReadonlyMap<unknown, unknown>)]
      return carrier.map(entries.map(([key, item]) => [prepare(key, depth), prepare(item, depth)]))
    }
    if (type === 'Set') return carrier.set([...(value as ReadonlySet<unknown>)].map((item) => prepare(item, depth)))
    return record(value, depth, false)
  }

  const object = (value: object, depth: number): unknown => {
    if (depth > maxDepth) {
      throw new TypeError(
        __DEV__ ? `${name} takes ${maxDepth} levels of nesting at most, got more, or a cycle: send less of it.` : '',
      )
    }
    if (Array.isArray(value)) return array(value, depth)
    const prototype: unknown = Object.getPrototypeOf(value)
    const { toJSON } = value as { toJSON?: unknown }
    const isDate = prototype !== Object.prototype && tagOf(value) === 'Date'
    if (typeof toJSON === 'function' && !isDate && !ArrayBuffer.isView(value)) {
      return prepare((toJSON as (this: object) => unknown).call(value), depth)
    }
    return prototype === Object.prototype ? record(value, depth, true) : special(value, depth)
  }

  /** `depth` is that of what holds the value. */
  const prepare = (value: unknown, depth: number): unknown => {
    switch (typeof value) {
      case 'string':
        return wellFormed(value)
      case 'number':
        return integer(value)
      case 'bigint':
        return carrier.bigint(value)
      case 'object':
        return value && object(value, depth + 1)
      case 'function':
      case 'symbol':
        throw new TypeError(__DEV__ ? `${name} cannot carry a ${typeof value}: send plain data.` : '')
      case 'boolean':
      case 'undefined':
      default:
        return value
    }
  }

  return (value) => prepare(value, 0)
}
