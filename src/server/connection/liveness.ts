import { after, now, type Cancel } from '../../internal/clock.js'
import { terminateWith } from './closing.js'
import type { ServerSocket } from './serverSocket.js'

/** Detects clients that are gone without a close. */
export interface Liveness {
  /** Starts to watch a socket, until it closes. The function returned must be called for everything that the client sends. */
  readonly watch: (ws: ServerSocket) => () => void
}

/** Sends a ping frame to all sockets every `interval` ms, and terminates those that sent nothing since the last one, although they were read. 0 sends none. */
export const createLiveness = (interval: number): Liveness => {
  const sockets = new Map<ServerSocket, { isAlive: boolean }>()
  let cancel: Cancel | undefined

  const pingAll = () => {
    cancel = after(interval, pingAll)
    for (const [ws, state] of sockets) {
      // Not close(), which would wait for the close frame of a client that does not answer. What a paused socket has received is not known.
      if (!state.isAlive && !ws.isPaused) terminateWith(ws, 'did not answer a ping')
      else if (ws.readyState === 1) ws.ping?.()
      state.isAlive = false
    }
  }

  return {
    watch: (ws) => {
      const state = { isAlive: true }
      const markAlive = () => {
        state.isAlive = true
      }
      if (!(interval > 0) || !ws.ping) return markAlive
      sockets.set(ws, state)
      // A server without connections has no timer.
      cancel ??= after(interval, pingAll)
      ws.on('pong', markAlive)
      ws.once('close', () => {
        sockets.delete(ws)
        if (sockets.size > 0) return
        cancel?.()
        cancel = undefined
      })
      return markAlive
    },
  }
}

/** The timer of a connection without messages. */
export interface IdleTimer {
  /** Starts the time again. */
  readonly restart: () => void
  readonly stop: () => void
}

// One object for all connections: a function of its own for each would have to be loaded from memory for every message.
const noIdleTimer: IdleTimer = { restart: () => {}, stop: () => {} }

/** Calls `onIdle` when `timeout` ms have passed without a `restart`. 0 is never. */
export const createIdleTimer = (timeout: number, onIdle: () => void): IdleTimer => {
  if (!(timeout > 0)) return noIdleTimer
  let restartedAt = now()
  let cancel: Cancel
  const wait = (ms: number) => {
    cancel = after(ms, () => {
      const left = restartedAt + timeout - now()
      if (left > 0) wait(Math.min(left, timeout))
      else onIdle()
    })
  }
  wait(timeout)
  return {
    restart: () => {
      restartedAt = now()
    },
    stop: () => cancel(),
  }
}
