import { isBytes, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { warn } from '../internal/environment.js'
import { codedError } from '../internal/errors.js'
import { messages } from '../internal/messages.js'
import type { Codec } from './types.js'

/** Matches every text that may contain a forbidden key. An escape (`\\u00…`) can stand for any ASCII character. */
const forbiddenKey = /__proto__|constructor|\\u00/

/** Development only: an integer of so many digits may be rounded. */
const longInteger = /\d{16}/

/** 64 bits. Larger numbers are measurements, not ids. */
const MAX_ID = 2 ** 64

const warnings = new Set<string>()

/** Warns once of an integer that `JSON.parse` has rounded (ECMA-262: numbers are float64). */
const warnOfRounding = (part: unknown): void => {
  if (warnings.size || !Number.isInteger(part) || Number.isSafeInteger(part) || Math.abs(part as number) >= MAX_ID)
    return
  const text = `reduplex: the number ${String(part)} was received, which is beyond Number.MAX_SAFE_INTEGER and may have been rounded. Send such ids as strings, or give json({ parse }) a parser that reads them as strings or BigInts.`
  warnings.add(text)
  warn(text)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isPolluting = (node: object): boolean =>
  Object.hasOwn(node, '__proto__') ||
  (Object.hasOwn(node, 'constructor') && Object.hasOwn(Object(node.constructor) as object, 'prototype'))

const refusal = (isDeep: boolean, maxDepth: number): string =>
  isDeep
    ? `Expected plain JSON, got more than ${maxDepth} levels of nesting ("maxDepth").`
    : 'Expected plain JSON, got a "__proto__" or "constructor.prototype" key: it could pollute prototypes, so it is refused.'

/** Throws for too many levels, and for keys that pollute prototypes. Not recursive: there may be more levels than the stack has room for. */
const checkParsed = (value: unknown, maxDepth: number): void => {
  let left = maxDepth
  for (let level = [value].filter(isObject); level.length; left--) {
    if (!left || level.some(isPolluting)) throw codedError('invalid_frame', __DEV__ ? refusal(!left, maxDepth) : '')
    const children = level.flatMap((node) => Object.values(node) as unknown[])
    if (__DEV__) children.forEach(warnOfRounding)
    level = children.filter(isObject)
  }
}

/**
 * Reads JSON. A byte order mark is skipped (RFC 8259, section 8.1 allows it), and a blank text is a keep-alive: no message. Throws `invalid_frame` for
 * more than `maxDepth` levels and for keys that pollute prototypes.
 */
export const parseJson = (source: string, maxDepth = 500, parse: (text: string) => unknown = JSON.parse): unknown => {
  // `trim` removes the mark too.
  const text = source.trim()
  if (!text) return messages([])
  const value = parse(text)
  // Each level takes two characters: most texts are too short.
  if (text.length > 2 * maxDepth || forbiddenKey.test(text) || (__DEV__ && longInteger.test(text))) {
    checkParsed(value, maxDepth)
  }
  return value
}

/** Matches every text in which `JSON.stringify` may have written `null` or an object for something that JSON does not have. */
const suspicious = /null|\{\}|"0":|"Buffer"/

/** Matches NaN, Infinity, the tags of bytes and collections, and that of a Date whose `toJSON` returned null. */
const uncarried = /NaN|Inf|Map|Set|Buf|Blob|File|View|\wArr|Date]true/

const tagOf = (value: unknown): string => Object.prototype.toString.call(value)

/** Why a value cannot be sent. Development only. */
const loss = (part: unknown, path = ''): string => {
  const what = typeof part === 'number' ? String(part) : `a ${tagOf(part).slice(8, -1)}`
  return `JSON cannot carry ${what}${path && ` (at "${path}")`}: convert it, send bytes by themselves, or use cbor() or json({ stringify }).`
}

/** Throws for a value of which JSON loses a part. */
const checkCarried = (value: unknown): void => {
  const paths = __DEV__ ? new Map<unknown, string>() : undefined
  JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, key: string, part: unknown) {
    // `part` is what `toJSON` returned, also that of a Node Buffer.
    const own = this[key]
    const path = __DEV__ ? [paths?.get(this), key].filter(Boolean).join('.') : ''
    if (uncarried.test(typeof own === 'number' ? String(own) : tagOf(own) + String(part === null))) {
      throw new TypeError(__DEV__ ? loss(own, path) : '')
    }
    if (__DEV__) paths?.set(part, path)
    return part
  })
}

/** Encodes a value as JSON; bytes stay as they are. Throws for a value that JSON cannot carry. */
export const encodeJson = (value: unknown, stringify?: (value: unknown) => string): Frame => {
  if (isBytes(value)) return value
  const encoded = (stringify ?? JSON.stringify)(value) as string | undefined
  if (encoded === undefined) {
    throw new TypeError(
      __DEV__
        ? `JSON cannot carry ${typeof value}: send null, a string, a number, a boolean, an array or an object.`
        : '',
    )
  }
  if (!stringify && suspicious.test(encoded)) checkCarried(value)
  return encoded
}

/** `json()` without options, and without the code for options. The default codec. */
export const plainJson: Codec = {
  encode: (value) => encodeJson(value),
  decode: (frame: ReceivedFrame) => (typeof frame === 'string' ? parseJson(frame) : frame),
  subprotocol: 'json',
  isPlain: true,
}
