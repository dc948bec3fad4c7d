import { isOnline } from '../internal/environment.js'
import { now } from '../internal/clock.js'
import type { Connection } from '../connection/settings.js'
import { watchPage } from '../connection/wake.js'
import type { Feature, FeatureContext } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** All pages of a device wake up together: at most one early retry in so many milliseconds, and not all at once. */
const EARLY_RETRY_MS = 1_000
const EARLY_RETRY_JITTER_MS = 250

/** Retries earlier after a wake-up, at most once in EARLY_RETRY_MS. */
const createEarlyRetry = ({ retry, events }: Connection, random: () => number) => {
  let retriedAt = -Infinity
  return (isAlone: boolean) => {
    const [dueAt, plannedAt] = retry.dueAt()
    const jitter = isAlone ? 0 : Math.round(random() * EARLY_RETRY_JITTER_MS)
    const time = Math.max(now(), Math.min(retriedAt, now()) + EARLY_RETRY_MS) + jitter
    if (!retry.isWaiting() || !isOnline() || plannedAt === Infinity || time >= dueAt) return
    retry.moveTo(time, () => {
      retriedAt = now()
    })
    events.note({ retryAt: time })
  }
}

/** Listens to the page. Returns a function that ends it. */
const watch = ({ connection, hooks, taskQueue }: FeatureContext, retryEarly: (isAlone: boolean) => void) => {
  const { events, retry, suspend } = connection
  const inTurn = (task: () => void) => () => taskQueue.enqueue(task)
  const pause = () => {
    if (!retry.isWaiting()) return
    retry.moveTo(Infinity)
    events.note({ retryAt: null })
  }
  const wake = (isAlone: boolean) => {
    hooks.run('onWake')
    retryEarly(isAlone)
  }
  return watchPage({
    wake: inTurn(() => wake(false)),
    offline: inTurn(pause),
    freeze: inTurn(() => {
      suspend()
      pause()
      // In 16 ms the page is frozen.
      events.flushCounters()
    }),
    thaw: inTurn(() => wake(true)),
  })
}

/** Follows the page and the machine: no retry while offline, an early one after waking up, no socket in the back-forward cache. */
export const pageLifecycleFeature: Feature<never> = {
  options: [],
  order: order.page,
  create: (context) => {
    const { reconnect } = context.options
    const retryEarly = createEarlyRetry(context.connection, (reconnect || {}).random ?? Math.random)
    let stop = () => {}
    return {
      holdsRetry: () => !isOnline(),
      onActive: (isActive) => {
        stop()
        stop = isActive ? watch(context, retryEarly) : () => {}
      },
    }
  },
}
