import { isBytes, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { warn } from '../internal/environment.js'
import { codedError } from '../internal/errors.js'
import { isPlainData } from '../internal/plainData.js'
import type { Codec } from './types.js'

/** Matches every text that may contain a forbidden key. An escape (`\\u00…`) can stand for any ASCII character. */
const forbiddenKey = /__proto__|constructor|\\u00/

/** Development only: an integer of so many digits may be rounded. */
const longInteger = /\d{16}/

const warnings = new Set<string>()

/** Warns once of an integer of up to 64 bits that `JSON.parse` has rounded (ECMA-262: numbers are float64). Larger ones are no ids. */
const warnOfRounding = (part: unknown): void => {
  if (warnings.size || !Number.isInteger(part) || Number.isSafeInteger(part) || Math.abs(part as number) >= 2 ** 64)
    return
  const text = `reduplex: the number ${String(part)} was received, which is beyond Number.MAX_SAFE_INTEGER and may have been rounded. Send such ids as strings, or give json({ parse }) a parser that reads them as strings or BigInts.`
  warnings.add(text)
  warn(text)
}

/**
 * Whether a value has more than `levels` levels, or a key that pollutes prototypes: `__proto__`, or a `constructor` with a `prototype`. Never deeper in the
 * stack than `levels`.
 */
export const isHostile = (node: unknown, levels: number): boolean => {
  if (__DEV__) warnOfRounding(node)
  return (
    typeof node === 'object' &&
    node !== null &&
    (!levels ||
      Object.hasOwn(node, '__proto__') ||
      (Object.hasOwn(node, 'constructor') && Object.hasOwn(Object(node.constructor) as object, 'prototype')) ||
      Object.values(node).some((child) => isHostile(child, levels - 1)))
  )
}

/** Development only. */
const refusal = (text: string, maxDepth: number): string => {
  const keys = forbiddenKey.test(text)
    ? ', or a "__proto__" or "constructor.prototype" key: it could pollute prototypes'
    : ''
  return `Expected plain JSON, got more than ${maxDepth} levels of nesting ("maxDepth")${keys}. The message is refused.`
}

/**
 * Reads JSON. A byte order mark is skipped (RFC 8259, section 8.1 allows it), and a blank text is a keep-alive: no message. Throws `invalid_frame` for
 * more than `maxDepth` levels and for keys that pollute prototypes.
 */
export const parseJson = (source: string, maxDepth = 500, parse: (text: string) => unknown = JSON.parse): unknown => {
  // `trim` removes the mark too.
  const text = source.trim()
  if (!text) return undefined
  const value = parse(text)
  // Each level takes two characters: most texts are too short.
  const mayBeHostile = text.length > 2 * maxDepth || forbiddenKey.test(text) || (__DEV__ && longInteger.test(text))
  if (mayBeHostile && isHostile(value, maxDepth)) {
    throw codedError('invalid_frame', __DEV__ ? refusal(text, maxDepth) : '')
  }
  return value
}

/** Matches NaN, Infinity, the tags of bytes and collections, and that of a Date whose `toJSON` returned null. Not the tags of an app or of Immutable.js. */
const uncarried = /NaN|finity|t (Map|Set|Blob|File|\w+(View|Buffer|Array))]|ate]t/

const tagOf = (value: unknown): string => Object.prototype.toString.call(value)

const joinPath = (parent: string | undefined, key: string): string => (parent ? `${parent}.${key}` : key)

/** Why a value cannot be sent. Development only. */
const loss = (part: unknown, path = ''): string => {
  const what = typeof part === 'number' ? String(part) : `a ${tagOf(part).slice(8, -1)}`
  return `JSON cannot carry ${what}${path && ` (at "${path}")`}: convert it, send bytes by themselves, or use cbor() or json({ stringify }).`
}

/** The second argument of `JSON.stringify` for a value that is not plain JSON: throws for a part that JSON would lose. */
const createGuard = () => {
  const paths = __DEV__ ? new Map<unknown, string>() : undefined
  return function (this: Readonly<Record<string, unknown>>, key: string, part: unknown): unknown {
    // `part` is what `toJSON` returned, also that of a Node Buffer.
    const own = this[key]
    if (uncarried.test(typeof own === 'number' ? String(own) : tagOf(own) + String(part === null))) {
      throw new TypeError(__DEV__ ? loss(own, joinPath(paths?.get(this), key)) : '')
    }
    if (__DEV__) paths?.set(part, joinPath(paths.get(this), key))
    return part
  }
}

/** Encodes a value as JSON; bytes stay as they are. Throws for a value that JSON cannot carry. */
export const encodeJson = (value: unknown): Frame => {
  if (isBytes(value)) return value
  const encoded = JSON.stringify(value, isPlainData(value, true) ? undefined : createGuard()) as string | undefined
  if (encoded !== undefined) return encoded
  throw new TypeError(
    __DEV__
      ? `JSON cannot carry ${typeof value}: send null, a string, a number, a boolean, an array or an object.`
      : '',
  )
}

/** `json()` without options, and without the code for options. The default codec. */
export const plainJson: Codec = {
  encode: encodeJson,
  decode: (frame: ReceivedFrame) => (typeof frame === 'string' ? parseJson(frame) : frame),
  isPlain: true,
}
