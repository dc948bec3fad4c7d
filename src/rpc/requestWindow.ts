import { after, type Cancel } from '../internal/clock.js'
import type { RequestResult } from './types.js'

/** A request without a reply occupies its place this long, in milliseconds: a server that never replies must not hold up the others. */
const MAX_WAIT_MS = 5_000

/** Sends a request, or ends it with a result that is known without the server. */
export type SendRequest = (known?: RequestResult<unknown>) => void

/** Requests of which a bounded number is unanswered at a time. The others wait, first in, first out. */
export interface RequestWindow {
  /** Calls `send` once there is room, `delay` milliseconds from now or later. A key that waits already is not added again. */
  readonly enter: (key: unknown, send: SendRequest, delay?: number) => void
  /** Removes a request that still waits. Returns whether it did. */
  readonly withdraw: (key: unknown) => boolean
  /** A request was answered, or is over: one that waits is removed. Unknown keys are ignored. */
  readonly leave: (key: unknown) => void
}

/** Creates a window for `size` requests. They wait while `isOpen` returns false, until the next `enter` or `leave`. */
export const createRequestWindow = (size: number, isOpen: () => boolean): RequestWindow => {
  const waiting = new Map<unknown, () => void>()
  /** The timers of those that wait for their delay. */
  const delays = new Map<unknown, Cancel>()
  /** The timers of those that were sent. */
  const sent = new Map<unknown, Cancel>()

  const stop = (timers: Map<unknown, Cancel>, key: unknown): boolean => {
    timers.get(key)?.()
    return timers.delete(key)
  }
  const withdraw = (key: unknown) => stop(delays, key) || waiting.delete(key)
  const leave = (key: unknown) => {
    withdraw(key)
    stop(sent, key)
    for (const [next, send] of waiting) {
      if (sent.size >= size || !isOpen()) return
      waiting.delete(next)
      sent.set(
        next,
        after(MAX_WAIT_MS, () => leave(next)),
      )
      send()
    }
  }
  return {
    leave,
    enter: (key, send, delay = 0) => {
      if (delays.has(key) || waiting.has(key)) return
      const wait = () => {
        delays.delete(key)
        waiting.set(key, send)
        leave(undefined)
      }
      if (delay > 0) delays.set(key, after(delay, wait))
      else wait()
    },
    withdraw,
  }
}
