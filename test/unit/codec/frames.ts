import type { Codec } from '../../../src/index.js'

/** A frame out of hex digits; blanks are for the reader. */
export const fromHex = (hex: string): ArrayBuffer => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex')).buffer

/** What a codec sends, as a socket at the other end would deliver it. */
export const sent = <Send>(codec: Codec<Send>, value: Send): ArrayBuffer => {
  const { buffer, byteOffset, byteLength } = codec.encode(value) as Uint8Array
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
}

/** The same in hex digits. */
export const toHex = (frame: ArrayBuffer): string => Buffer.from(frame).toString('hex')

/** There and back again. */
export const through = <Send>(codec: Codec<Send>, value: Send): unknown => codec.decode(sent(codec, value))

/** What was thrown, as the store would carry it. */
export const problemOf = (run: () => unknown): { code: unknown; message: string } => {
  try {
    run()
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string }
    return { code, message }
  }
  throw new Error('nothing was thrown')
}
