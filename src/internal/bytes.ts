/** What a WebSocket sends as one message. */
export type Frame = string | ArrayBuffer | ArrayBufferView | Blob

/** A message as a socket delivers it: text, or bytes as an `ArrayBuffer`. */
export type ReceivedFrame = string | ArrayBuffer

/** The length of a text in UTF-8; a lone surrogate counts as the replacement character that the wire carries. */
const utf8Length = (text: string): number => {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) length++
    if (unit > 0x7ff) length++
    // A pair of surrogates is four bytes: its second half is counted already.
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) i++
  }
  return length
}

/** The length of bytes. */
export const sizeOfBytes = (bytes: Exclude<Frame, string>): number => ('size' in bytes ? bytes.size : bytes.byteLength)

/** How many bytes a message takes on the wire, its frame header left out. */
export const byteLength = (frame: Frame | ReceivedFrame): number =>
  typeof frame === 'string' ? utf8Length(frame) : 'size' in frame ? frame.size : frame.byteLength

/** Whether `value` is bytes, in whatever wrapping and from whatever realm. */
export const isBytes = (value: unknown): value is Exclude<Frame, string> => {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) === Object.prototype) return false
  if (ArrayBuffer.isView(value) || Object.prototype.toString.call(value) === '[object ArrayBuffer]') return true
  // A Blob, also where it has no name of its own (React Native). A message cannot pass for one: it holds no functions.
  const { size, slice } = value as Partial<Blob>
  return typeof size === 'number' && typeof slice === 'function'
}

/** Whether a WebSocket can send `value` as it is. */
export const isFrame = (value: unknown): value is Frame => typeof value === 'string' || isBytes(value)

/** The same message in bytes of its own, for what is sent later: who sent it may use the buffer again. A Blob cannot change. */
export const ownCopy = (frame: Frame): Frame => {
  if (typeof frame === 'string' || 'size' in frame) return frame
  return ArrayBuffer.isView(frame)
    ? new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength).slice()
    : frame.slice(0)
}
