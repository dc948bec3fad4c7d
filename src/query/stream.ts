import { after, FRAME_MS, now, type Cancel } from '../internal/clock.js'
import type { ChannelPosition } from '../internal/channelPosition.js'
import type { StreamProblem } from './problems.js'
import { newStream, reduceStream } from './streamLifecycle.js'
import type { EntryState, StreamEffect, StreamEvent, StreamStatus } from './streamModel.js'

/** What a stream does to its cache entry, and how it reports. */
export interface StreamPort<Push> {
  readonly entry: () => EntryState
  /** Puts pushes into the entry's data, in this order. Returns whether one shows that others are missing. */
  readonly apply: (pushes: readonly Push[]) => boolean | void
  /** Subscribes again from a position. */
  readonly rejoin: (at: ChannelPosition) => void
  /** Fetches the entry. */
  readonly refetch: () => void
  readonly report: (status: StreamStatus, error: StreamProblem | undefined) => void
  /** How many pushes may wait. */
  readonly maxBuffered: number
}

/** The pushes of one cache entry, on their way into its data: none lost, none out of order. */
export interface Stream<Push> {
  /** Something has happened. Events that it causes itself follow in their order. */
  readonly send: (event: StreamEvent<Push>) => void
  /** Whether the server has accepted the subscription before. */
  readonly wasActive: () => boolean
}

/** Creates the stream of one cache entry: runs the transitions of streamLifecycle.ts and does what they ask for. */
export const createStream = <Push>(port: StreamPort<Push>): Stream<Push> => {
  const events: StreamEvent<Push>[] = []
  let state = newStream<Push>(port.maxBuffered)
  let isSending = false
  let flushedAt = -Infinity
  let cancel: Cancel | undefined

  /** A flood of pushes changes the data once a frame. */
  const schedule = () => {
    const wait = flushedAt + FRAME_MS - now()
    let isCancelled = false
    const flush = () => isCancelled || send({ type: 'flush' })
    // A clock that is set back must not make the wait longer.
    const cancelTimer = wait > 0 && wait <= FRAME_MS ? after(wait, flush) : queueMicrotask(flush)
    cancel = () => {
      isCancelled = true
      cancelTimer?.()
    }
  }
  const run = (effect: StreamEffect<Push>) => {
    switch (effect.type) {
      case 'apply':
        cancel?.()
        flushedAt = now()
        if (port.apply(effect.pushes)) send({ type: 'missing' })
        return undefined
      case 'rejoin':
        return port.rejoin(effect.at)
      case 'refetch':
        port.refetch()
        return send({ type: 'refetched' })
      case 'schedule':
        return schedule()
      case 'cancel':
        return cancel?.()
      case 'report':
        return port.report(effect.status, effect.error)
    }
  }
  const sendNext = (event: StreamEvent<Push>) => {
    const [next, effects] = reduceStream(state, event, port.entry())
    state = next
    effects.forEach(run)
  }
  const send = (event: StreamEvent<Push>) => {
    events.push(event)
    if (isSending) return
    isSending = true
    try {
      for (let next = events.shift(); next; next = events.shift()) sendNext(next)
    } finally {
      isSending = false
    }
  }
  return { send, wasActive: () => state.phase !== 'removed' && state.subscription !== 'new' }
}
