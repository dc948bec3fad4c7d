import { after, now, type Cancel } from '../../internal/clock.js'
import type { WebSocket } from 'ws'

/** Finds out who is gone without having said so. */
export interface Liveness {
  /** Begins to watch a socket; the function returned says that something came from it. */
  readonly watch: (ws: WebSocket) => () => void
}

/** Pings all sockets every `interval` ms, and cuts off who has not answered by the next time. 0 is never. */
export const createLiveness = (interval: number): Liveness => {
  const sockets = new Map<WebSocket, { isAlive: boolean }>()
  let cancel: Cancel | undefined

  const look = () => {
    cancel = after(interval, look)
    for (const [ws, state] of sockets) {
      // Not close(): that would wait for an answer from one who does not answer.
      if (!state.isAlive) ws.terminate()
      else if (ws.readyState === 1) ws.ping()
      state.isAlive = false
    }
  }

  return {
    watch: (ws) => {
      const state = { isAlive: true }
      const touch = () => {
        state.isAlive = true
      }
      if (!(interval > 0)) return touch
      sockets.set(ws, state)
      // Only while there is somebody to ask: an idle server has no timer.
      cancel ??= after(interval, look)
      ws.on('pong', touch)
      ws.once('close', () => {
        sockets.delete(ws)
        if (sockets.size > 0) return
        cancel?.()
        cancel = undefined
      })
      return touch
    },
  }
}

const neverIdle = { touch: () => {}, stop: () => {} } as const

/** Calls `close` when `timeout` ms went by without a `touch`. 0 is never. */
export const watchIdle = (
  timeout: number,
  close: () => void,
): { readonly touch: () => void; readonly stop: () => void } => {
  // One for all: to call a function of its own for each connection is to fetch it from memory each time.
  if (!(timeout > 0)) return neverIdle
  let touchedAt = now()
  let cancel: Cancel
  const wait = (ms: number) => {
    cancel = after(ms, () => {
      const left = touchedAt + timeout - now()
      if (left > 0) wait(Math.min(left, timeout))
      else close()
    })
  }
  wait(timeout)
  return {
    touch: () => {
      touchedAt = now()
    },
    stop: () => cancel(),
  }
}
