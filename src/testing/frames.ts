import type { ReceivedFrame } from '../internal/bytes.js'

/** Returns a copy of bytes: what was passed to `send` may change afterwards. */
export const copyBytes = (data: ArrayBuffer | ArrayBufferView): ArrayBuffer => {
  const view = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
  return new Uint8Array(view).buffer
}

/** Returns the bytes of a Blob. The Blob of jsdom 26 has no `arrayBuffer()`. */
export const readBlob = async (blob: Blob): Promise<ArrayBuffer> => {
  if ('arrayBuffer' in blob) return await blob.arrayBuffer()
  return await new Promise((resolve) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(reader.result as ArrayBuffer))
    reader.readAsArrayBuffer(blob)
  })
}

/** Runs a task in a later microtask. */
export const later = (task: () => void): void => {
  void Promise.resolve().then(task)
}

/** A text that is not JSON, such as `ping`, is a message of its own. */
export const readJson = (frame: ReceivedFrame): unknown => {
  if (typeof frame !== 'string') return frame
  try {
    return JSON.parse(frame)
  } catch {
    return frame
  }
}
