import type { ReceivedFrame } from '../../internal/bytes.js'
import { toControlFrame } from '../../internal/sessionFrames.js'
import {
  acknowledgeFrames,
  answerHello,
  countUpTo,
  endIfDone,
  endMember,
  loseMember,
  bufferFrame,
  countNumbered,
} from './member.js'
import { postLeftoversLater, repostLeftovers } from './leftovers.js'
import type { Member, SharedSession, SharedState } from './sharedSession.js'

// What each tab does with what the holder says of the session; the holder does the same.

const membersOf = ({ members }: SharedSession, key: string): Member[] =>
  [...members].filter((member) => member.key === key && !member.isLost)

/** The server has handled all numbers up to this one. */
export const applyAck = (session: SharedSession, acked: number): void => {
  const state = session.state!
  session.state = { ...state, acked: Math.max(acked, state.acked) }
  for (const member of membersOf(session, state.key)) {
    if (!acknowledgeFrames(member, acked)) continue
    member.port?.deliver(toControlFrame({ is: 'ack', received: member.acked }))
    endIfDone(member)
  }
}

/** A frame of a tab gets its number. */
export const applyNumber = (session: SharedSession, memberId: string, localNumber: number, number: number): void => {
  const state = session.state!
  // A tab that misses one knows of no later one: its sends are in doubt.
  if (number !== state.sent + 1) return
  session.state = { ...state, sent: number }
  for (const member of session.members)
    if (member.id === memberId && localNumber === countNumbered(member) + 1) member.numbers.push(number)
}

/** A frame of the server. */
export const applyData = (session: SharedSession, number: number, data: ReceivedFrame): void => {
  const state = session.state!
  // The next holder gets again what the last one had not acknowledged.
  if (number <= state.received) return
  session.state = { ...state, received: number }
  postLeftoversLater(session)
  for (const member of membersOf(session, state.key)) {
    if (number === state.received + 1) bufferFrame(member, { data, isForeign: session.link?.member !== member }, state)
    else loseMember(member)
  }
}

/** The server has ended the session. */
export const applyBye = (session: SharedSession, received: number, acked: number): void => {
  const state = session.state!
  const { key } = state
  // As the holder, the close of one port ends those of the other stores of this page.
  const members = membersOf(session, key).sort(
    (a, b) => Number(a.port?.isHolder ?? false) - Number(b.port?.isHolder ?? false),
  )
  for (const member of members) {
    const taken = countUpTo(member, received)
    acknowledgeFrames(member, acked)
    if (member.port) endMember(member, taken)
    else loseMember(member)
  }
  session.state = { ...state, key: '', ended: { key, acked } }
}

/** The session was lost. */
export const applyLoss = (session: SharedSession): void => {
  const { state } = session
  if (!state?.key) return
  session.state = { ...state, key: '' }
  for (const member of membersOf(session, state.key)) loseMember(member)
}

/** The connections that have begun since this tab has followed one; `undefined` when it is not known. */
const startsSince = ({ starts }: SharedState, epoch: number) => {
  const index = starts.findIndex(([one]) => one === epoch)
  return index < 0 ? undefined : starts.slice(index + 1)
}

/** The same session, perhaps on another connection. What the server has not taken of the last one gets new numbers. */
const resumeMembers = (session: SharedSession, before: SharedState, state: SharedState): void => {
  const starts = startsSince(state, before.epoch)
  const bound = starts?.[0]?.[1]
  // Another process of the server gives the same ids again.
  if (!starts?.every(([, , isKept]) => isKept)) session.leftovers.clear()
  for (const member of membersOf(session, state.key)) {
    if (starts?.length) {
      member.port = undefined
      member.isKept &&= starts.every(([, , isKept]) => isKept)
    }
    const isUnsure = member.lastSent > countNumbered(member)
    const lacksNumbers = isUnsure && before.sent < (bound ?? state.sent)
    // Messages that no other tab passes on again.
    if (!starts || lacksNumbers || before.received < state.received) loseMember(member)
    else if (bound !== undefined) {
      member.numbers = member.numbers.filter((number) => number <= bound)
      member.lastSent = countNumbered(member)
    }
  }
}

/** What the holder knows of the session, or another tab that has listened all the time. */
export const applyState = (session: SharedSession, state: SharedState): void => {
  const before = session.state
  if (before && state.epoch < before.epoch) return
  session.turn = Math.max(session.turn, state.turn)
  const isSame = before?.key === state.key
  if (before && isSame && state.key) resumeMembers(session, before, state)
  if (!isSame) {
    const { acked = 0, key } = state.ended ?? {}
    session.turn = state.turn
    session.leftovers.clear()
    for (const member of session.members) {
      member.port = undefined
      if (member.key && member.key === key) acknowledgeFrames(member, acked)
    }
  }
  session.state = state
  if (before && isSame) {
    // Another tab may know less of the same connection.
    const { acked, epoch, received, sent } = before
    session.state = {
      ...state,
      received: Math.max(state.received, received),
      sent: epoch === state.epoch ? Math.max(state.sent, sent) : state.sent,
    }
    applyAck(session, Math.max(state.acked, acked))
  }
  repostLeftovers(session)
  for (const member of session.members) answerHello(session, member)
}
