import { isBytes, type Frame } from '../internal/bytes.js'
import { show } from '../internal/errors.js'
import type { Codec } from './types.js'

/** What `raw()` can be told. */
export interface RawOptions<Binary extends 'arraybuffer' | 'blob' = 'arraybuffer' | 'blob'> {
  /**
   * What received bytes are given as: an `ArrayBuffer`, or a `Blob`.
   * @default 'arraybuffer'
   */
  readonly binaryType?: Binary
  /** See `Codec.subprotocol`: none unless given. */
  readonly subprotocol?: string
}

/**
 * Frames as they are, both ways: texts and bytes. It sends a string, an `ArrayBuffer`, a view of one, a `Blob` or a `File`; anything else
 * is refused with `encode_failed`. Nothing is looked into, so `ping` is off unless given.
 */
export const raw = <Binary extends 'arraybuffer' | 'blob' = 'arraybuffer'>(
  options: RawOptions<Binary> = {},
): Codec<Frame, string | (Binary extends 'blob' ? Blob : ArrayBuffer)> => {
  const { binaryType = 'arraybuffer', subprotocol } = options
  return {
    encode: (value) => {
      if (typeof value === 'string' || isBytes(value)) return value
      throw new TypeError(
        __DEV__
          ? `raw() sends strings and bytes, got ${show(value)}: turn it into one of them, or use json() or another codec.`
          : '',
      )
    },
    // The socket delivers them as `binaryType` says.
    decode: (frame) => frame as never,
    binaryType,
    plainText: true,
    isPlain: true,
    ...(subprotocol !== undefined && { subprotocol }),
  }
}
