import { codedError } from '../internal/errors.js'
import { textOf } from './text.js'
import type { Codec } from './types.js'

// Only a text with one of these can spell a forbidden key (an escape can spell any).
const suspicious = /__proto__|constructor|\\u00/

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

const parse = (source: string): unknown => {
  const value: unknown = JSON.parse(source)
  if (!suspicious.test(source) || !isPolluting(value)) return value
  throw codedError(
    'invalid_frame',
    'Expected plain JSON, got a "__proto__" or "constructor.prototype" key: it could pollute prototypes, so it is refused.',
  )
}

/**
 * JSON in text frames (RFC 8259). Malformed JSON and keys that pollute prototypes are a `socketError` with the code
 * `invalid_frame`, a binary frame one with `unsupported_frame`; a value that JSON cannot carry (`undefined`, a function, a BigInt, a
 * cycle) is refused with `encode_failed`.
 */
export const json = (): Codec => ({
  encode: (value) => {
    const encoded = JSON.stringify(value) as string | undefined
    if (encoded !== undefined) return encoded
    throw new TypeError(
      `JSON cannot carry ${typeof value}: send null, a string, a number, a boolean, an array or an object.`,
    )
  },
  decode: (frame) => parse(textOf(frame)),
})
