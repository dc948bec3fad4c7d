import { isBytes, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { codedError } from '../internal/errors.js'
import type { Codec } from './types.js'

// Only a text with one of these can spell a forbidden key (an escape can spell any).
export const suspicious = /__proto__|constructor|\\u00/

/** Whether `value` holds an own `__proto__` or a `constructor` with a `prototype`, at any depth. */
const isPolluting = (value: unknown): boolean => {
  // Not recursive: JSON.parse takes a nesting that would overflow the stack.
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

export const parse = (source: string): unknown => {
  const value: unknown = JSON.parse(source)
  if (!suspicious.test(source) || !isPolluting(value)) return value
  throw codedError(
    'invalid_frame',
    __DEV__
      ? 'Expected plain JSON, got a "__proto__" or "constructor.prototype" key: it could pollute prototypes, so it is refused.'
      : '',
  )
}

/** A value as JSON, bytes as they are. */
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

/** What `json()` is without options. */
export const plainJson: Codec = {
  encode: (value) => encodeJson(value),
  decode: (frame: ReceivedFrame) => (typeof frame === 'string' ? parse(frame) : frame),
  subprotocol: 'json',
  isPlain: true,
}
