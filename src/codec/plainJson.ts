import { isBytes, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { codedError } from '../internal/errors.js'
import type { Codec } from './types.js'

/** Matches every text that may contain a forbidden key. An escape (`\\u00…`) can stand for any ASCII character. */
export const forbiddenKey = /__proto__|constructor|\\u00/

/** Whether `value` has an own `__proto__`, or a `constructor` with a `prototype`, at any depth. */
const isPolluting = (value: unknown): boolean => {
  // Not recursive: JSON.parse accepts more levels than the stack has room for.
  for (const open = [value]; open.length;) {
    const node = open.pop()
    if (typeof node !== 'object' || !node) continue
    if (Object.hasOwn(node, '__proto__')) return true
    const constructor: unknown = Object.hasOwn(node, 'constructor') && node.constructor
    if (typeof constructor === 'object' && constructor && Object.hasOwn(constructor, 'prototype')) return true
    for (const child of Object.values(node)) open.push(child)
  }
  return false
}

/** Parses JSON. Throws `invalid_frame` for keys that pollute prototypes. */
export const parseJson = (source: string): unknown => {
  const value: unknown = JSON.parse(source)
  if (!forbiddenKey.test(source) || !isPolluting(value)) return value
  throw codedError(
    'invalid_frame',
    __DEV__
      ? 'Expected plain JSON, got a "__proto__" or "constructor.prototype" key: it could pollute prototypes, so it is refused.'
      : '',
  )
}

/** Encodes a value as JSON; bytes stay as they are. Throws for a value that JSON cannot carry. */
export const encodeJson = (value: unknown, replacer?: never): Frame => {
  if (isBytes(value)) return value
  const encoded = JSON.stringify(value, replacer) as string | undefined
  if (encoded !== undefined) return encoded
  throw new TypeError(
    __DEV__
      ? `JSON cannot carry ${typeof value}: send null, a string, a number, a boolean, an array or an object.`
      : typeof value,
  )
}

/** `json()` without options, and without the code for options. The default codec. */
export const plainJson: Codec = {
  encode: (value) => encodeJson(value),
  decode: (frame: ReceivedFrame) => (typeof frame === 'string' ? parseJson(frame) : frame),
  subprotocol: 'json',
  isPlain: true,
}
