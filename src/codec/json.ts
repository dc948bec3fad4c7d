import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import { codedError } from '../internal/errors.js'
import { encodeJson, forbiddenKey, parseJson } from './plainJson.js'
import type { Codec } from './types.js'

/** The options of `json()`. */
export interface JsonOptions {
  /** The second argument of `JSON.stringify`: a function, or the names of the properties to send. */
  readonly replacer?: ((this: unknown, key: string, value: unknown) => unknown) | readonly (string | number)[]
  /** The second argument of `JSON.parse`. Called only for messages without forbidden keys. Received messages may then not be plain data. */
  readonly reviver?: (this: unknown, key: string, value: unknown) => unknown
  /**
   * Reads binary frames as JSON in UTF-8. Without it a binary frame is received as its bytes, an `ArrayBuffer`. A byte order mark is
   * skipped; malformed UTF-8 is reported as `invalid_frame`.
   * @default false
   */
  readonly binary?: boolean
  /**
   * The name in the negotiation of several codecs (`Codec.subprotocol`).
   * @default 'json'
   */
  readonly subprotocol?: string
}

/** Checks before the reviver runs: it must not see a forbidden key and must not be able to hide one. */
const parseWith = (reviver: NonNullable<JsonOptions['reviver']>) => (source: string) => {
  if (forbiddenKey.test(source)) parseJson(source)
  return JSON.parse(source, reviver) as unknown
}

/** Decodes UTF-8. A byte order mark is skipped (RFC 8259, section 8.1 allows it). */
const fromUtf8 = (frame: Exclude<ReceivedFrame, string>): string => {
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
 * else as JSON. `encode` throws (reported as `encode_failed`) for what JSON cannot carry: `undefined`, a function, a BigInt, a cycle.
 *
 * Receiving: a binary frame is received as its bytes and not parsed, unless the option `binary` is set. Malformed JSON and keys that
 * pollute prototypes (`__proto__`, `constructor.prototype`) are reported as `invalid_frame`.
 *
 * @example
 * createSocketMiddleware({ url, codec: json({ binary: true }) })
 */
export const json = (options: JsonOptions = {}): Codec => {
  const { reviver, binary = false, subprotocol = 'json' } = options
  // JSON.stringify has one signature for each of the two types.
  const replacer = options.replacer as ((key: string, value: unknown) => unknown) | undefined
  const read = reviver ? parseWith(reviver) : parseJson
  return {
    encode: (value): Frame => encodeJson(value, replacer as never),
    decode: (frame) => {
      if (typeof frame === 'string') return read(frame)
      return binary ? read(fromUtf8(frame)) : frame
    },
    subprotocol,
    isPlain: !reviver,
  }
}
