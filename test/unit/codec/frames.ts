import type { Codec } from '../../../src/index.js'

/** A frame from hex digits; spaces are ignored. */
export const fromHex = (hex: string): ArrayBuffer => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex')).buffer

/** The frame of a value, as the peer's socket delivers it. */
export const sent = <Send>(codec: Codec<Send>, value: Send): ArrayBuffer => {
  const { buffer, byteOffset, byteLength } = codec.encode(value) as Uint8Array
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
}

/** A frame in hex digits. */
export const toHex = (frame: ArrayBuffer): string => Buffer.from(frame).toString('hex')

/** A value encoded and decoded. */
export const through = <Send>(codec: Codec<Send>, value: Send): unknown => codec.decode(sent(codec, value))

/** The code and the message of the error that `run` throws. */
export const problemOf = (run: () => unknown): { code: unknown; message: string } => {
  try {
    run()
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string }
    return { code, message }
  }
  throw new Error('nothing was thrown')
}
