import type { BinarySize } from '../actions/contract.js'
import { sizeOfBytes } from '../internal/bytes.js'

/** Received bytes as they were decoded. */
export type Bytes = ArrayBuffer | ArrayBufferView | Blob

/** The size and media type of bytes. */
export const sizeOf = (bytes: Bytes): BinarySize => ({
  byteLength: sizeOfBytes(bytes),
  type: 'type' in bytes ? bytes.type : '',
})
