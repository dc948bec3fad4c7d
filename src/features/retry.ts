import { defaultBackoff } from '../connection/backoff.js'
import type { ReconnectSettings } from '../connection/reconnectPolicy.js'
import type { ReconnectOptions } from '../connection/types.js'
import type { Guard } from '../internal/guard.js'
import { aCount, aFunction } from '../internal/optionChecks.js'
import { anObjectOrFalse, checkGroup, checkMembers, milliseconds } from '../middleware/checkOptions.js'
import type { Feature } from '../middleware/feature.js'
import type { SocketMiddlewareOptions } from '../middleware/options.js'
import * as order from '../middleware/order.js'

const isDelay = (delay: unknown): delay is number => typeof delay === 'number' && delay >= 0

const toSettings = (options: ReconnectOptions, guard: Guard): ReconnectSettings => {
  const { backoff = defaultBackoff, random = Math.random, shouldReconnect } = options
  return {
    ...options,
    delayOf: ({ attempt, close: { code } }) =>
      guard('reconnect.backoff', () => {
        const delay = backoff(attempt, { random, code })
        if (isDelay(delay)) return Math.round(delay)
        throw new TypeError(
          __DEV__ ? `expected a number of milliseconds, 0 or more, got ${String(delay)}` : String(delay),
        )
      }),
    override: ({ close: { code, reason, wasClean }, ...lost }) =>
      guard('reconnect.shouldReconnect', () => {
        const decision = shouldReconnect?.({ code, reason, wasClean, ...lost })
        // A delay that is not a number leaves the delay to the backoff. `null` is no decision either.
        return decision && typeof decision === 'object' && !isDelay(decision.delay) ? true : decision
      }) ?? undefined,
  }
}

const checkReconnect = ({ reconnect }: SocketMiddlewareOptions): void => {
  checkMembers({ reconnect }, { reconnect: anObjectOrFalse })
  checkGroup('reconnect', reconnect, {
    backoff: aFunction,
    maxRetries: aCount,
    minUptime: milliseconds,
    shouldReconnect: aFunction,
    random: aFunction,
  })
}

/** Carries out the option `reconnect`. See docs/reconnecting.md. */
export const retryFeature: Feature<'reconnect'> = {
  options: ['reconnect'],
  order: order.retry,
  check: __DEV__ ? checkReconnect : undefined,
  settings: ({ reconnect = {} }, _base, guard) => ({
    reconnect: reconnect ? toSettings(reconnect, guard) : { maxRetries: 0 },
  }),
}
