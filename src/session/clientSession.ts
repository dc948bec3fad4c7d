import { ownCopy, type Frame } from '../internal/bytes.js'
import {
  readControlFrame,
  toControlFrame,
  windowSize,
  type Welcome,
  type SessionWindow,
} from '../internal/sessionFrames.js'
import {
  noSession,
  type NumberedFrame,
  type SessionCounters,
  type SessionState,
  type SessionVerdict,
} from './sessionState.js'

// The client's end of a session, without timers and without a socket:
//
//   offline ──sayHello──▶ greeting ──welcome──▶ ready ──lost socket──▶ offline
//                                              ├──bye of the server──▶ over ──lost socket──▶ offline
//                                              └──leave──▶ leaving ──bye of the server──▶ over
//
// Both ends count the frames in each direction, from 1. `unacked` are the frames from `acked + 1` to `sent`: their numbers follow from their places.

/** What a session acts on. */
export interface SessionPort {
  /** What the client keeps without an acknowledgement. */
  readonly limits: SessionWindow
  /** Passes a frame to the socket. */
  readonly write: (frame: Frame) => void
  /** Whether a counted frame may go out now; called for each one. */
  readonly mayWrite: () => boolean
  /** The server answers `hello`. */
  readonly onWelcome: (welcome: Welcome, verdict: SessionVerdict) => void
  /** The server has handled these. */
  readonly onAcknowledged: (frames: readonly NumberedFrame[]) => void
  /** The session is gone without a clean end: these may have arrived or not. */
  readonly onIndeterminate: (frames: readonly NumberedFrame[]) => void
  /** The server has ended the session and has not taken these. `isStale`: it has taken frames that this state does not know. */
  readonly onReturned: (frames: readonly NumberedFrame[], isStale?: boolean) => void
  /** The server has answered the `bye` of the client, and has not taken these. */
  onLeft: (frames: readonly NumberedFrame[]) => void
  /** The window may have room. */
  readonly onRoom: () => void
  /** The server breaks the protocol: the socket is to be given up. */
  readonly onBroken: () => void
}

/** A session, and its state on the present socket. */
export interface ClientSession extends SessionPort, SessionState, SessionCounters {
  phase: 'offline' | 'greeting' | 'ready' | 'leaving' | 'over'
  /** The session was taken away: the next one that is not resumed is `lost`, although there is no key. */
  wasLost: boolean
  /** How much the server keeps. */
  serverWindow: SessionWindow
}

/** Creates the client's end; with the state of another page it ends that session first. */
export const createClientSession = (port: SessionPort, state?: SessionState): ClientSession => ({
  ...port,
  ...noSession(),
  ...state,
  phase: 'offline',
  wasLost: false,
  serverWindow: port.limits,
})

/** The server has handled everything up to `number`. */
const acknowledge = (session: ClientSession, number: number): void => {
  const { acked, unacked } = session
  if (number <= acked) return
  session.acked = number
  const done = unacked.splice(0, number - acked)
  for (const { frame } of done) session.bytes -= windowSize(frame)
  session.onAcknowledged(done)
}

/** Forgets all of the session but its codec, which the next one asks for. Returns what is not acknowledged. */
const forget = (session: ClientSession): readonly NumberedFrame[] => {
  const { codec, unacked } = session
  Object.assign(session, noSession(), { codec })
  return unacked
}

/** The session is gone without a clean end. */
export const loseSession = (session: ClientSession): void => {
  session.onIndeterminate(forget(session))
}

/** The session is on another connection, or the server breaks the protocol. */
export const breakSession = (session: ClientSession): void => {
  loseSession(session)
  session.wasLost = true
  session.phase = 'offline'
}

/** Sends what this socket has not had yet, as far as it may. */
export const pump = (session: ClientSession): void => {
  while (session.phase === 'ready' && session.cursor < session.sent && session.mayWrite()) {
    session.write(session.unacked[session.cursor - session.acked]!.frame)
    session.cursor++
  }
}

/** Whether a frame of this size may get a number. One that is larger than the window may go alone. */
export const hasRoom = ({ bytes, limits, phase, unacked }: ClientSession, size: number): boolean =>
  phase === 'ready' && unacked.length < limits.messages && (!unacked.length || bytes + size <= limits.bytes)

