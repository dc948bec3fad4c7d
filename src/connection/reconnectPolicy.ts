import { now } from '../internal/clock.js'
import { isSocketFailure, type Problem } from '../internal/errors.js'
import { defaultBackoff } from './backoff.js'
import { adviceFor, closeCodes } from './closeCodes.js'
import type { AttemptContext, CloseInfo } from './types.js'

/** What follows a lost socket. */
export type Decision =
  | { readonly next: 'closed' }
  | { readonly next: 'failed'; readonly problem: Problem }
  | { readonly next: 'reconnecting'; readonly delay: number; readonly isRefresh?: boolean }

/** The lost socket, as a policy sees it. */
export interface LostSocket {
  readonly close: Pick<CloseInfo, 'code' | 'reason' | 'wasClean'>
  readonly opened: boolean
  /** The number of the retry that would follow; 1 is the first. */
  readonly attempt: number
}

/** Numbers of the reconnect policy, and what `retryFeature` puts in place of the table and the default backoff. */
export interface ReconnectSettings {
  readonly maxRetries?: number | undefined
  readonly minUptime?: number | undefined
  readonly random?: (() => number) | undefined
  /** Overrides the close-code table; `undefined` leaves the decision to it. */
  readonly override?: (lost: LostSocket) => boolean | { readonly delay: number } | undefined
  /** Replaces the default backoff. */
  readonly delayOf?: (lost: LostSocket) => number
}

const stopped = ({ code, reason }: LostSocket['close'], isOverridden: boolean): Decision => {
  let message = `${String(code)}: ${reason}`
  if (__DEV__) {
    const name = closeCodes[code ?? 0]?.[0]
    const said = `${String(code)}${name ? ` (${name})` : ''}${reason && `: ${reason}`}`
    message = `The connection ended with ${said}; ${isOverridden ? '"shouldReconnect" says' : 'the code says'} not to retry. Mend the cause, then connect again.`
  }
  return { next: 'failed', problem: { code: 'stopped', message } }
}

/** Whether a retry cannot help. `hasProvider`: a function is asked before every attempt, so the next one may differ. */
export const isFatal = ({ code }: Problem, hasProvider: boolean): boolean =>
  code === 'no_websocket' || code === 'socket_failure' || (code === 'invalid_url' && !hasProvider)

/** What a before-ready step threw, as a problem. Only a `SocketFailure` is fatal, whatever other errors call themselves. */
export const stepProblem = (error: unknown, message: string): Problem => ({
  code: isSocketFailure(error) ? error.code : 'handshake_failed',
  message,
})

/** Decides by the close code, unless the app overrides it. */
const decide = (
  settings: ReconnectSettings,
  lost: LostSocket,
  canRefresh: boolean,
  delay: number | undefined,
): Decision => {
  const { maxRetries = Infinity, random = Math.random, override, delayOf } = settings
  const { code } = lost.close
  const wish = override?.(lost)
  const advice = adviceFor(code)
  const isRefresh = advice === 'refresh' && canRefresh
  if (!(wish ?? (advice === 'retry' || isRefresh))) {
    return advice === 'end' ? { next: 'closed' } : stopped(lost.close, wish !== undefined)
  }
  if (lost.attempt > maxRetries) {
    const message = __DEV__
      ? `Gave up after ${maxRetries} retries in a row, as "reconnect" says. Connect again to go on.`
      : ''
    return { next: 'failed', problem: { code: 'retries_exhausted', message } }
  }
  const wished = typeof wish === 'object' ? wish.delay : delay
  const ms = wished ?? delayOf?.(lost) ?? Math.round(defaultBackoff(lost.attempt, { random, code }))
  return { next: 'reconnecting', delay: ms, isRefresh }
}

/** Counts the retries of one connection and decides what follows a lost socket. */
export const createReconnectPolicy = (settings: ReconnectSettings) => {
  const { minUptime = 5_000 } = settings
  let attempt = 0
  let reason: AttemptContext['reason'] = 'connect'
  let hasRefreshed = false
  let readyAt: number | undefined
  let hasHeld = false

  const forgetUptime = () => {
    readyAt = undefined
    hasHeld = false
  }
  const resetRetries = () => {
    attempt = 0
    hasRefreshed = false
  }
  /** A socket that was ready for `minUptime` resets the retries. The timer ignores a clock set back, the clock ignores sleep: either counts. */
  const settleUptime = () => {
    if (hasHeld || (readyAt !== undefined && now() - readyAt >= minUptime)) resetRetries()
    forgetUptime()
  }
  return {
    context: (): Pick<AttemptContext, 'attempt' | 'reason'> => ({ attempt, reason }),
    /** A command starts over. */
    reset: () => {
      reason = 'connect'
      resetRetries()
      forgetUptime()
    },
    /** The connection is ready. Returns when the retries start over; `Infinity` when there are none to reset. */
    ready: (time: number): number => {
      readyAt = time
      return attempt > 0 ? time + minUptime : Infinity
    },
    held: () => {
      hasHeld = true
    },
    /** The open socket was not usable: its uptime resets nothing. */
    distrust: forgetUptime,
    /** A socket or an attempt is lost. Counts the retry. */
    lost: (lost: Omit<LostSocket, 'attempt'>, hasSource: boolean, delay?: number): Decision => {
      settleUptime()
      const decision = decide(settings, { ...lost, attempt: attempt + 1 }, hasSource && !hasRefreshed, delay)
      if (decision.next === 'reconnecting') {
        attempt++
        reason = decision.isRefresh ? 'refresh' : 'retry'
        hasRefreshed ||= decision.isRefresh ?? false
      }
      return decision
    },
    /** The socket is given up on purpose and opened again later: no loss, so no retry is counted. */
    suspended: (): Decision => {
      if (readyAt !== undefined) reason = 'retry'
      settleUptime()
      return { next: 'reconnecting', delay: 0 }
    },
  }
}
