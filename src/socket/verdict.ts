import type { Problem } from '../internal/errors.js'
import { adviceFor, closeCodes } from './closeCodes.js'
import { defaultBackoff } from './backoff.js'
import type { CloseInfo, SocketConfig } from './types.js'

/** What becomes of a connection whose socket is gone. */
export type Verdict =
  | { readonly next: 'closed' }
  | { readonly next: 'failed'; readonly problem: Problem }
  | { readonly next: 'reconnecting'; readonly delay: number; readonly refresh: boolean }

/** The lost socket, and what the connection went through before. */
export interface Loss {
  readonly close: Pick<CloseInfo, 'code' | 'reason' | 'wasClean'>
  readonly opened: boolean
  /** The number of the retry that would follow; 1 is the first. */
  readonly attempt: number
  /** Whether there is a provider to ask for fresh credentials that has not been asked for this reason yet. */
  readonly canRefresh: boolean
  /** Replaces the backoff's delay. */
  readonly delay?: number | undefined
}

/** Whether trying again cannot help; `hasProvider` is whether someone is asked before every attempt, so that the next one may differ. */
export const isHopeless = ({ code }: Problem, hasProvider: boolean): boolean =>
  code === 'no_websocket' || code === 'socket_failure' || (code === 'invalid_url' && !hasProvider)

type Policy = Pick<SocketConfig, 'reconnect' | 'guard'>

const isDelay = (delay: unknown): delay is number => typeof delay === 'number' && delay >= 0

/** A random number even when the given source fails, which may be why the given backoff did. */
const sound = (random: () => number): number => {
  try {
    const number = random()
    if (number >= 0 && number < 1) return number
  } catch {
    // The guard has reported it.
  }
  return Math.random()
}

/** The backoff's delay, in whole milliseconds; the default one when it threw or gave what is no delay. */
const delayOf = ({ reconnect, guard }: Policy, { attempt, close }: Loss): number => {
  const context = { random: reconnect.random, code: close.code }
  const delay = guard('reconnect.backoff', () => {
    const given = reconnect.backoff(attempt, context)
    if (isDelay(given)) return given
    throw new TypeError(`expected a number of milliseconds, 0 or more, got ${String(given)}`)
  })
  return Math.round(delay ?? defaultBackoff(attempt, { ...context, random: () => sound(reconnect.random) }))
}

const failed = (code: string, message: string): Verdict => ({ next: 'failed', problem: { code, message } })

const stopped = ({ close }: Loss, who: string): Verdict => {
  const name = closeCodes[close.code ?? 0]?.[0]
  const said = `${String(close.code)}${name ? ` (${name})` : ''}${close.reason && `: ${close.reason}`}`
  return failed(
    'stopped',
    `The connection ended with ${said}; ${who} not to retry. Mend the cause, then connect again.`,
  )
}

/** Retry, stop or end: `shouldReconnect` decides, else the close-code table. Called once a lost socket. */
export const judge = (policy: Policy, loss: Loss): Verdict => {
  const { shouldReconnect, maxRetries } = policy.reconnect
  const { close, attempt, opened, canRefresh } = loss
  const wish =
    shouldReconnect && policy.guard('reconnect.shouldReconnect', () => shouldReconnect({ ...close, opened, attempt }))
  const advice = adviceFor(close.code)
  if (wish === undefined) {
    if (advice === 'end') return { next: 'closed' }
    if (advice === 'stop' || (advice === 'refresh' && !canRefresh)) return stopped(loss, 'the code says')
  } else if (!wish) {
    return close.code === 1000 ? { next: 'closed' } : stopped(loss, '"shouldReconnect" says')
  }
  if (attempt > maxRetries) {
    const message = `Gave up after ${maxRetries} retries in a row, as "reconnect" says. Connect again to go on.`
    return failed('retries_exhausted', message)
  }
  const wished = typeof wish === 'object' && isDelay(wish.delay) ? wish.delay : loss.delay
  const delay = wished ?? delayOf(policy, loss)
  return { next: 'reconnecting', delay, refresh: advice === 'refresh' && canRefresh }
}
