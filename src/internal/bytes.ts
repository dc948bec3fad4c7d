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

/** How many bytes a message takes on the wire, its frame header left out. */
export const byteLength = (frame: Frame | ReceivedFrame): number =>
  typeof frame === 'string' ? utf8Length(frame) : 'size' in frame ? frame.size : frame.byteLength

/** Whether a WebSocket can send `value` as it is. */
export const isFrame = (value: unknown): value is Frame =>
  typeof value === 'string' ||
  typeof (value as Partial<ArrayBuffer> | null | undefined)?.byteLength === 'number' ||
  typeof (value as Partial<Blob> | null | undefined)?.arrayBuffer === 'function'
