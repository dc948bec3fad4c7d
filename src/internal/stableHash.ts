const compareKeys = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1

const spellOut = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value))
  // JSON has neither a Map, nor a Set, nor bytes.
  if (Symbol.iterator in value) return Array.from(value as Iterable<unknown>)
  return Object.fromEntries(Object.entries(value).sort(compareKeys))
}

/** A text that is the same for values that are equal: the order of keys, and keys whose value is `undefined`, make no difference. */
export const stableHash = (value: unknown): string => JSON.stringify(value, spellOut)
