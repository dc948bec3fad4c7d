import type { Problem } from '../../internal/errors.js'

/** How a bus does. */
export interface BusStatus {
  /** Whether messages reach the other nodes now. */
  readonly isConnected: boolean
  /** What went wrong, where something did. */
  readonly error?: unknown
}

/** Something that went wrong on a bus. `code` is one of docs/errors.md, or the bus's own. */
export interface BusProblem extends Problem {
  /** What was thrown, where something was. */
  readonly error?: unknown
}

/**
 * What carries `publish`, `broadcast` and the counts from one node to the others. Messages are texts. A bus may deliver a node's own messages
 * to itself: they are recognised. Nothing on this node waits for it, so it may fail, reject or be slow.
 */
export interface Bus {
  /** Sends a message to all who subscribed to the topic. What it throws or rejects with is a `bus_failed`. */
  readonly publish: (topic: string, message: string) => unknown
  /** Calls `listener` with each message of a topic. Returns a function that ends it, or a promise of one. */
  readonly subscribe: (topic: string, listener: (message: string) => void) => (() => unknown) | Promise<() => unknown>
  /**
   * Calls `listener` when the state of the bus changes, and at once when it is not connected now. What never calls counts as connected. While
   * it is not, no counts are published; when it is again, all nodes say theirs.
   */
  readonly onStatus?: (listener: (status: BusStatus) => void) => () => void
  /** Calls `listener` with what goes wrong and no `publish` or `subscribe` can tell. It becomes an `error` event of the server. */
  readonly onProblem?: (listener: (problem: BusProblem) => void) => () => void
  /** Lets go of everything; called when the server that was given this bus closes. */
  readonly close: () => unknown
}

/** A bus within one process: servers that are given the same one form a cluster, each on its own port. It delivers at once. */
export const memoryBus = (): Bus => {
  const topics = new Map<string, Set<(message: string) => void>>()
  return {
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
