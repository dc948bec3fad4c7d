import type { SerializedSocketError } from '../../internal/errors.js'
import type { HistoryStore } from '../history/historyStore.js'
import { createMemoryHistory } from '../history/memoryHistory.js'

/** The status of a bus. */
export interface BusStatus {
  /** Whether messages reach the other nodes. */
  readonly isConnected: boolean
  /** Why it is not connected. */
  readonly error?: unknown
}

/** A problem of a bus. `code` is one of docs/errors.md, or the bus's own. */
export interface BusProblem extends SerializedSocketError {
  /** What was thrown. */
  readonly error?: unknown
}

/**
 * Carries `publish`, `broadcast` and the number of connections from one node to the others. Messages are texts. A bus may deliver a node's own
 * messages to itself: they are recognised. The clients of this node never wait for the bus, so a bus may fail, reject or be slow.
 */
export interface Bus {
  /** Called by each server that is given this bus. With it, the bus can close when the last of them does. */
  readonly open?: () => void
  /**
   * Sends a message to all subscribers of the topic. `server.publish` waits for the promise that it may return. What it throws or rejects with is reported
   * as `bus_failed`, unless its code is `bus_dropped` or `bus_failed`: the bus has then reported it itself.
   */
  readonly publish: (topic: string, message: string) => unknown
  /** Calls `listener` with each message of a topic. Returns a function that ends that, or a promise of one. */
  readonly subscribe: (topic: string, listener: (message: string) => void) => (() => unknown) | Promise<() => unknown>
  /**
   * Calls `listener` when the status changes, and at once when the bus is not connected. A bus that never calls it counts as connected. While a bus is
   * not connected, no counts are published; when it is connected again, all nodes report theirs.
   */
  readonly onStatus?: (listener: (status: BusStatus) => void) => () => void
  /** Calls `listener` with problems that neither `publish` nor `subscribe` can report. They become `error` events of the server. */
  readonly onProblem?: (listener: (problem: BusProblem) => void) => () => void
  /**
   * The histories of channels (`server.channel`), which all nodes share. Without it each node has its own: a client that reconnects to another node is then
   * not recovered.
   */
  readonly history?: HistoryStore
  /** Closes the bus. Called when a server that was given this bus closes. */
  readonly close: () => unknown
}

/**
 * Creates a bus within one process: servers that are given the same one form a cluster, each on its own port. It delivers synchronously. See docs/server.md.
 */
export const memoryBus = (): Bus => {
  const topics = new Map<string, Set<(message: string) => void>>()
  return {
    history: createMemoryHistory(),
    publish: (topic, message) => {
      for (const listener of Array.from(topics.get(topic) ?? [])) listener(message)
    },
    subscribe: (topic, listener) => {
      const listeners = topics.get(topic) ?? new Set()
      topics.set(topic, listeners.add(listener))
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) topics.delete(topic)
      }
    },
    close: () => {},
  }
}
