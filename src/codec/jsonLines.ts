import { codedError, show } from '../internal/errors.js'
import { messages } from '../internal/messages.js'
import { json, type JsonOptions } from './json.js'
import { parseJson } from './plainJson.js'
import type { Codec } from './types.js'

/** The options of `jsonLines()`: those of `json()`, and the separator. */
export interface JsonLinesOptions extends JsonOptions {
  /**
   * The text between two messages of a frame, such as `\x1e` for SignalR. White space between messages needs none.
   * @default '\n'
   */
  readonly separator?: string
}

/** The position of the quote that ends the string that begins at `start`. */
const endOfString = (text: string, start: number): number => {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  return text.length
}

/** Splits a text into the JSON texts in it: at separators, and between a value and the next one. Linear and not recursive. */
const splitTexts = (text: string, separator: string): string[] => {
  const texts: string[] = []
  let start = 0
  let depth = 0
  const cut = (end: number, next = end) => {
    if (text.slice(start, end).trim()) texts.push(text.slice(start, end))
    start = next
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (!depth && text.startsWith(separator, at)) {
      cut(at, at + separator.length)
      at = start - 1
    } else if (/["[{]/.test(char)) {
      if (!depth) cut(at)
      if (char === '"') at = endOfString(text, at)
      else depth++
      if (!depth) cut(at + 1)
    } else if (/[\]}]/.test(char) && --depth === 0) cut(at + 1)
  }
  cut(text.length)
  return texts
}

/**
 * JSON with several messages in a frame: separated by newlines (JSON Lines, NDJSON), by another `separator`, or written one after the other. They are
 * delivered one by one, in their order. When one of them is malformed, the whole frame is reported as `invalid_frame`. One message is sent in a frame, as
 * with `json()`, which has the same options.
 *
 * @example
 * createSocketMiddleware({ url, codec: jsonLines() })
 */
export const jsonLines = (options: JsonLinesOptions = {}): Codec => {
  const { separator = '\n', parse, maxDepth } = options
  if (typeof separator !== 'string' || !separator) {
    throw codedError(
      'invalid_option',
      __DEV__
        ? `jsonLines(): expected the option "separator" to be a text that is not empty, got ${show(separator)}.`
        : '',
    )
  }
  const parseAll = (text: string) => messages(splitTexts(text, separator).map((one) => parseJson(one, maxDepth, parse)))
  return { ...json({ ...options, parse: parseAll }), isPlain: !parse }
}