/** Gives a frame its number, and sends it. Throws what the socket throws: the frame then has no number. */
export const sendCounted = (session: ClientSession, given: Frame, id?: string): void => {
  const frame = ownCopy(given)
  const size = windowSize(frame)
  session.unacked.push({ id, frame })
  session.sent++
  session.bytes += size
  try {
    pump(session)
  } catch (error) {
    session.unacked.pop()
    session.sent--
    session.bytes -= size
    throw error
  }
}

/** Tells the server how many of its frames were passed to the store. */
export const sendAck = (session: ClientSession): void => {
  const { received } = session
  session.untold = session.untoldBytes = 0
  session.write(toControlFrame({ is: 'ack', received }))
}

/** A frame was passed to the store. Returns whether the server waits for an acknowledgement: a quarter of its window came. */
export const countReceived = (session: ClientSession, size: number): boolean => {
  const { bytes, messages } = session.serverWindow
  session.received++
  session.untold++
  session.untoldBytes += size
  return session.untold * 4 >= messages || session.untoldBytes * 4 >= bytes
}

/** Asks for the session. To be called when a socket is ready for it; from now on no other socket belongs to the session. */
export const sayHello = (session: ClientSession): void => {
  const { acked, isLeftOver, key, limits: window, received, sent } = session
  session.phase = 'greeting'
  session.untold = session.untoldBytes = 0
  session.write(
    toControlFrame(
      key === undefined
        ? { is: 'hello', window }
        : { is: 'hello', key, turn: ++session.turn, received, acked, sent, window, ...(isLeftOver && { end: true }) },
    ),
  )
}

const onWelcome = (session: ClientSession, welcome: Welcome): boolean => {
  const { acked, isLeftOver, key, sent, wasLost } = session
  let hadSession = wasLost || key !== undefined
  if (welcome.resumed) {
    // A server that forgot what it had acknowledged, or that has what was never sent, has lost its state.
    const isTrue =
      key !== undefined &&
      !isLeftOver &&
      acked <= welcome.acked &&
      welcome.acked <= welcome.received &&
      welcome.received <= sent
    if (!isTrue) return false
    acknowledge(session, welcome.acked)
    session.cursor = welcome.received
  } else {
    const { acked: end = 0, ended } = welcome
    if (isLeftOver && ended && acked <= welcome.acked!) {
      hadSession = false
      acknowledge(session, Math.min(end, sent))
      session.onReturned(forget(session), end > sent)
    } else {
      // It may still know how much was handled.
      if (end <= sent) acknowledge(session, end)
      loseSession(session)
    }
    session.key = welcome.key
  }
  Object.assign(session, { phase: 'ready', wasLost: false, serverWindow: welcome.window })
  session.onWelcome(welcome, welcome.resumed ? 'resumed' : hadSession ? 'lost' : 'new')
  // Confirms the session.
  sendAck(session)
  pump(session)
  return true
}

/** A control frame arrived. */
export const takeControl = (session: ClientSession, text: string): void => {
  const frame = readControlFrame(text)
  const { cursor, phase, received } = session
  if (phase === 'greeting' && frame?.is === 'welcome' && onWelcome(session, frame)) return
  const isEnd = frame?.is === 'bye'
  // A server that acknowledges more than it has, or has more than it was sent, has lost its state.
  const isTrue = (isEnd || frame?.is === 'ack') && frame.received <= cursor && !(frame.acked! > frame.received)
  if (isTrue && /^(ready|leaving)$/.test(phase)) {
    acknowledge(session, frame.acked ?? frame.received)
    if (!isEnd) return session.onRoom()
    session.phase = 'over'
    session.onIndeterminate(session.unacked.splice(0, frame.received - session.acked))
    if (phase === 'leaving') return session.onLeft(forget(session))
    session.write(toControlFrame({ is: 'bye', received }))
    return session.onReturned(forget(session))
  }
  // After a `bye` nothing matters.
  if (phase === 'leaving' || phase === 'over') return
  breakSession(session)
  session.onBroken()
}

/** Ends the session. The server answers `bye`. */
export const leave = (session: ClientSession): void => {
  const { received } = session
  session.phase = 'leaving'
  session.write(toControlFrame({ is: 'bye', received }))
}

/** The socket is gone. */
export const disconnect = (session: ClientSession): void => {
  session.phase = 'offline'
}
