import { after, now, soon, type Cancel } from '../internal/clock.js'
import type { RpcProblem, SubscriptionObserver } from '../rpc/types.js'
import type { StreamProblem } from './problems.js'

/**
 * What a stream is doing:
 *
 *   connecting ──subscribed, and the first data is there──▶ live ◀──may have missed something──▶ stale
 *   any ──the server refuses──▶ error
 */
export type StreamStatus = 'connecting' | 'live' | 'stale' | 'error'

/** What is looked at of a cache entry. */
export interface EntryState {
  /** RTK Query's word: `uninitialized` also once it is removed. */
  readonly status: string
  /** The latest request's. */
  readonly requestId?: string | undefined
}

/** What a stream does to its cache entry, and to the world. */
export interface StreamPort<Push> {
  readonly entry: () => EntryState
  /** Puts pushes into the entry's data, in this order. */
  readonly apply: (pushes: readonly Push[]) => void
  /** Settles when the request under way does. */
  readonly running: () => PromiseLike<unknown> | undefined
  /** Fetches the entry anew. */
  readonly refetch: () => void
  /** The status is another one. */
  readonly tell: (status: StreamStatus, error?: StreamProblem) => void
  /** Whether the server says, in its answer to the subscription, that nothing was missed. */
  readonly isRecovered: (answer: unknown, recovered: boolean) => boolean
  /** How many pushes may wait. */
  readonly maxBuffered: number
}

type Heard = { readonly [Member in keyof SubscriptionObserver]-?: NonNullable<SubscriptionObserver[Member]> }

/** The pushes of one cache entry, on their way into its data. */
export interface Stream extends Heard {
  /** Tells the first status. */
  readonly begin: () => void
  /** The entry has its first data. */
  readonly loaded: () => void
  /** The entry may have been fetched, by whomever. */
  readonly fetched: () => void
  /** It cannot begin. */
  readonly failed: (error: StreamProblem | RpcProblem) => void
  /** The entry is gone. */
  readonly end: () => void
}

/** One frame of a 60 Hz screen: a flood of pushes changes the data once a frame. */
const FRAME_MS = 16

/** Creates what brings pushes into one cache entry: none lost, none out of order. */
export const createStream = <Push>(port: StreamPort<Push>): Stream => {
  /** Not in the data yet, oldest first. */
  let waiting: Push[] = []
  /** What came while a request was under way, whose answer may be older: it goes in again on top of that. */
  let replay: Push[] = []
  /** The request that `replay` is for. */
  let followed: string | undefined
  /** The request before which something may have been missed: only the answer to a later one has it. */
  let gapAt: string | undefined
  let isOwed = false
  let isOverflown = false
  let isLoaded = false
  let isActive = false
  let hasBeenActive = false
  let isEnded = false
  let problem: StreamProblem | undefined
  let told: StreamStatus | undefined
  let flushedAt = -Infinity
  let isScheduled = false
  let cancel: Cancel | undefined

  const hasGap = () => {
    const { status, requestId } = port.entry()
    if (status === 'fulfilled' && requestId !== gapAt) gapAt = undefined
    return gapAt !== undefined
  }
  const statusNow = (): StreamStatus => {
    if (problem) return 'error'
    if (!isLoaded || !hasBeenActive) return 'connecting'
    return isActive && !hasGap() ? 'live' : 'stale'
  }
  const update = () => {
    const status = statusNow()
    if (status === told || isEnded) return
    told = status
    port.tell(status, problem)
  }

  /** Something is, or will be, missing in the data. */
  const miss = () => {
    replay = []
    gapAt = port.entry().requestId ?? ''
    isOwed = true
  }
  const keep = (pushes: Push[], push: Push) => {
    if (isOverflown) return
    if (pushes.length < port.maxBuffered) {
      pushes.push(push)
      return
    }
    // Half of them are worth nothing: another fetch has them all.
    isOverflown = true
    if (!isLoaded) waiting = []
    miss()
  }

  /** When a request is under way, what comes meanwhile goes in again after its answer. */
  const follow = () => {
    const { status, requestId } = port.entry()
    if (status !== 'pending' || requestId === followed) return
    const running = port.running()
    if (!running) return
    if (followed === undefined) replay = waiting.slice()
    followed = requestId
    const land = () => {
      if (!isEnded && followed === requestId) landed(requestId)
    }
    running.then(land, land)
  }
  const landed = (request: string | undefined) => {
    const { status, requestId } = port.entry()
    const again = replay
    replay = []
    followed = undefined
    // Data that a failure left as it was has them already.
    if (status !== 'rejected' || requestId !== request) {
      waiting = again.length ? again : waiting
      flush()
    }
    settle()
    update()
  }
  /** Fetches what may have been missed, once no older answer is on its way. */
  const settle = () => {
    if (!isOwed || !isActive || !isLoaded) return
    if (port.entry().status !== 'pending') {
      isOwed = false
      isOverflown = false
      port.refetch()
    }
    follow()
  }

  const flush = () => {
    isScheduled = false
    cancel?.()
    if (isEnded || !waiting.length || port.entry().status === 'uninitialized') return
    follow()
    const pushes = waiting
    waiting = []
    flushedAt = now()
    port.apply(pushes)
  }
  const schedule = () => {
    if (waiting.length >= port.maxBuffered) return flush()
    if (isScheduled) return
    isScheduled = true
    const wait = flushedAt + FRAME_MS - now()
    // A clock that is set back must not make it wait longer.
    if (wait > 0 && wait <= FRAME_MS) cancel = after(wait, flush)
    else soon(flush)
  }

  return {
    begin: update,
    pushed: (data) => {
      const push = data as Push
      if (!isLoaded) {
        keep(waiting, push)
        return
      }
      follow()
      waiting.push(push)
      if (followed !== undefined) keep(replay, push)
      if (isOwed) settle()
      schedule()
      update()
    },
    subscribed: (answer, recovered) => {
      const isFirst = !hasBeenActive
      isActive = true
      hasBeenActive = true
      if (isFirst ? isLoaded : !port.isRecovered(answer, recovered)) {
        // What came before the gap would go in after what came in it.
        if (!isLoaded) waiting = []
        miss()
        settle()
      }
      update()
    },
    lost: () => {
      isActive = false
      if (isLoaded) flush()
      update()
    },
    failed: (error) => {
      isActive = false
      problem = error
      update()
    },
    loaded: () => {
      if (isEnded) return
      isLoaded = true
      flush()
      settle()
      update()
    },
    fetched: () => {
      // What is followed has pushes to go in again before that.
      if (followed === undefined) update()
    },
    end: () => {
      isEnded = true
      cancel?.()
    },
  }
}
