import type { ReceivedFrame } from '../internal/bytes.js'
import { codedError } from '../internal/errors.js'

/** The bytes of a frame, not copied. Throws for a text frame. */
export const bytesOf = (frame: ReceivedFrame, format: string): Uint8Array => {
  if (typeof frame !== 'string') return new Uint8Array(frame)
  throw codedError(
    'unsupported_frame',
    __DEV__
      ? `Expected ${format} in a binary frame, got a text frame of ${frame.length} characters: send bytes, or use json(). A server with several codecs chooses by the subprotocol: offer it in "protocols", or give "codecs".`
      : '',
  )
}

/** The error for a frame that is not one well-formed value. `got` says what stands at byte `at`. */
export const malformed = (format: string, got: string, at: number): Error =>
  codedError(
    'invalid_frame',
    __DEV__
      ? `Expected one ${format} value, got ${got} at byte ${at}: correct what the server sends, or use the codec that it speaks.`
      : '',
  )

/** The position between `start` and `end` where the bytes stop being UTF-8 (RFC 3629: no surrogates, no overlong forms); -1 if nowhere. */
export const findBadUtf8 = (bytes: Uint8Array, start: number, end: number): number => {
  for (let at = start; at < end;) {
    const lead = bytes[at]!
    if (lead < 0x80) {
      at++
      continue
    }
    const more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1
    if (lead < 0xc2 || lead > 0xf4 || at + more >= end) return at
    // The bounds of the second byte exclude overlong forms, surrogates and code points beyond U+10FFFF.
    const second = bytes[at + 1]!
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (second < least || second > most) return at
    for (let n = 2; n <= more; n++) if ((bytes[at + n]! & 0xc0) !== 0x80) return at
    at += more + 1
  }
  return -1
}

/** The range of a `Date` in seconds, in both directions (ECMA-262, time values). */
export const maxDateSeconds = 8_640_000_000_000

/** Reads an unsigned big-endian integer of 1, 2, 4 or 8 bytes. With 8 bytes it is exact up to 2^53. */
export const uint = (bytes: Uint8Array, at: number, size: number): number => {
  let value = 0
  for (let n = 0; n < size; n++) value = value * 256 + bytes[at + n]!
  return value
}

/** A frame that has been checked, and whether an integer in it needs a BigInt. */
export interface CheckedFrame {
  readonly bytes: Uint8Array
  readonly hasBigInts: boolean
}

/**
 * Copies the bytes and writes the safe integers of 64 bits as float64, which has the same length and represents them exactly. The
 * decoders can then read all other integers of 64 bits as BigInt, and the safe ones still become numbers. `wide` holds the position and
 * the value of each in turn; `head` is the format's first byte of a float64.
 */
export const withFloats = (bytes: Uint8Array, wide: readonly number[], head: number): Uint8Array => {
  const copy = bytes.slice()
  const view = new DataView(copy.buffer)
  for (let n = 0; n < wide.length; n += 2) {
    const at = wide[n]!
    copy[at] = head
    view.setFloat64(at + 1, wide[n + 1]!)
  }
  return copy
}
