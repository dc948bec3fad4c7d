import type { ReceivedFrame } from '../../internal/bytes.js'
import type { ChannelPosition } from '../../internal/channelPosition.js'
import type { MaybePromise } from '../../internal/maybePromise.js'

/** How much of a channel is kept. */
export interface HistoryLimits {
  /** The number of publications. */
  readonly size: number
  /** Milliseconds after the last publication until all of them are dropped. */
  readonly ttl: number
}

/** A publication in the history of a channel. */
export interface StoredPublication {
  /** Its number, counted from 1. */
  readonly offset: number
  /** The data, encoded by the first codec of the server. */
  readonly frame: ReceivedFrame
}

/** What a store has of a channel. */
export interface StoredHistory {
  /** Names the numbering of the offsets. */
  readonly epoch: string
  /** The offset of the last publication; 0 when there was none. */
  readonly top: number
  /** The offset of the oldest publication that is kept; `top + 1` when none is. */
  readonly first: number
  /** The publications that were asked for, in order. */
  readonly entries: readonly StoredPublication[]
}

/** What a store calls back. */
export interface HistoryListener {
  /** Something was published, by this node or another. Calls may get lost and may be late: the history has all of them. */
  readonly onPublication: (channel: string, position: ChannelPosition, frame: ReceivedFrame) => void
  /** The store can be reached again: calls of `onPublication` were lost. */
  readonly onReconnected: () => void
}

/**
 * The histories of channels. Each function is one step: no other node changes the channel meanwhile. The answers to one node come in the order of its
 * calls. They reject while the store cannot be reached.
 */
export interface HistoryStore {
  /** Adds a publication. Returns its position. */
  readonly publish: (channel: string, frame: ReceivedFrame, limits: HistoryLimits) => MaybePromise<ChannelPosition>
  /** Reads the publications after an offset. Creates the epoch of a channel that has none. */
  readonly read: (channel: string, after: number, limits: HistoryLimits) => MaybePromise<StoredHistory>
  /** Adds a listener. Returns a function that removes it. */
  readonly listen: (listener: HistoryListener) => () => void
}

/** Read after this offset, a history has no entries. */
export const NO_ENTRIES = Number.MAX_SAFE_INTEGER
