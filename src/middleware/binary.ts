import { nanoid } from '@reduxjs/toolkit'
import type { BinaryHandle } from '../actions/contract.js'
import { after, type Cancel } from '../internal/clock.js'
import { createObjectUrl, revokeObjectUrl } from '../internal/environment.js'
import { sizeOf, type Bytes } from './plain.js'

/** One frame of a 60 Hz screen. */
const FRAME_MS = 16

/** The bounds of what is kept of received bytes. */
export interface BinaryOptions {
  /** How many bytes in all. @default 67108864 (64 MiB) */
  readonly maxBytes?: number
  /** How many pieces. @default 1000 */
  readonly maxCount?: number
}

/** Received bytes, kept outside the store and found by their handle. */
export interface BinaryTable {
  /** Keeps bytes; the oldest go when there is no room, the new ones never do. */
  readonly keep: (bytes: Bytes) => BinaryHandle
  /** The bytes as they were decoded; `undefined` when they have been let go. */
  readonly read: (id: string) => Bytes | undefined
  /** Lets go of bytes; an unknown id is none. */
  readonly release: (id: string) => void
  /** An object URL of the bytes, the same one each time for a type; revoked when they go. */
  readonly url: (id: string, type?: string) => string | undefined
  /** Lets go of everything. */
  readonly clear: () => void
}

/** Without the frame around a small part of one, which would stay in memory with it. */
const trimmed = (bytes: Bytes): Bytes =>
  ArrayBuffer.isView(bytes) && 'subarray' in bytes && bytes.byteLength < bytes.buffer.byteLength / 2
    ? Uint8Array.prototype.slice.call(bytes)
    : bytes

/** Collects the ids of what had to go, and tells them together, at most once a frame. */
export const createEvictions = (tell: (ids: readonly string[]) => void) => {
  let ids: string[] = []
  let cancel: Cancel = () => {}
  const flush = () => {
    cancel()
    const told = ids
    ids = []
    if (told.length) tell(told)
  }
  return {
    note: (evicted: readonly string[]) => {
      if (!ids.length) cancel = after(FRAME_MS, flush)
      ids.push(...evicted)
    },
    flush,
  }
}

interface Entry {
  readonly bytes: Bytes
  readonly byteLength: number
  /** By media type. */
  readonly urls: Map<string, string>
}

/** Creates the table. `onEvict` hears of what had to make room. */
export const createBinaryTable = (
  { maxBytes = 64 * 1024 * 1024, maxCount = 1_000 }: BinaryOptions,
  onEvict: (ids: readonly string[]) => void,
): BinaryTable => {
  const seed = nanoid(6)
  // A Map keeps the order of what was put in: the first is the oldest.
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
  const makeRoom = (needed: number) => {
    const evicted: string[] = []
    for (const id of entries.keys()) {
      if (entries.size < maxCount && total + needed <= maxBytes) break
      evicted.push(id)
      release(id)
    }
    if (evicted.length) onEvict(evicted)
  }
  return {
    keep: (bytes) => {
      const size = sizeOf(bytes)
      makeRoom(size.byteLength)
      const id = `${seed}:${String(++count)}`
      entries.set(id, { bytes: trimmed(bytes), byteLength: size.byteLength, urls: new Map() })
      total += size.byteLength
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
