import { defaultBackoff } from '../connection/backoff.js'
import { after, at, now, type Cancel } from '../internal/clock.js'
import { codedError, detailsOf, show } from '../internal/errors.js'
import type { Feature, FeatureContext, FeatureHooks } from '../middleware/feature.js'
import type { CallbackContext } from '../middleware/options.js'
import * as order from '../middleware/order.js'
import { authenticate, type Authorization } from './authenticate.js'
import { retryDelayOf } from './failures.js'
import { rpcSlot, type Rpc } from './rpc.js'
import type { RequestResult } from './types.js'

/** What the function of {@link reauthentication} is given. */
export interface CredentialsContext<Root = unknown, Extra = unknown> extends CallbackContext<Root, Extra> {
  /** Aborted when the connection is lost: what is returned then is not used. */
  readonly signal: AbortSignal
}

/** Fresh credentials are asked for this long before the old ones expire, in milliseconds, or at half of their time if that is later. */
const AHEAD_MS = 60_000
/** A server whose answers do not move the end is not asked more often than this, in milliseconds. */
const MIN_WAIT_MS = 1_000

/** What the server replies when it refuses the credentials, or does not know `$/authenticate`: asking again does not help. */
const isFinal = (code: unknown): boolean => typeof code === 'number'

interface Refresh {
  readonly rpc: Rpc
  readonly provide: () => Promise<unknown>
  readonly signal: AbortSignal
  cancelTimer: Cancel
  /** How many times in a row it has failed. */
  failures: number
}

const report = ({ rpc }: Refresh, code: string, message: string): void =>
  rpc.connection.events.report({ code, message })

const retry = (refresh: Refresh, delay?: number): void => {
  if (refresh.signal.aborted) return
  const wait = delay ?? defaultBackoff(++refresh.failures, { random: Math.random, code: null })
  refresh.cancelTimer = after(wait, () => void renew(refresh))
}

/** Waits until shortly before the end of the authorisation. */
const schedule = (refresh: Refresh, { expiresIn }: Authorization): void => {
  if (typeof expiresIn !== 'number') return
  const wait = Math.max(expiresIn - AHEAD_MS, expiresIn / 2, MIN_WAIT_MS)
  // On the clock of the system: timers stop while the device sleeps.
  refresh.cancelTimer = at(now() + wait, () => void renew(refresh))
}

const onAnswer = (refresh: Refresh, { data, error }: RequestResult<Authorization>): void => {
  // The next connection asks for itself.
  if (refresh.signal.aborted) return
  if (data) {
    refresh.failures = 0
    return schedule(refresh, data)
  }
  const delay = retryDelayOf({ error }, refresh.failures + 1)
  if (delay === undefined && isFinal(error.code)) {
    return report(
      refresh,
      'reauthentication_failed',
      __DEV__ ? `The server did not take fresh credentials: ${error.message}` : error.message,
    )
  }
  retry(refresh, delay)
}

/** Asks the app for fresh credentials and sends them. */
const renew = async (refresh: Refresh): Promise<void> => {
  const { provide, rpc, signal } = refresh
  let credentials
  try {
    credentials = await provide()
  } catch (error) {
    if (signal.aborted) return
    const said = detailsOf(error)
    report(refresh, 'provider_failed', __DEV__ ? `The function for fresh credentials failed: ${said}.` : said)
    return retry(refresh)
  }
  if (signal.aborted || credentials === undefined) return
  rpc.taskQueue.enqueue(() => {
    if (!signal.aborted) authenticate(rpc, { credentials }, { signal }, (result) => onAnswer(refresh, result))
  })
}

const createHooks = (
  { part, store }: FeatureContext,
  provider: (context: CredentialsContext<never, never>) => unknown,
): FeatureHooks => {
  const { rpc } = part(rpcSlot)
  if (!rpc) {
    const text = 'reauthentication() needs JSON-RPC: give createSocketMiddleware the option protocol: jsonRpc().'
    throw codedError('no_protocol', __DEV__ ? text : '')
  }
  let stop = () => {}
  const begin = () => {
    stop()
    const controller = new AbortController()
    const { signal } = controller
    const refresh: Refresh = {
      rpc,
      provide: async () => await provider(store.contextWith({ signal }) as never),
      signal,
      cancelTimer: () => {},
      failures: 0,
    }
    stop = () => {
      controller.abort()
      refresh.cancelTimer()
    }
    authenticate(rpc, {}, { signal }, (result) => onAnswer(refresh, result))
  }
  return {
    onEvent: ({ type }) => {
      if (type === 'opened') begin()
      if (type === 'closed' || type === 'failed') stop()
    },
    onDispose: () => stop(),
  }
}

/**
 * A feature for `createSocketMiddleware.with(…)`: before the authorisation of an open connection ends, it asks `provider` for fresh credentials and sends
 * them, as `socketReauthenticate` does, so that no new socket is needed. Needs `protocol: jsonRpc()`, and a server that answers `$/authenticate`.
 *
 * It is asked a minute before the end, or at half of the time that is left if that is later; after a time offline or asleep, on the next connection. `undefined` sends
 * nothing. What it throws is reported (`provider_failed`), and it is asked again, later each time. Credentials that the server refuses are reported
 * (`reauthentication_failed`); at the end of the authorisation the server closes with 4401, and the functions for url, params and protocols are asked.
 * See docs/rpc.md.
 *
 * @example
 * createSocketMiddleware.with(reauthentication(async () => ({ token: await getToken() })))({ url, protocol: jsonRpc() })
 */
export const reauthentication = <Root = unknown, Extra = unknown>(
  provider: (context: CredentialsContext<Root, Extra>) => unknown,
): Feature<never> => {
  if (__DEV__ && typeof provider !== 'function') {
    throw codedError(
      'invalid_option',
      `reauthentication: expected a function that returns credentials, got ${show(provider)}.`,
    )
  }
  return {
    options: [],
    order: order.carried,
    create: (context) => createHooks(context, provider),
  }
}
