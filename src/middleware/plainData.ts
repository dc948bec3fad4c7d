import type { BinarySize } from '../actions/contract.js'
import { sizeOfBytes } from '../internal/bytes.js'

/** Received bytes as they were decoded. */
export type Bytes = ArrayBuffer | ArrayBufferView | Blob

/** The size and media type of bytes. */
export const sizeOf = (bytes: Bytes): BinarySize => ({
  byteLength: sizeOfBytes(bytes),
  type: 'type' in bytes ? bytes.type : '',
})

/** Whether JSON leaves a value out. */
export const isNothing = (value: unknown): boolean => typeof value === 'function' || typeof value === 'symbol'

/** Whether a value is plain data at every depth. Nearly every message is, so the check creates nothing. */
export const isPlainData = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint' && !isNothing(value)
  if (Array.isArray(value)) return value.every((part) => isPlainData(part))
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  // By hand: every send passes here, and most members are texts and numbers.
  for (const key in value) {
    const part: unknown = value[key as never]
    if (typeof part === 'string' || typeof part === 'number') continue
    if (!isPlainData(part) || key === '__proto__') return false
  }
  return true
}
