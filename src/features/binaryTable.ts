import { nanoid } from '@reduxjs/toolkit'
import type { BinaryHandle } from '../actions/contract.js'
import { createObjectUrl, revokeObjectUrl } from '../internal/environment.js'
import type { BinaryOptions } from '../middleware/options.js'
import { sizeOf, type Bytes } from '../middleware/binarySize.js'

/** Received bytes, kept outside the store and found by their handle. */
export interface BinaryTable {
  /** Keeps bytes. The oldest are released when there is no room, the new ones never. */
  readonly keep: (bytes: Bytes) => BinaryHandle
  /** The bytes as they were decoded; `undefined` once they are released. */
  readonly read: (id: string) => Bytes | undefined
  /** Releases the bytes. Unknown ids are ignored. */
  readonly release: (id: string) => void
  /** An object URL of the bytes, the same one each time for a type. It is revoked when they are released. */
  readonly url: (id: string, type?: string) => string | undefined
  /** Releases everything. */
  readonly clear: () => void
}

interface Entry {
  readonly bytes: Bytes
  readonly byteLength: number
  /** By media type. */
  readonly urls: Map<string, string>
}

/** A copy where the view is a small part of its buffer, which would otherwise stay in memory with it. */
const trim = (bytes: Bytes): Bytes =>
  ArrayBuffer.isView(bytes) && 'subarray' in bytes && bytes.byteLength < bytes.buffer.byteLength / 2
    ? Uint8Array.prototype.slice.call(bytes)
    : bytes

/** Creates the table. `onEvict` gets the ids of bytes that were released to make room. */
export const createBinaryTable = (
  { maxBytes = 64 * 1024 * 1024, maxCount = 1_000 }: BinaryOptions,
  onEvict: (ids: readonly string[]) => void,
): BinaryTable => {
  const seed = nanoid(6)
  // A Map keeps the order of insertion: the first entry is the oldest.
  const entries = new Map<string, Entry>()
  let count = 0
  let total = 0

  const release = (id: string) => {
    const entry = entries.get(id)
    if (!entry) return
    entries.delete(id)
    total -= entry.byteLength
    for (const url of entry.urls.values()) revokeObjectUrl(url)
  }
  return {
    keep: (bytes) => {
      const size = sizeOf(bytes)
      const { byteLength } = size
      const evicted: string[] = []
      for (const oldest of entries.keys()) {
        if (entries.size < maxCount && total + byteLength <= maxBytes) break
        evicted.push(oldest)
        release(oldest)
      }
      if (evicted.length) onEvict(evicted)
      const id = `${seed}:${++count}`
      entries.set(id, { bytes: trim(bytes), byteLength, urls: new Map() })
      total += byteLength
      return { id, ...size }
    },
    read: (id) => entries.get(id)?.bytes,
    release,
    url: (id, type = '') => {
      const entry = entries.get(id)
      const url = entry && (entry.urls.get(type) ?? createObjectUrl(entry.bytes, type))
      if (url) entry.urls.set(type, url)
      return url
    },
    clear: () => {
      for (const id of entries.keys()) release(id)
    },
  }
}
