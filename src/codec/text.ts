import { byteLength, type ReceivedFrame } from '../internal/bytes.js'
import { codedError } from '../internal/errors.js'
import type { Codec } from './types.js'

/** The options of `text()`. */
export interface TextOptions {
  /** The name in the negotiation of several codecs (`Codec.subprotocol`). Without it `text()` is not negotiated. */
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
 * Sends and receives texts unchanged. A binary frame is reported as `unsupported_frame`; for a value that is not a string `encode` throws
 * (reported as `encode_failed`). A lone surrogate is sent as U+FFFD (WHATWG: `send` takes a USVString). Pings are not answered unless the
 * app asks for it. See docs/messages.md.
 *
 * @example
 * createSocketMiddleware({ url, codec: text() })
 */
export const text = ({ subprotocol }: TextOptions = {}): Codec<string, string, string> => ({
  encode: (value) => {
    if (typeof value === 'string') return value
    throw new TypeError(
      __DEV__ ? `text() sends strings, got ${typeof value}: convert it to a string, or use json().` : '',
    )
  },
  decode: textOf,
  plainText: true,
  isPlain: true,
  ...(subprotocol !== undefined && { subprotocol }),
})
