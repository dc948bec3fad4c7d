import { isBytes } from '../internal/bytes.js'
import { isNothing, isPlainData } from '../internal/plainData.js'
import { sizeOf, type Bytes } from './binarySize.js'

export { sizeOf, type Bytes }

type ToPlain = (value: unknown) => unknown

// Both copy only what changes.

const plainArray = (items: readonly unknown[], plain: ToPlain): readonly unknown[] => {
  let copy: unknown[] | undefined
  for (let index = 0; index < items.length; index++) {
    const item = items[index]
    const made = isNothing(item) ? null : plain(item)
    if (!Object.is(made, item)) (copy ??= items.slice())[index] = made
  }
  return copy ?? items
}

const plainRecord = (source: Readonly<Record<string, unknown>>, plain: ToPlain): object => {
  const prototype: unknown = Object.getPrototypeOf(source)
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  let copy: Record<string, unknown> | undefined = isPlain ? undefined : { ...source }
  for (const key of Object.keys(source)) {
    const part = source[key]
    const made = plain(part)
    if (Object.is(made, part) && key !== '__proto__') continue
    copy ??= { ...source }
    if (isNothing(part) || key === '__proto__') delete copy[key]
    else copy[key] = made
  }
  return copy ?? source
}

const plainMap = (map: ReadonlyMap<unknown, unknown>, plain: ToPlain): unknown => {
  const entries = Array.from(map, ([key, item]) => [plain(key), plain(item)] as const)
  // Of the original keys: a BigInt could become the same text as another key.
  const isRecord = [...map.keys()].every((key) => typeof key === 'string' && key !== '__proto__')
  return isRecord ? Object.fromEntries(entries) : entries
}

const plainObject = (value: object, plain: ToPlain): unknown => {
  if (Array.isArray(value)) return plainArray(value, plain)
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  if (kind === 'Set') return plainArray([...(value as Set<unknown>)], plain)
  if (kind === 'Map') return plainMap(value as Map<unknown, unknown>, plain)
  if (kind === 'Error') return { name: (value as Error).name, message: (value as Error).message }
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return plain((toJSON as () => unknown).call(value))
  return plainRecord(value as Record<string, unknown>, plain)
}

/**
 * Converts a value to plain data for the store. Bytes become what `toHandle` returns, a BigInt becomes its digits, a Map becomes an object or, when a key is
 * not a string, its entries, a Set becomes an array; an object with `toJSON` (a Date, a URL) becomes what that returns, an Error its name and message, any
 * other object its own properties. Functions and symbols are left out, as in JSON. Plain data is returned as it is.
 */
export const toPlain = (value: unknown, toHandle: (bytes: Bytes) => unknown): unknown => {
  if (isPlainData(value)) return value
  const plain: ToPlain = (part) => {
    if (typeof part === 'bigint') return String(part)
    if (isNothing(part)) return undefined
    if (typeof part !== 'object' || !part) return part
    return isBytes(part) ? toHandle(part) : plainObject(part, plain)
  }
  return plain(value)
}
