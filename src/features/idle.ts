import { watchIdle, type Idle } from '../connection/idle.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** Closes after a time without traffic and opens again at the next use; `lazy` connects at the first use. */
export const idleFeature: Feature<'lazy' | 'idleTimeout'> = {
  options: ['lazy', 'idleTimeout'],
  order: order.idle,
  create: ({ connection, hooks, options, store, taskQueue }) => {
    const { lazy = false, idleTimeout = lazy ? 60_000 : 0 } = options
    if (!lazy && !idleTimeout) return undefined
    let idle: Idle | undefined
    /** Closed for want of traffic: the next use opens the connection. */
    let isIdleClosed = false
    /** Used while it was closing. */
    let isWanted = false
    /** Closed by the app: a use does not open it. */
    let isCommanded = false

    const isAsleep = () => isIdleClosed || (lazy && connection.phase() === 'idle')
    const open = () => {
      isWanted = true
      const phase = connection.phase()
      if (!isAsleep() || (phase !== 'idle' && phase !== 'closed')) return
      isIdleClosed = false
      store.acted('connect')
      void connection.reconnect()
    }
    const closeIdle = () => {
      isIdleClosed = true
      isWanted = false
      store.acted('close', { code: 1000, reason: 'idle' })
      void connection.close(1000, 'idle', true)
    }
    return {
      isAsleep,
      onReady: (link) => {
        idle = watchIdle(
          idleTimeout,
          () => link.enqueue(closeIdle),
          () => hooks.some('isBusy'),
        )
      },
      onFrame: () => {
        idle?.touch()
        return false
      },
      onDrained: () => idle?.touch(),
      onUse: () => {
        idle?.touch()
        if (isAsleep()) taskQueue.enqueue(open)
      },
      onLinkEnd: () => {
        idle?.stop()
        idle = undefined
      },
      onActive: (isActive) => {
        if (isActive) isIdleClosed = isCommanded = isWanted = false
      },
      onClosing: () => {
        isIdleClosed = false
        isCommanded = true
      },
      onEvent: ({ type, payload }) => {
        if (type !== 'closed' || payload.next !== 'closed') return
        // The peer has closed a lazy connection: the next use opens it again.
        if (lazy && !isCommanded && payload.code === 1000) isIdleClosed = true
        if (isIdleClosed && (isWanted || connection.sends.ids().length)) taskQueue.enqueue(open)
      },
    }
  },
}
