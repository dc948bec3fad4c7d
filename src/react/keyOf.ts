import { inOrder } from '../rpc/sharedName.js'

const spellOut = (key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value))
  // JSON knows neither: a Map, a Set, bytes.
  if (Symbol.iterator in value) return Array.from(value as Iterable<unknown>)
  return inOrder(key, value)
}

/** A text that is the same for what is equal by value: the order of keys and keys that are `undefined` make no difference. */
export const keyOf = (value: unknown): string => JSON.stringify(value, spellOut)
