import { socketNameOf } from '../actions/creators.js'
import type { ConnectionEvent } from '../connection/hooks.js'
import type { Phase } from '../connection/lifecycle.js'
import type { Entry } from '../connection/sendQueue.js'
import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import type { ConnectionContext } from '../middleware/feature.js'

/** What a recorder gets of one connection. No member may throw. */
export interface Tap {
  /** A frame that is decoded for the app. Heartbeats, pings and handshakes are not. */
  readonly onReceived: (frame: ReceivedFrame) => void
  /** A send was passed to the socket. Heartbeats, pings and handshakes are not. */
  readonly onSent: (id: string, frame: Frame) => void
  /** An event, before the store gets it. */
  readonly onEvent: (event: ConnectionEvent, phase: Phase) => void
  /** A command is about to be carried out. `type` is its action type. */
  readonly onCommand: (type: string) => void
  /** A command of this connection has passed the middleware. `waiting` are the sends that wait. */
  readonly onCarriedOut: (action: unknown, waiting: Iterable<Entry>, phase: Phase) => void
}

/** Before the hooks of every feature. */
const FIRST = -1

const noEntries: readonly Entry[] = []

/** The taps of one connection. Its hooks are attached once and stay: without a tap they do nothing. */
const tapsOf = ({ connection, hooks, name }: ConnectionContext): Set<Tap> => {
  const taps = new Set<Tap>()
  hooks.attach(FIRST, {
    receive: (frame) => {
      for (const tap of taps) tap.onReceived(frame)
    },
    onSent: (id, frame) => {
      for (const tap of taps) tap.onSent(id, frame)
    },
    onEvent: (event) => {
      for (const tap of taps) tap.onEvent(event, connection.phase())
    },
    handlerOf: (type) => {
      for (const tap of taps) tap.onCommand(type)
      return undefined
    },
    onAction: (action) => {
      if (!taps.size || socketNameOf(action) !== name) return
      for (const tap of taps) tap.onCarriedOut(action, connection.queue?.entries ?? noEntries, connection.phase())
    },
  })
  return taps
}

/** What {@link attachTap} returns. */
export interface Attached {
  /** What the types of the connection's actions begin with: `socket` or `socket:NAME`. */
  readonly prefix: string
  /** The phase at the time of the call. */
  readonly phase: Phase
  /** Removes the tap. */
  readonly detach: () => void
}

/**
 * The command that adds a tap to a connection. It carries its code, as `socketListen` does, so that a store needs no setup for it. `dispatch` returns an
 * {@link Attached}; for a name without a middleware it returns the command itself. Its type is not one of a connection, so that reducers ignore it then.
 */
export const attachTap = (name: string, tap: Tap) => {
  const run = (context: ConnectionContext): Attached => {
    const taps = context.part(tapsOf)
    taps.add(tap)
    return {
      prefix: context.store.prefix,
      phase: context.connection.phase(),
      detach: () => void taps.delete(tap),
    }
  }
  // Not enumerable: Redux Toolkit's check for plain data reports functions, and sees the command where no middleware takes it.
  return { type: 'reduplex/devtools', meta: Object.defineProperty({ socket: name }, 'run', { value: run }) }
}

/** Whether a middleware has carried out {@link attachTap}. */
export const isAttached = (result: unknown): result is Attached =>
  typeof (result as Partial<Attached>).detach === 'function'
