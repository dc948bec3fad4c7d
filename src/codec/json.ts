import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import { encodeJson, parse, suspicious } from './plainJson.js'
import { codedError } from '../internal/errors.js'
import type { Codec } from './types.js'

/** How JSON is written and read. */
export interface JsonOptions {
  /** As the second argument of `JSON.stringify`: a function, or the names of the properties to send. */
  readonly replacer?: ((this: unknown, key: string, value: unknown) => unknown) | readonly (string | number)[]
  /** As the second argument of `JSON.parse`. It sees only what the check for forbidden keys has passed. */
  readonly reviver?: (this: unknown, key: string, value: unknown) => unknown
  /**
   * Reads binary frames as JSON in UTF-8 (some servers send it so). Otherwise their bytes are given as they are, as an
   * `ArrayBuffer`. A byte order mark is skipped; malformed UTF-8 is a `socketError` with the code `invalid_frame`.
   * @default false
   */
  readonly binary?: boolean
  /**
   * See `Codec.subprotocol`.
   * @default 'json'
   */
  readonly subprotocol?: string
}

/** With a reviver: first the check, so that it never sees a forbidden key, and can't hide one. */
const parseWith = (reviver: NonNullable<JsonOptions['reviver']>) => (source: string) => {
  if (suspicious.test(source)) parse(source)
  return JSON.parse(source, reviver) as unknown
}

/** The text in bytes that are said to be UTF-8; a byte order mark is skipped (RFC 8259, section 8.1 leaves it to us). */
const fromUtf8 = (frame: Exclude<ReceivedFrame, string>): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(frame)
  } catch {
    throw codedError(
      'invalid_frame',
      __DEV__
        ? 'Expected JSON in UTF-8 in a binary frame, got bytes that are not UTF-8: send UTF-8, or leave out json({ binary: true }).'
        : '',
    )
  }
}

/**
 * JSON in text frames (RFC 8259).
 *
 * Sending: an `ArrayBuffer`, a view of one (of a Node Buffer too: its own part), a `Blob` and a `File` leave as they are, as a binary
 * frame; everything else as JSON. What JSON cannot carry (`undefined`, a function, a BigInt, a cycle) is refused with `encode_failed`.
 *
 * Receiving: a binary frame is given as its bytes and never parsed, unless `binary` says otherwise. Malformed JSON and keys that
 * pollute prototypes are a `socketError` with the code `invalid_frame`.
 */
export const json = (options: JsonOptions = {}): Codec => {
  const { reviver, binary = false, subprotocol = 'json' } = options
  // JSON.stringify's two signatures want the two kinds apart.
  const replacer = options.replacer as ((key: string, value: unknown) => unknown) | undefined
  const read = reviver ? parseWith(reviver) : parse
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
