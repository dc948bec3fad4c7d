import { now } from '../internal/clock.js'
import type { AttemptContext, SocketConfig } from './types.js'
import { judge, type Loss, type Verdict } from './verdict.js'

/** What a connection remembers of its attempts: how many retries in a row there were, what the next is for, and whether its socket has held. */
export interface Retries {
  /** Number and reason of the attempt under way or waited for. */
  readonly context: () => Pick<AttemptContext, 'attempt' | 'reason'>
  /** A command begins anew. */
  readonly renew: () => void
  /** The connection is ready. Whether there is anything that it can earn back. */
  readonly ready: (time: number) => boolean
  /** It has been ready for `minUptime`, as a timer has it. */
  readonly held: () => void
  /** Open is not healthy: this socket gives no retries back, however long it was open. */
  readonly distrust: () => void
  /** The socket is lost: what follows. A retry is counted. */
  readonly lost: (loss: Omit<Loss, 'attempt' | 'canRefresh'> & { readonly hasSource: boolean }) => Verdict
  /** The page goes into the back-forward cache: the attempt is made again, or the connection opened again, and nothing is judged. */
  readonly frozen: () => Verdict
}

/** Creates it. */
export const createRetries = (config: Pick<SocketConfig, 'reconnect' | 'guard'>): Retries => {
  let attempt = 0
  let reason: AttemptContext['reason'] = 'connect'
  let hasRefreshed = false
  let readyAt: number | undefined
  let hasHeld = false

  /** The socket is over: gives the retries back that it has earned. */
  const settle = () => {
    // The timer does not mind a clock that is set back, the clock minds no sleep.
    if (hasHeld || (readyAt !== undefined && now() - readyAt >= config.reconnect.minUptime)) {
      attempt = 0
      hasRefreshed = false
    }
    forget()
  }
  const forget = () => {
    readyAt = undefined
    hasHeld = false
  }
  return {
    context: () => ({ attempt, reason }),
    renew: () => {
      attempt = 0
      reason = 'connect'
      hasRefreshed = false
      forget()
    },
    ready: (time) => {
      readyAt = time
      return attempt > 0
    },
    held: () => {
      hasHeld = true
    },
    distrust: forget,
    lost: ({ hasSource, ...loss }) => {
      settle()
      const verdict = judge(config, { ...loss, attempt: attempt + 1, canRefresh: hasSource && !hasRefreshed })
      if (verdict.next === 'reconnecting') {
        attempt++
        reason = verdict.refresh ? 'refresh' : 'retry'
        hasRefreshed ||= verdict.refresh
      }
      return verdict
    },
    frozen: () => {
      if (readyAt !== undefined) reason = 'retry'
      settle()
      return { next: 'reconnecting', refresh: false, delay: 0 }
    },
  }
}
