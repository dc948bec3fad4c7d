import { OPEN } from '../connection/attempt.js'
import type { WebSocketLike } from '../connection/types.js'
import { byteLength, ownCopy, type Frame } from '../internal/bytes.js'
import { after, monotonicNow, type Cancel } from '../internal/clock.js'

/** A frame that waits for its turn. */
interface Delayed {
  readonly socket: WebSocketLike
  readonly frame: Frame
}

/**
 * Spaces out the frames of one connection, over all its sockets: in any time of t seconds at most `burst + perSecond · t` of them go out (the generic cell
 * rate algorithm).
 */
export interface Pacer {
  /** Milliseconds between two frames. */
  readonly interval: number
  /** How much earlier than evenly spaced a frame may go out, in milliseconds. */
  readonly tolerance: number
  /** When the next frame is due if all are evenly spaced, in milliseconds of a clock that is never set. */
  dueAt: number
  /** The oldest first. */
  delayed: Delayed[]
  cancelTurn: Cancel | undefined
  /** Runs a task of the connection. */
  enqueue: (task: () => void) => void
  /** A frame may go out, and no delayed one waits. */
  onTurn: () => void
  /** Delayed frames went out. */
  onDrained: () => void
}

/** Creates the pacer of one connection. */
export const createPacer = (perSecond: number, burst: number): Pacer => {
  const interval = 1_000 / perSecond
  return {
    interval,
    tolerance: (burst - 1) * interval,
    dueAt: 0,
    delayed: [],
    cancelTurn: undefined,
    enqueue: (task) => task(),
    onTurn: () => {},
    onDrained: () => {},
  }
}

const waitOf = ({ dueAt, tolerance }: Pacer): number => dueAt - tolerance - monotonicNow()

/** Counts a frame, if one may go out now. Returns whether it may. */
export const takeTurn = (pacer: Pacer): boolean => {
  if (waitOf(pacer) > 0) return false
  pacer.dueAt = Math.max(pacer.dueAt, monotonicNow()) + pacer.interval
  return true
}

/** Whether a frame may go out now. */
export const isFree = (pacer: Pacer): boolean => !pacer.delayed.length && waitOf(pacer) <= 0

/** Calls `onTurn` as soon as a frame may go out. */
export const awaitTurn = (pacer: Pacer): void => {
  pacer.cancelTurn ??= after(Math.ceil(waitOf(pacer)), () => pacer.enqueue(() => runTurn(pacer)))
}

const runTurn = (pacer: Pacer): void => {
  pacer.cancelTurn = undefined
  pacer.delayed = pacer.delayed.filter(({ socket }) => socket.readyState === OPEN)
  const { delayed } = pacer
  const before = delayed.length
  while (delayed.length && takeTurn(pacer)) {
    const { socket, frame } = delayed.shift()!
    socket.send(frame)
  }
  if (delayed.length < before) pacer.onDrained()
  if (delayed.length) awaitTurn(pacer)
  else pacer.onTurn()
}

/** Forgets the frames that wait. */
export const clearPacer = (pacer: Pacer): void => {
  pacer.cancelTurn?.()
  pacer.cancelTurn = undefined
  pacer.delayed = []
}

/** A socket whose `send` waits for its turn, in order. `bufferedAmount` counts the frames that wait. */
export const paceSocket = (pacer: Pacer, socket: WebSocketLike): WebSocketLike => {
  const send = (frame: Frame): void => {
    if (socket.readyState !== OPEN || (!pacer.delayed.length && takeTurn(pacer))) return socket.send(frame)
    // The caller may change its bytes meanwhile.
    pacer.delayed.push({ socket, frame: ownCopy(frame) })
    awaitTurn(pacer)
  }
  const buffered = (): number => {
    const own = pacer.delayed.filter((one) => one.socket === socket)
    return own.reduce((sum, { frame }) => sum + byteLength(frame), socket.bufferedAmount ?? 0)
  }
  return new Proxy(socket, {
    get: (_, key) => {
      if (key === 'send') return send
      if (key === 'bufferedAmount') return buffered()
      // The methods of a platform object accept no other `this`.
      const member: unknown = Reflect.get(socket, key, socket)
      return typeof member === 'function' ? (member.bind(socket) as unknown) : member
    },
    set: (_, key, value) => Reflect.set(socket, key, value, socket),
  })
}
