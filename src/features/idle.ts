import { at, now, type Cancel } from '../internal/clock.js'
import { aBoolean, checkMembers, milliseconds } from '../middleware/checkOptions.js'
import type { Feature, FeatureContext, FeatureHooks } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** Calls `onIdle` once, after `timeout` milliseconds without traffic while no answer is expected. One timer, however much traffic. */
const createIdleTimer = (timeout: number, isBusy: () => boolean, onIdle: () => void) => {
  let touchedAt = 0
  let cancel: Cancel = () => {}
  const touch = () => {
    touchedAt = now()
  }
  const check = () => {
    // A clock that was set back would keep an idle connection open.
    if (isBusy() || touchedAt > now()) touch()
    const dueAt = touchedAt + timeout
    if (now() < dueAt) cancel = at(dueAt, check)
    else onIdle()
  }
  return {
    start: () => {
      touch()
      if (timeout) check()
    },
    /** There was traffic. */
    touch,
    stop: () => cancel(),
  }
}

const createIdleHooks = (
  { connection, hooks, store, taskQueue }: FeatureContext,
  lazy: boolean,
  idleTimeout: number,
): FeatureHooks => {
  /** Closed because it was idle: the next use opens the connection. */
  let isIdleClosed = false
  /** Used while it was closing. */
  let isWanted = false
  /** Closed by the app: a use does not open it. */
  let isClosedByApp = false

  const isAsleep = () => isIdleClosed || (lazy && connection.phase() === 'idle')
  const ensureOpen = () => {
    isWanted = true
    if (!isAsleep() || !/^(idle|closed)$/.test(connection.phase())) return
    isIdleClosed = false
    store.emitCommand('connect')
    void connection.reconnect()
  }
  const closeIdle = () => {
    if (connection.phase() !== 'open') return
    isIdleClosed = true
    isWanted = false
    store.emitCommand('close', { code: 1000, reason: 'idle' })
    void connection.close(1000, 'idle', true)
  }
  const onIdle = () => taskQueue.enqueue(closeIdle)
  const { start, touch, stop } = createIdleTimer(idleTimeout, () => hooks.some('isBusy'), onIdle)
  return {
    isAsleep,
    onReady: start,
    onDrained: touch,
    onLinkEnd: stop,
    onFrame: () => {
      touch()
      return false
    },
    onUse: () => {
      touch()
      if (isAsleep()) taskQueue.enqueue(ensureOpen)
    },
    onActive: (isActive) => {
      if (isActive) isIdleClosed = isClosedByApp = isWanted = false
    },
    onClosing: () => {
      isIdleClosed = false
      isClosedByApp = true
    },
    onEvent: ({ type, payload }) => {
      if (type === 'closed' && payload.next === 'closed') {
        // The peer has closed a lazy connection: the next use opens it again.
        isIdleClosed ||= lazy && !isClosedByApp && payload.code === 1000
        if (isIdleClosed && (isWanted || connection.queue?.entries.size)) taskQueue.enqueue(ensureOpen)
      }
    },
  }
}

/** Closes after a time without traffic and opens again at the next use. `lazy` connects at the first use. See docs/options.md#features. */
export const idleFeature: Feature<'lazy' | 'idleTimeout'> = {
  options: ['lazy', 'idleTimeout'],
  order: order.idle,
  check: __DEV__
    ? ({ lazy, idleTimeout }) => checkMembers({ lazy, idleTimeout }, { lazy: aBoolean, idleTimeout: milliseconds })
    : undefined,
  create: (context) => {
    const { lazy = false, idleTimeout = lazy ? 60_000 : 0 } = context.options
    return lazy || idleTimeout ? createIdleHooks(context, lazy, idleTimeout) : undefined
  },
}
