import { Buffer } from 'node:buffer'
import type { Frame, ReceivedFrame } from '../../internal/bytes.js'
import type { FrameMessage } from './busMessage.js'

/** The members of a message that carry a frame. */
export type FrameMembers = Pick<FrameMessage, 'text' | 'base64'>

/** Converts the frame of a value to members of a message. @throws for a Blob */
export const frameToMembers = (frame: Frame): FrameMembers => {
  if (typeof frame === 'string') return { text: frame }
  if (frame instanceof Blob) {
    throw new TypeError(
      'Expected the codec to encode to a text or to bytes, got a Blob, which cannot be sent over the bus.',
    )
  }
  const bytes = ArrayBuffer.isView(frame)
    ? Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
    : Buffer.from(frame)
  return { base64: bytes.toString('base64') }
}

/** Returns the frame of a message; `undefined` when it has none. */
export const frameIn = ({ text, base64 }: FrameMembers): ReceivedFrame | undefined =>
  base64 === undefined ? text : Uint8Array.from(Buffer.from(base64, 'base64')).buffer
