/** What a WebSocket can send as one message. */
export type Frame = string | ArrayBuffer | ArrayBufferView | Blob

/** A message as a socket delivers it: text, or bytes as an `ArrayBuffer`. */
export type ReceivedFrame = string | ArrayBuffer

/** The length of a text in UTF-8. A lone surrogate counts as U+FFFD, which is sent in its place. */
const utf8Length = (text: string): number =>
  // Three bytes from U+0800 on; two below, and for each half of a surrogate pair, which the first pattern does not match.
  text.replace(/[\u0800-\uffff]/gu, '123').replace(/[^\0-\x7f]/g, '12').length

/** The length of bytes, in bytes. */
export const sizeOfBytes = (bytes: Exclude<Frame, string>): number => ('size' in bytes ? bytes.size : bytes.byteLength)

/** The bytes that a message takes on the wire, without the frame header. */
export const byteLength = (frame: Frame | ReceivedFrame): number =>
  typeof frame === 'string' ? utf8Length(frame) : sizeOfBytes(frame)

/** Whether a frame is this ASCII text, as text or as bytes. */
export const isAscii = (frame: ReceivedFrame, text: string): boolean =>
  typeof frame === 'string'
    ? frame === text
    : frame.byteLength === text.length && String.fromCharCode(...new Uint8Array(frame)) === text

/** Whether `value` is bytes: an `ArrayBuffer`, a view or a Blob, from any realm. */
export const isBytes = (value: unknown): value is Exclude<Frame, string> => {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) === Object.prototype) return false
  if (ArrayBuffer.isView(value) || Object.prototype.toString.call(value) === '[object ArrayBuffer]') return true
  // React Native's Blob has no tag of its own. A decoded message cannot be mistaken for one: it contains no functions.
  const { size, slice } = value as Partial<Blob>
  return typeof size === 'number' && typeof slice === 'function'
}

/** Whether a WebSocket can send `value` unchanged. */
export const isFrame = (value: unknown): value is Frame => typeof value === 'string' || isBytes(value)

/** Copies a message that is sent later: the caller may reuse the buffer meanwhile. A Blob is immutable and is not copied. */
export const ownCopy = (frame: Frame): Frame => {
  if (typeof frame === 'string' || 'size' in frame) return frame
  return ArrayBuffer.isView(frame)
    ? new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength).slice()
    : frame.slice(0)
}
