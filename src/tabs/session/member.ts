import type { Frame } from '../../internal/bytes.js'
import { toControlFrame, windowSize } from '../../internal/sessionFrames.js'
import type { SharedSocket } from '../SharedSocket.js'
import { postLeftoversLater } from './leftovers.js'
import { postSession, type BufferedFrame, type Member, type SharedSession, type SharedState } from './sharedSession.js'

// What a tab says to the session of its own store, in place of the server.

/** A member without a session. */
export const createMember = (): Member => ({
  id: '',
  key: '',
  position: 0,
  numbers: [],
  acked: 0,
  cursor: 0,
  lastSent: 0,
  isLost: false,
  isKept: true,
  buffer: [],
  bytes: 0,
  storeAcked: 0,
  delivered: 0,
  foreign: [],
  saysBye: false,
  posted: [],
  isClosing: false,
})

/** How many of its frames the server has, or may have. */
export const countNumbered = ({ acked, numbers }: Member): number => acked + numbers.length

/** How many of its frames have a number up to this one. */
export const countUpTo = ({ acked, numbers }: Member, number: number): number =>
  acked + numbers.filter((one) => one <= number).length

/** The server has handled all numbers up to this one. Returns whether that says something new. */
export const acknowledgeFrames = (member: Member, number: number): boolean => {
  const count = countUpTo(member, number) - member.acked
  member.numbers.splice(0, count)
  member.acked += count
  return count > 0
}

/** Whether its store needs the session, also between two connections. */
export const usesSession = ({ pendingHello, key, saysBye }: Member): boolean =>
  !saysBye && (key !== '' || pendingHello?.port.readyState === 1)

/** The session goes on without this member: its next one is `lost`. */
export const loseMember = (member: Member): void => {
  const { port } = member
  member.isLost = true
  member.buffer = []
  member.port = undefined
  if (!port) return
  port.close()
  // As the server closes a connection whose session is elsewhere.
  port.closed({ code: 4409, reason: '', wasClean: false })
}

/** Answers `bye`, or says it for the server. */
export const endMember = (member: Member, received: number): void => {
  const { acked, port } = member
  member.key = ''
  member.saysBye = false
  if (member.isClosing) member.posted = []
  member.port = undefined
  port?.deliver(toControlFrame({ is: 'bye', received, acked }))
}

/** Answers the `bye` of a member that goes while the session goes on: once all its frames are acknowledged. */
export const endIfDone = (member: Member): void => {
  if (member.saysBye && member.acked === member.lastSent) endMember(member, member.acked)
}

/** The store has these frames of the server. */
export const trimBuffer = (member: Member, received: number): void => {
  while (member.storeAcked < received && member.buffer.length) {
    member.storeAcked++
    member.bytes -= windowSize(member.buffer.shift()!.data)
  }
}

const deliverBuffer = (member: Member): void => {
  while (member.port && member.delivered - member.storeAcked < member.buffer.length) {
    const { data, isForeign } = member.buffer[member.delivered - member.storeAcked]!
    member.delivered++
    member.foreign.push(isForeign)
    member.port.deliver(data)
  }
}

/** A frame of the server. One that waits too long for its store makes the session `lost` for it, as at the server. */
export const bufferFrame = (member: Member, frame: BufferedFrame, { welcome: { window } }: SharedState): void => {
  member.buffer.push(frame)
  member.bytes += windowSize(frame.data)
  deliverBuffer(member)
  const { buffer, bytes } = member
  if (buffer.length > window.messages || (buffer.length > 1 && bytes > window.bytes)) loseMember(member)
}

const answer = (member: Member, state: SharedState): void => {
  const { port, hello } = member.pendingHello!
  const { key, received = 0 } = hello
  const base = { is: 'welcome', ...state.welcome } as const
  const isOwn = key !== undefined && key === member.key
  member.pendingHello = undefined
  member.port = port
  if (isOwn && key === state.key && !member.isLost) {
    const { acked, isKept, position } = member
    const taken = countNumbered(member)
    trimBuffer(member, received)
    Object.assign(member, { delivered: received, foreign: [], cursor: taken, isKept: true })
    const sent = Math.max(state.sentAtStart, state.received) - position
    port.deliver(toControlFrame({ ...base, resumed: true, received: taken, acked, sent, kept: isKept }))
  } else {
    const { acked } = member
    Object.assign(member, createMember(), {
      id: Math.random().toString(36).slice(2),
      key: state.key,
      position: state.received,
      port,
    })
    port.deliver(toControlFrame({ ...base, resumed: false, key: state.key, ...(isOwn && { acked }) }))
  }
  deliverBuffer(member)
}

/** Answers `hello` once the session of that connection is known. */
export const answerHello = (session: SharedSession, member: Member): void =>
  // The session of the store takes control frames after the task under way, and the others at once.
  queueMicrotask(() => {
    const { pendingHello } = member
    const { link, state } = session
    // What the tab knows from before it has listened again may be outdated.
    const isKnown =
      session.isFresh &&
      link?.phase !== 'leaving' &&
      state?.key &&
      pendingHello?.port.readyState === 1 &&
      state.epoch === pendingHello.port.hub?.epoch
    if (isKnown) answer(member, state)
  })

/** A frame of the store. It goes out once; where no connection is ready, the store sends it again. */
export const forwardFrame = (session: SharedSession, member: Member, port: SharedSocket, data: Frame): void => {
  if (member.port !== port) return
  const { id: memberId } = member
  const localNumber = ++member.cursor
  member.lastSent = Math.max(member.lastSent, localNumber)
  const { link, state } = session
  postLeftoversLater(session)
  if (link?.hub.state === 'holding') link.enqueue(memberId, localNumber, data)
  else postSession(session, { t: 'send', epoch: state!.epoch, memberId, localNumber, data })
}
