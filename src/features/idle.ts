import { at, now, type Cancel } from '../internal/clock.js'
import { aBoolean, checkMembers, milliseconds } from '../middleware/checkOptions.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

interface IdleTimer {
  /** There was traffic. */
  readonly touch: () => void
  readonly stop: () => void
}

/** Calls `onIdle` once, after `timeout` milliseconds without traffic while no answer is expected. One timer, however much traffic. */
const startIdleTimer = (timeout: number, isBusy: () => boolean, onIdle: () => void): IdleTimer => {
  let touchedAt = now()
  let cancel: Cancel = () => {}
  const check = () => {
    if (isBusy()) touchedAt = now()
    const dueAt = touchedAt + timeout
    if (now() < dueAt) cancel = at(dueAt, check)
    else onIdle()
  }
  if (timeout) cancel = at(touchedAt + timeout, check)
  return {
    touch: () => {
      touchedAt = now()
    },
    stop: () => cancel(),
  }
}

/** Closes after a time without traffic and opens again at the next use. `lazy` connects at the first use. */
export const idleFeature: Feature<'lazy' | 'idleTimeout'> = {
  options: ['lazy', 'idleTimeout'],
  order: order.idle,
  check: __DEV__
    ? ({ lazy, idleTimeout }) => checkMembers({ lazy, idleTimeout }, { lazy: aBoolean, idleTimeout: milliseconds })
    : undefined,
  create: ({ connection, hooks, options, store, taskQueue }) => {
    const { lazy = false, idleTimeout = lazy ? 60_000 : 0 } = options
    if (!lazy && !idleTimeout) return undefined
    let timer: IdleTimer | undefined
    /** Closed because it was idle: the next use opens the connection. */
    let isIdleClosed = false
    /** Used while it was closing. */
    let isWanted = false
    /** Closed by the app: a use does not open it. */
    let isClosedByApp = false

    const isAsleep = () => isIdleClosed || (lazy && connection.phase() === 'idle')
    const ensureOpen = () => {
      isWanted = true
      const phase = connection.phase()
      if (!isAsleep() || (phase !== 'idle' && phase !== 'closed')) return
      isIdleClosed = false
      store.emitCommand('connect')
      void connection.reconnect()
    }
    const closeIdle = () => {
      isIdleClosed = true
      isWanted = false
      store.emitCommand('close', { code: 1000, reason: 'idle' })
      void connection.close(1000, 'idle', true)
    }
    return {
      isAsleep,
      onReady: (link) => {
        timer = startIdleTimer(
          idleTimeout,
          () => hooks.some('isBusy'),
          () => link.enqueue(closeIdle),
        )
      },
      onFrame: () => {
        timer?.touch()
        return false
      },
      onDrained: () => timer?.touch(),
      onUse: () => {
        timer?.touch()
        if (isAsleep()) taskQueue.enqueue(ensureOpen)
      },
      onLinkEnd: () => {
        timer?.stop()
        timer = undefined
      },
      onActive: (isActive) => {
        if (isActive) isIdleClosed = isClosedByApp = isWanted = false
      },
      onClosing: () => {
        isIdleClosed = false
        isClosedByApp = true
      },
      onEvent: ({ type, payload }) => {
        if (type !== 'closed' || payload.next !== 'closed') return
        // The peer has closed a lazy connection: the next use opens it again.
        if (lazy && !isClosedByApp && payload.code === 1000) isIdleClosed = true
        if (isIdleClosed && (isWanted || connection.queue?.ids().length)) taskQueue.enqueue(ensureOpen)
      },
    }
  },
}
