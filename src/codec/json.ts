import { isBytes, type ReceivedFrame } from '../internal/bytes.js'
import { codedError } from '../internal/errors.js'
import { toMaxDepth } from './containers.js'
import { encodeJson, parseJson } from './plainJson.js'
import type { Codec } from './types.js'

/** The options of `json()`. */
export interface JsonOptions {
  /**
   * Reads a text in place of `JSON.parse`: a reviver, integers of 64 bits, NaN. `maxDepth` and the refused keys hold for what it returns. Received messages
   * may then not be plain data, which needs `asyncFeature`.
   * @default JSON.parse
   */
  readonly parse?: (text: string) => unknown
  /**
   * Writes a value in place of `JSON.stringify`. The text is sent as it is: values that JSON cannot carry are then not looked for.
   * @default JSON.stringify
   */
  readonly stringify?: (value: unknown) => string
  /**
   * Reads binary frames as JSON in UTF-8. Without it a binary frame is received as its bytes, an `ArrayBuffer`. A byte order mark is
   * skipped; malformed UTF-8 is reported as `invalid_frame`.
   * @default false
   */
  readonly binary?: boolean
  /**
   * The most levels of nested arrays and objects that are received: 1 to 1000. A deeper frame is reported as `invalid_frame`.
   * @default 500
   */
  readonly maxDepth?: number
  /**
   * The name in the negotiation of several codecs (`Codec.subprotocol`).
   * @default 'json'
   */
  readonly subprotocol?: string
}

/** Decodes UTF-8. A byte order mark is skipped (RFC 8259, section 8.1 allows it). */
export const fromUtf8 = (frame: Exclude<ReceivedFrame, string>): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(frame)
  } catch {
    throw codedError(
      'invalid_frame',
      __DEV__
        ? 'Expected JSON in UTF-8 in a binary frame, got bytes that are not UTF-8: send UTF-8, or remove the option "binary" of json().'
        : '',
    )
  }
}

/**
 * JSON in text frames (RFC 8259).
 *
 * Sending: an `ArrayBuffer`, a view of one (also a Node Buffer), a `Blob` and a `File` are sent unchanged as a binary frame, everything
 * else as JSON. `encode` throws (reported as `encode_failed`) for what JSON cannot carry: `undefined`, a function, a BigInt, a cycle, and, at any depth,
 * NaN, Infinity, an invalid Date, bytes, a Map and a Set. An object with another tag (`Symbol.toStringTag`) is sent as JSON has it.
 *
 * Receiving: a binary frame is received as its bytes and not parsed, unless the option `binary` is set. An empty text is a keep-alive and no message.
 * Malformed JSON, more than `maxDepth` levels and keys that pollute prototypes (`__proto__`, `constructor.prototype`) are reported as `invalid_frame`.
 * `jsonLines()` reads frames with several messages. See docs/messages.md.
 *
 * @example
 * createSocketMiddleware({ url, codec: json({ binary: true }) })
 */
export const json = (options: JsonOptions = {}): Codec => {
  const { parse, stringify, binary, maxDepth, subprotocol = 'json' } = options
  if (__DEV__) toMaxDepth('json()', maxDepth)
  return {
    encode: stringify ? (value) => (isBytes(value) ? value : stringify(value)) : encodeJson,
    decode: (frame) => {
      if (typeof frame !== 'string' && !binary) return frame
      return parseJson(typeof frame === 'string' ? frame : fromUtf8(frame), maxDepth, parse)
    },
    subprotocol,
    isPlain: !parse,
  }
}
