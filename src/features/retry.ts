import { defaultBackoff } from '../connection/backoff.js'
import type { ReconnectSettings } from '../connection/reconnectPolicy.js'
import type { ReconnectOptions } from '../connection/types.js'
import type { Guard } from '../internal/guard.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

const isDelay = (delay: unknown): delay is number => typeof delay === 'number' && delay >= 0

/** A number of a source of randomness that may be broken: it may be why the app's backoff failed. */
const safely = (random: () => number) => () => {
  let number = -1
  try {
    number = random()
  } catch {
    // Replaced below.
  }
  return number >= 0 && number < 1 ? number : Math.random()
}

const withBackoff = (
  { backoff = defaultBackoff, random = Math.random }: ReconnectOptions,
  guard: Guard,
): ReconnectSettings => ({
  delayOf: ({ attempt, close: { code } }) => {
    const given = () => {
      const ms = backoff(attempt, { random, code })
      if (isDelay(ms)) return ms
      throw new TypeError(__DEV__ ? `expected a number of milliseconds, 0 or more, got ${String(ms)}` : String(ms))
    }
    return Math.round(guard('reconnect.backoff', given) ?? defaultBackoff(attempt, { random: safely(random), code }))
  },
})

const withDecision = ({ shouldReconnect }: ReconnectOptions, guard: Guard): ReconnectSettings =>
  shouldReconnect
    ? {
        override: ({ close, opened, attempt }) => {
          const { code, reason, wasClean } = close
          const wish = guard('reconnect.shouldReconnect', () =>
            shouldReconnect({ code, reason, wasClean, opened, attempt }),
          )
          return typeof wish === 'object' && !isDelay(wish.delay) ? true : wish
        },
      }
    : {}

/** Carries out the option `reconnect`. */
export const retryFeature: Feature<'reconnect'> = {
  options: ['reconnect'],
  order: order.retry,
  settings: ({ reconnect = {} }, _base, guard) => ({
    reconnect: reconnect
      ? { ...reconnect, ...withBackoff(reconnect, guard), ...withDecision(reconnect, guard) }
      : { maxRetries: 0 },
  }),
}
