import { byteLength, type ReceivedFrame } from '../internal/bytes.js'
import { codedError } from '../internal/errors.js'
import type { Codec } from './types.js'

/** What `text()` can be told. */
export interface TextOptions {
  /** See `Codec.subprotocol`: none unless given. */
  readonly subprotocol?: string
}

const textOf = (frame: ReceivedFrame): string => {
  if (typeof frame === 'string') return frame
  throw codedError(
    'unsupported_frame',
    __DEV__
      ? `Expected a text frame, got a binary one of ${byteLength(frame)} bytes: send text, or use a codec that takes bytes.`
      : '',
  )
}

/**
 * Texts as they are, both ways. A binary frame is a `socketError` with the code `unsupported_frame`, a value that is no
 * string is refused with `encode_failed`. A lone surrogate leaves as U+FFFD (WHATWG: `send` takes a USVString). `ping` is off
 * unless given.
 */
export const text = ({ subprotocol }: TextOptions = {}): Codec<string, string, string> => ({
  encode: (value) => {
    if (typeof value === 'string') return value
    throw new TypeError(
      __DEV__ ? `text() sends strings, got ${typeof value}: turn it into a string, or use json().` : '',
    )
  },
  decode: textOf,
  plainText: true,
  isPlain: true,
  ...(subprotocol !== undefined && { subprotocol }),
})
