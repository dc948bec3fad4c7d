import { isFrame, type Frame } from '../internal/bytes.js'
import { show } from '../internal/errors.js'
import type { Codec } from './types.js'

/** The options of `raw()`. */
export interface RawOptions<Binary extends 'arraybuffer' | 'blob' = 'arraybuffer' | 'blob'> {
  /**
   * The type of received bytes: an `ArrayBuffer` or a `Blob`.
   * @default 'arraybuffer'
   */
  readonly binaryType?: Binary
  /** The name in the negotiation of several codecs (`Codec.subprotocol`). Without it `raw()` is not negotiated. */
  readonly subprotocol?: string
}

/**
 * Sends and receives frames unchanged: texts and bytes. It sends a string, an `ArrayBuffer`, a view of one, a `Blob` or a `File`; for
 * other values `encode` throws (reported as `encode_failed`). Frames are not parsed, so pings are not answered unless the app asks for it.
 * See docs/messages.md.
 *
 * @example
 * createSocketMiddleware({ url, codec: raw({ binaryType: 'blob' }) })
 */
export const raw = <Binary extends 'arraybuffer' | 'blob' = 'arraybuffer'>(
  options: RawOptions<Binary> = {},
): Codec<Frame, string | (Binary extends 'blob' ? Blob : ArrayBuffer)> => {
  const { binaryType = 'arraybuffer', subprotocol } = options
  return {
    encode: (value) => {
      if (isFrame(value)) return value
      throw new TypeError(
        __DEV__
          ? `raw() sends strings and bytes, got ${show(value)}: convert it to one of them, or use json() or another codec.`
          : '',
      )
    },
    // The socket delivers bytes in the type that `binaryType` names.
    decode: (frame) => frame as never,
    binaryType,
    plainText: true,
    isPlain: true,
    ...(subprotocol !== undefined && { subprotocol }),
  }
}
