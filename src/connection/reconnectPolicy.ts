import { now } from '../internal/clock.js'
import { isSocketFailure, show, type SerializedSocketError } from '../internal/errors.js'
import { defaultBackoff } from './backoff.js'
import { adviceFor, closeCodes } from './closeCodes.js'
import type { AttemptContext, CloseInfo, ReconnectDecision } from './types.js'

/** What follows a lost socket. */
export type Decision =
  | { readonly next: 'closed' }
  | { readonly next: 'failed'; readonly problem: SerializedSocketError }
  | { readonly next: 'reconnecting'; readonly delay: number; readonly isRefresh?: boolean }

/** A socket or an attempt that is lost. */
export interface LostSocket {
  readonly close: Pick<CloseInfo, 'code' | 'reason' | 'wasClean'>
  /** Whether the socket was open. */
  readonly opened: boolean
  /** The number of the retry that would follow; 1 is the first. */
  readonly attempt: number
  /** The HTTP status of a refused upgrade, where a feature knows it. */
  readonly httpStatus?: number
}

/** The settings of the reconnect policy. */
export interface ReconnectSettings {
  /** @default Infinity */
  readonly maxRetries?: number | undefined
  /** In milliseconds. @default 5000 */
  readonly minUptime?: number | undefined
  /** Overrides the close-code table. @default the table decides */
  readonly override?: (lost: LostSocket) => ReconnectDecision
  /** In milliseconds. @default the default backoff, which is also used for `undefined` */
  readonly delayOf?: (lost: LostSocket) => number | undefined
}

const stopped = ({ code, reason }: LostSocket['close'], wish: ReconnectDecision): Decision => {
  let message = `${String(code)}: ${reason}`
  if (__DEV__) {
    const name = closeCodes[code ?? 0]?.[0]
    const why =
      wish === undefined
        ? 'clients do not retry after this code'
        : wish
          ? 'fresh credentials were asked for, and they were refreshed before or come from no function'
          : `"shouldReconnect" returned ${show(wish)}`
    message = `The connection closed with ${String(code)}${name ? ` (${name})` : ''}${reason && `: ${reason}`}; ${why}. Fix the cause, then dispatch socketConnect().`
  }
  return { next: 'failed', problem: { code: 'stopped', message } }
}

const exhausted = (maxRetries: number): Decision => ({
  next: 'failed',
  problem: {
    code: 'retries_exhausted',
    message: __DEV__
      ? `The connection failed after ${maxRetries} retries in a row ("reconnect.maxRetries"). Dispatch socketConnect() to try again.`
      : '',
  },
})

/** Whether a retry cannot help. With a factory in the address the next attempt may have another url. */
export const isFatal = ({ code }: SerializedSocketError, hasFactory: boolean): boolean =>
  /^(no_websocket|socket_failure|missing_feature)$/.test(code) || (code === 'invalid_url' && !hasFactory)

/** What a step before ready threw, as a problem. Only a `SocketFailure` is fatal, whatever `code` other errors have. */
export const stepProblem = (error: unknown, message: string): SerializedSocketError => ({
  code: isSocketFailure(error) ? error.code : 'handshake_failed',
  message,
})

/** Decides by the close code, unless the app overrides it. */
const decideReconnect = (
  { maxRetries = Infinity, override, delayOf }: ReconnectSettings,
  lost: LostSocket,
  canRefresh: boolean,
  delay?: number,
): Decision => {
  const { code } = lost.close
  const wish = override?.(lost)
  const advice = wish === 'refresh' ? wish : adviceFor(code)
  const isRefresh = advice === 'refresh' && canRefresh
  const isRetry = wish === undefined || wish === 'refresh' ? isRefresh || advice === 'retry' : wish
  if (!isRetry) return advice === 'end' ? { next: 'closed' } : stopped(lost.close, wish)
  if (lost.attempt > maxRetries) return exhausted(maxRetries)
  const fixed = typeof wish === 'object' ? wish.delay : delay
  return {
    next: 'reconnecting',
    delay: fixed ?? delayOf?.(lost) ?? Math.round(defaultBackoff(lost.attempt, { random: Math.random, code })),
    isRefresh,
  }
}

/** Counts the retries of one connection and decides what follows a lost socket. */
export interface ReconnectPolicy {
  readonly context: () => Pick<AttemptContext, 'attempt' | 'reason'>
  /** A command starts over. */
  readonly reset: () => void
  /** The connection is ready. Returns when it has been up long enough; `Infinity` when there are no retries to reset. */
  readonly onReady: (time: number) => number
  /** The connection has been up for `minUptime`. */
  readonly onUptime: () => void
  /** The open socket was not usable: its uptime does not count. */
  readonly forgetUptime: () => void
  /** A socket or an attempt is lost. Counts the retry. */
  readonly onLost: (lost: Omit<LostSocket, 'attempt'>, hasCredentials: boolean, delay?: number) => Decision
  /** The socket is given up on purpose and will be opened again: this is not a loss, so no retry is counted. */
  readonly onSuspend: () => Decision
}

/** Creates the policy of one connection. */
export const createReconnectPolicy = (settings: ReconnectSettings): ReconnectPolicy => {
  const { minUptime = 5_000 } = settings
  let attempt = 0
  let reason: AttemptContext['reason'] = 'connect'
  let hasRefreshed = false
  let readyAt = Infinity
  let wasUpLong = false

  const forgetUptime = () => {
    readyAt = Infinity
    wasUpLong = false
  }
  const resetRetries = () => {
    attempt = 0
    hasRefreshed = false
  }
  /** Timers ignore a clock that is set back, the clock includes the time asleep: either may show that the socket was up long enough. */
  const countUptime = () => {
    if (wasUpLong || now() - readyAt >= minUptime) resetRetries()
    forgetUptime()
  }
  return {
    forgetUptime,
    context: () => ({ attempt, reason }),
    reset: () => {
      reason = 'connect'
      resetRetries()
      forgetUptime()
    },
    onReady: (time) => {
      readyAt = time
      return attempt > 0 ? time + minUptime : Infinity
    },
    onUptime: () => {
      wasUpLong = true
    },
    onLost: (lost, hasCredentials, delay) => {
      countUptime()
      const canRefresh = hasCredentials && !hasRefreshed
      const decision = decideReconnect(settings, { ...lost, attempt: attempt + 1 }, canRefresh, delay)
      if (decision.next === 'reconnecting') {
        attempt++
        reason = decision.isRefresh ? 'refresh' : 'retry'
        hasRefreshed ||= reason === 'refresh'
      }
      return decision
    },
    onSuspend: () => {
      if (readyAt < Infinity) reason = 'retry'
      countUptime()
      return { next: 'reconnecting', delay: 0 }
    },
  }
}
