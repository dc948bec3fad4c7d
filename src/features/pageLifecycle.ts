import type { Connection } from '../connection/connection.js'
import { now } from '../internal/clock.js'
import { isOnline, isPageVisible, onPage } from '../internal/environment.js'
import type { Feature, FeatureContext } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** All pages of a device wake up together: at most one early retry in this time, and not all pages at once. In milliseconds. */
const EARLY_RETRY_MS = 1_000
const EARLY_RETRY_JITTER_MS = 250

type RetryEarly = (isAlone: boolean) => void

/** Moves a retry to now. `isAlone`: no other page wakes up at the same time. */
export const createEarlyRetry = ({ retry, events }: Connection, hasNetwork: () => boolean): RetryEarly => {
  let retriedAt = -Infinity
  return (isAlone) => {
    const [dueAt, plannedAt] = retry.dueAt()
    const jitter = isAlone ? 0 : Math.round(Math.random() * EARLY_RETRY_JITTER_MS)
    const time = Math.max(now(), Math.min(retriedAt, now()) + EARLY_RETRY_MS) + jitter
    if (!retry.isWaiting() || !hasNetwork() || plannedAt === Infinity || time >= dueAt) return
    retry.moveTo(time, () => {
      retriedAt = now()
    })
    events.note({ retryAt: time })
  }
}

/** Listens to the page; does nothing in a runtime without a page. Returns a function that stops it. */
const watchPage = ({ connection, hooks, taskQueue }: FeatureContext, retryEarly: RetryEarly) => {
  const { events, retry } = connection
  let isFrozen = false
  const pause = () => {
    if (!retry.isWaiting()) return
    retry.moveTo(Infinity)
    events.note({ retryAt: null })
  }
  const wake = () => {
    // Pages of the cache are shown one at a time.
    const isAlone = isFrozen
    isFrozen = false
    taskQueue.enqueue(() => {
      hooks.run('onWake')
      retryEarly(isAlone)
    })
  }
  /** An open socket would keep the page out of the back-forward cache. */
  const freeze = () => {
    isFrozen = true
    taskQueue.enqueue(() => {
      connection.suspend()
      pause()
      // In 16 ms the page is frozen.
      events.flushNoted()
    })
  }
  const stops = [
    // Connecting now would keep a frozen page out of the cache.
    onPage('online', () => isFrozen || wake()),
    onPage('offline', () => taskQueue.enqueue(pause)),
    onPage('pageshow', ({ persisted }) => persisted && wake()),
    onPage('pagehide', ({ persisted }) => persisted && freeze()),
    onPage('visibilitychange', () => isPageVisible() && wake()),
  ]
  return () => stops.forEach((stop) => stop())
}

/** Follows the page and the device: no retry while offline, an early one after waking up, no socket in the back-forward cache. See docs/options.md#features. */
export const pageLifecycleFeature: Feature<never> = {
  options: [],
  order: order.page,
  create: (context) => {
    // `lifecycleFeature` replaces it.
    if (context.options.lifecycle) return undefined
    const retryEarly = createEarlyRetry(context.connection, isOnline)
    let stop: (() => void) | undefined
    return {
      holdsRetry: () => !isOnline(),
      onActive: (isActive) => {
        stop?.()
        stop = isActive ? watchPage(context, retryEarly) : undefined
      },
    }
  },
}
