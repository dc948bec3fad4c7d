import { sizeOf, toPlain } from '../middleware/plain.js'
import type { Topic } from './dialects.js'

/** A record with its keys in order: `{ a, b }` and `{ b, a }` ask for the same. */
export const inOrder = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'object' || !value || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** Plain data as a text, the same for whatever order of keys; `undefined` for `undefined`. */
export const textOf = (value: unknown): string | undefined => JSON.stringify(value, inOrder)

/** The same text for whoever asks for the same channel and params; `undefined` for params that are no plain data: those are nobody else's. */
export const sharedName = ({ channel, params }: Topic): string | undefined =>
  toPlain(params, sizeOf) === params ? textOf([channel, params]) : undefined
