import { isBytes } from '../internal/bytes.js'

/** What `Object.prototype.toString` says of an object. It holds across realms (iframes, jsdom), where `instanceof` does not. */
const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1)

/** How a binary format represents the values that JSON does not have. */
export interface ValueFormat {
  /** The codec's name in error texts: `cbor()`. */
  readonly name: string
  readonly maxDepth: number
  /** A date, given in milliseconds since 1970. */
  readonly date: (time: number) => unknown
  /** A view of bytes; `type` is the name of its constructor. */
  readonly view: (bytes: Uint8Array, type: string) => unknown
  /** Throws for a BigInt that is too large. */
  readonly bigint: (value: bigint) => unknown
  /** Throws if the format has no maps with arbitrary keys. */
  readonly map: (entries: [unknown, unknown][]) => unknown
  /** Throws if the format has no sets. */
  readonly set: (items: unknown[]) => unknown
}

/** Replaces lone surrogates by U+FFFD: UTF-8 cannot represent them, but the encoders would write them. */
const wellFormed = (text: string): string => {
  // ES2024. Fast for Latin-1 strings, which V8 does not need to scan.
  const { isWellFormed } = text as { isWellFormed?: () => boolean }
  return isWellFormed?.call(text) ? text : text.replaceAll(/[\ud800-\udfff]/gu, '\ufffd')
}

/** The encoders write large integers as floats, which a server in a typed language does not accept as integers. A BigInt stays one. */
const integer = (value: number): number | bigint =>
  (value > 0xffff_ffff || value < -0x8000_0000) && Number.isSafeInteger(value) ? BigInt(value) : value

const array = (format: ValueFormat, items: readonly unknown[], depth: number): readonly unknown[] => {
  let copy: unknown[] | undefined
  for (let n = 0; n < items.length; n++) {
    const item = items[n]
    const ready = prepare(format, item, depth)
    if (!Object.is(ready, item)) (copy ??= [...items])[n] = ready
  }
  return copy ?? items
}

const record = (format: ValueFormat, value: object, depth: number, isPlain: boolean): object => {
  const source = value as Readonly<Record<string, unknown>>
  let copy: Record<string, unknown> | undefined
  const keys = Object.keys(source)
  for (const key of keys) {
    if (key === '__proto__') {
      throw new TypeError(
        __DEV__ ? `${format.name} cannot carry the key "__proto__", which receivers refuse: rename it.` : '',
      )
    }
    const item = source[key]
    const ready = prepare(format, item, depth)
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
  // An instance of a class is sent as its own enumerable properties.
  return copy ?? (isPlain ? value : {})
}

/** An object that is neither plain nor an array. */
const special = (format: ValueFormat, value: object, depth: number): unknown => {
  const type = tagOf(value)
  if (ArrayBuffer.isView(value))
    return format.view(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), type)
  if (type === 'ArrayBuffer') return format.view(new Uint8Array(value as ArrayBuffer), type)
  // A Blob: its bytes can only be read asynchronously.
  if (isBytes(value)) {
    throw new TypeError(
      __DEV__ ? `${format.name} cannot carry a ${type}: use socketSendRaw, or read its bytes first.` : '',
    )
  }
  if (type === 'Date') {
    const time = (value as { getTime: () => number }).getTime()
    if (Number.isNaN(time))
      throw new TypeError(__DEV__ ? `${format.name} cannot carry an invalid Date: send null.` : '')
    return format.date(time)
  }
  if (type === 'Map') {
    const entries = [...(value as ReadonlyMap<unknown, unknown>)]
    return format.map(entries.map(([key, item]) => [prepare(format, key, depth), prepare(format, item, depth)]))
  }
  if (type === 'Set')
    return format.set([...(value as ReadonlySet<unknown>)].map((item) => prepare(format, item, depth)))
  return record(format, value, depth, false)
}

const object = (format: ValueFormat, value: object, depth: number): unknown => {
  if (depth > format.maxDepth) {
    throw new TypeError(
      __DEV__
        ? `${format.name} takes at most ${format.maxDepth} levels of nesting, got more or a cycle: send a flatter value.`
        : '',
    )
  }
  if (Array.isArray(value)) return array(format, value, depth)
  const prototype: unknown = Object.getPrototypeOf(value)
  const { toJSON } = value as { toJSON?: unknown }
  const isDate = prototype !== Object.prototype && tagOf(value) === 'Date'
  if (typeof toJSON === 'function' && !isDate && !ArrayBuffer.isView(value)) {
    return prepare(format, (toJSON as (this: object) => unknown).call(value), depth)
  }
  return prototype === Object.prototype ? record(format, value, depth, true) : special(format, value, depth)
}

/** `depth` counts the arrays, maps and objects around the value. */
const prepare = (format: ValueFormat, value: unknown, depth: number): unknown => {
  switch (typeof value) {
    case 'string':
      return wellFormed(value)
    case 'number':
      return integer(value)
    case 'bigint':
      return format.bigint(value)
    case 'object':
      return value && object(format, value, depth + 1)
    case 'function':
    case 'symbol':
      throw new TypeError(__DEV__ ? `${format.name} cannot carry a ${typeof value}: send plain data.` : '')
    case 'boolean':
    case 'undefined':
    default:
      return value
  }
}

/**
 * Turns a value into one that the format's encoder accepts and that every receiver understands. Throws a TypeError for what the format
 * cannot carry. Parts that need no change are not copied.
 */
export const toEncodable = (format: ValueFormat, value: unknown): unknown => prepare(format, value, 0)
