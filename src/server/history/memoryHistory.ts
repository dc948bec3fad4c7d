import { randomBytes } from 'node:crypto'
import type { ReceivedFrame } from '../../internal/bytes.js'
import type { ChannelPosition } from '../../internal/channelPosition.js'
import { after, now, type Cancel } from '../../internal/clock.js'
import type { HistoryLimits, HistoryListener, HistoryStore, StoredHistory, StoredPublication } from './historyStore.js'

/** Histories in the memory of this process. It answers synchronously. */
export interface MemoryHistory extends HistoryStore {
  /** Drops everything and begins new epochs: publications were missed. */
  readonly restart: () => void
  readonly close: () => void
}

/** The bytes of all histories of a process, unless an option says otherwise. */
export const DEFAULT_HISTORY_BYTES = 64 * 1024 * 1024
/** What a publication takes beside its frame. */
const ENTRY_BYTES = 100
/** How many times its ttl the epoch of a channel is kept without a publication. */
const EPOCH_TTLS = 10
/** How often what has expired is dropped, in milliseconds. */
const SWEEP_INTERVAL = 10_000

interface Channel {
  readonly epoch: string
  top: number
  /** The oldest first. */
  entries: StoredPublication[]
  ttl: number
  publishedAt: number
}

interface MemoryState {
  readonly maxBytes: number
  readonly listeners: Set<HistoryListener>
  /** Those with publications, the one that was published to last at the end. */
  readonly channels: Map<string, Channel>
  /** The epoch of channels without a record: nothing was published to them. It changes when a record is dropped. */
  epoch: string
  bytes: number
  cancelSweep: Cancel | undefined
}

const newEpoch = (): string => randomBytes(9).toString('base64url')

const bytesOf = ({ frame }: StoredPublication): number =>
  ENTRY_BYTES + (typeof frame === 'string' ? 2 * frame.length : frame.byteLength)

/** Drops the oldest entries of a channel, so that `size` are left. */
const trim = (state: MemoryState, channel: Channel, size: number): void => {
  const dropped = channel.entries.splice(0, Math.max(0, channel.entries.length - size))
  for (const entry of dropped) state.bytes -= bytesOf(entry)
}

const isOlder = ({ publishedAt }: Channel, ms: number): boolean => Math.abs(now() - publishedAt) >= ms

const sweep = (state: MemoryState): void => {
  for (const [name, channel] of Array.from(state.channels)) {
    if (isOlder(channel, channel.ttl)) trim(state, channel, 0)
    if (!isOlder(channel, channel.ttl * EPOCH_TTLS)) continue
    state.channels.delete(name)
    // A position of the dropped epoch must not be one of the next.
    state.epoch = newEpoch()
  }
}

const sweepLater = (state: MemoryState): void => {
  state.cancelSweep ??= after(
    SWEEP_INTERVAL,
    () => {
      state.cancelSweep = undefined
      sweep(state)
      if (state.channels.size > 0) sweepLater(state)
    },
    true,
  )
}

/** Drops the oldest entries of the channels that were published to the longest ago. */
const keepWithinBytes = (state: MemoryState): void => {
  for (const channel of state.channels.values()) {
    while (state.bytes > state.maxBytes && channel.entries.length > 0) trim(state, channel, channel.entries.length - 1)
    if (state.bytes <= state.maxBytes) return
  }
}

const publish = (
  state: MemoryState,
  name: string,
  frame: ReceivedFrame,
  { size, ttl }: HistoryLimits,
): ChannelPosition => {
  const channel = state.channels.get(name) ?? { epoch: state.epoch, top: 0, entries: [], ttl, publishedAt: 0 }
  if (isOlder(channel, channel.ttl)) trim(state, channel, 0)
  const entry = { offset: channel.top + 1, frame }
  channel.top++
  channel.ttl = ttl
  channel.publishedAt = now()
  channel.entries.push(entry)
  state.bytes += bytesOf(entry)
  trim(state, channel, size)
  state.channels.delete(name)
  state.channels.set(name, channel)
  keepWithinBytes(state)
  sweepLater(state)
  const position = { epoch: channel.epoch, offset: entry.offset }
  for (const { onPublication } of Array.from(state.listeners)) onPublication(name, position, frame)
  return position
}

const read = (state: MemoryState, name: string, offset: number): StoredHistory => {
  const channel = state.channels.get(name)
  if (!channel) return { epoch: state.epoch, top: 0, first: 1, entries: [] }
  if (isOlder(channel, channel.ttl)) trim(state, channel, 0)
  const { epoch, top, entries } = channel
  const first = entries[0]?.offset ?? top + 1
  return { epoch, top, first, entries: entries.slice(Math.max(0, offset + 1 - first)) }
}

/** Creates a store without histories. */
export const createMemoryHistory = (maxBytes = DEFAULT_HISTORY_BYTES): MemoryHistory => {
  const state: MemoryState = {
    maxBytes,
    listeners: new Set(),
    channels: new Map(),
    epoch: newEpoch(),
    bytes: 0,
    cancelSweep: undefined,
  }
  return {
    publish: (channel, frame, limits) => publish(state, channel, frame, limits),
    read: (channel, offset) => read(state, channel, offset),
    listen: (listener) => {
      state.listeners.add(listener)
      return () => void state.listeners.delete(listener)
    },
    restart: () => {
      state.channels.clear()
      state.bytes = 0
      state.epoch = newEpoch()
      for (const { onReconnected } of Array.from(state.listeners)) onReconnected()
    },
    close: () => {
      state.cancelSweep?.()
      state.channels.clear()
    },
  }
}
