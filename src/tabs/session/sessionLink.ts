import { createPacer, awaitTurn, takeTurn } from '../../features/pacer.js'
import type { ReceivedFrame } from '../../internal/bytes.js'
import { after, now } from '../../internal/clock.js'
import {
  isControl,
  isCounted,
  readControlFrame,
  toControlFrame,
  windowSize,
  type Ack,
  type Bye,
  type ControlFrame,
  type SessionWindow,
  type Welcome,
} from '../../internal/sessionFrames.js'
import { endHub } from '../ending.js'
import type { Hub } from '../hub.js'
import { holderGone } from '../notes.js'
import { endSleeping, watchTab } from './goneTabs.js'
import { awaitNotes, confirmNotes } from './noteTiming.js'
import { askOthers } from './peers.js'
import { applyAck, applyData, applyBye, applyLoss, applyNumber, applyState } from './sharedState.js'
import { postSession, type Member, type HolderLink, type SharedSession, type SharedState } from './sharedSession.js'

/** Connections of one session that are remembered. A tab that has slept over more of them has lost it. */
const MAX_STARTS = 50

const write = ({ hub }: HolderLink, frame: ControlFrame): void => hub.socket!.send(toControlFrame(frame))

/** Whether the session may use the socket. */
const isLive = ({ hub }: HolderLink): boolean => hub.state === 'holding'

/** Tells the server how many of its frames the tabs have. */
const sendAck = (session: SharedSession, link: HolderLink): void => {
  link.cancelAck?.()
  link.cancelAck = undefined
  link.unackedFrames = link.unackedBytes = 0
  link.ackDueAt = Infinity
  const { received } = session.state!
  link.notes.after(() => {
    if (isLive(link) && link.phase === 'ready') write(link, { is: 'ack', received })
  })
}

/** The connection is over. */
export const endLink = (session: SharedSession): void => {
  const { link } = session
  session.link = undefined
  if (!link) return
  link.cancelAck?.()
  link.pacer?.cancelTurn?.()
  link.waiting.length = 0
  link.notes.close()
}

/** Writes frames that have a number. */
const writeNumbered = ({ hub, numbered }: HolderLink, count = numbered.length): void => {
  for (const data of numbered.splice(0, count)) hub.socket!.send(data)
}

const confirmNumbers = (link: HolderLink): void => {
  const { length } = link.numbered
  if (!length || link.isConfirming) return
  link.isConfirming = true
  link.notes.after(() => {
    link.isConfirming = false
    if (!isLive(link) || link.phase !== 'ready') return
    writeNumbered(link, length)
    confirmNumbers(link)
  })
}

/** Writes what waits, as fast as the server allows. The other tabs know the number of a frame before the server has it. */
const pumpLink = (session: SharedSession, link: HolderLink): void => {
  const { pacer, waiting } = link
  while (waiting.length && link.phase === 'ready' && isLive(link)) {
    if (pacer && !takeTurn(pacer)) {
      awaitTurn(pacer)
      break
    }
    const { data, localNumber, memberId } = waiting.shift()!
    const number = session.state!.sent + 1
    postSession(session, { t: 'number', epoch: link.hub.epoch, memberId, localNumber, number })
    applyNumber(session, memberId, localNumber, number)
    link.numbered.push(data)
  }
  confirmNumbers(link)
}

/** The server breaks the rules, or does not have the session any more and says otherwise. */
const breakLink = (session: SharedSession, link: HolderLink): void => {
  const { state } = session
  link.phase = 'over'
  const { pendingHello, port = pendingHello?.port } = link.member
  if (state) postSession(session, { t: 'lost', epoch: state.epoch })
  // Reports it, and gives the connection up for all tabs.
  port?.deliver('$')
  applyLoss(session)
}

const onWelcome = (session: SharedSession, link: HolderLink, welcome: Welcome): boolean => {
  const { state, turn } = session
  const { epoch } = link.hub
  const { id, maxPayload, rate, ttl, window } = welcome
  let next: SharedState
  if (welcome.resumed) {
    const { acked, kept, received, sent } = welcome
    if (!state?.key || acked < state.acked || acked > received || received > state.sent) return false
    const starts = [...state.starts, [epoch, received, kept] as const].slice(-MAX_STARTS)
    next = { ...state, epoch, turn, acked, sent: received, sentAtStart: sent, starts }
  } else {
    const { acked, key } = welcome
    const isKnown = state?.key && acked !== undefined && acked <= state.sent
    const counts = { turn: 0, received: 0, sent: 0, acked: 0, sentAtStart: 0 }
    next = {
      ...counts,
      key,
      epoch,
      starts: [[epoch, 0, false]],
      welcome: { id, maxPayload, ttl, window },
      ended: isKnown ? { key: state.key, acked } : state?.ended,
    }
  }
  link.pacer = rate && createPacer(rate.perSecond, rate.burst)
  if (link.pacer) link.pacer.onTurn = () => pumpLink(session, link)
  postSession(session, { t: 'state', state: next })
  link.phase = 'ready'
  applyState(session, next)
  // Confirms the session.
  sendAck(session, link)
  for (const from of session.leftovers.keys()) void watchTab(session, from)
  return true
}

const onAckOrBye = (session: SharedSession, link: HolderLink, frame: Ack | Bye): boolean => {
  const { received, acked = received } = frame
  const { epoch } = link.hub
  if (received > session.state!.sent || acked > received) return false
  if (frame.is === 'ack') {
    postSession(session, { t: 'ack', epoch, acked })
    applyAck(session, acked)
    return true
  }
  if (link.phase === 'ready') write(link, { is: 'bye', received: session.state!.received })
  link.phase = 'over'
  postSession(session, { t: 'bye', epoch, received, acked })
  applyBye(session, received, acked)
  return true
}

/** Takes what belongs to the session. */
const handleFrame = (session: SharedSession, link: HolderLink, data: ReceivedFrame): boolean => {
  const { phase } = link
  if (isControl(data)) {
    const frame = readControlFrame(data)
    if (phase === 'greeting' && frame?.is === 'welcome' && onWelcome(session, link, frame)) return true
    const isOpen = phase === 'ready' || phase === 'leaving'
    if (isOpen && (frame?.is === 'ack' || frame?.is === 'bye') && onAckOrBye(session, link, frame)) return true
    if (phase === 'greeting' || phase === 'ready') breakLink(session, link)
    return true
  }
  // Without an answer to `hello` the store that has asked goes on without a session.
  if (!isCounted(data) || phase === 'asking' || phase === 'greeting') return false
  if (phase !== 'ready') return true
  const { received, welcome } = session.state!
  const { bytes, messages } = welcome.window
  const number = received + 1
  postSession(session, { t: 'data', epoch: link.hub.epoch, number, data })
  applyData(session, number, data)
  endSleeping(session)
  link.unackedFrames++
  link.unackedBytes += windowSize(data)
  link.ackDueAt = Math.min(link.ackDueAt, now() + link.ackInterval)
  // Timers of hidden pages come once a minute.
  if (link.unackedFrames * 4 >= messages || link.unackedBytes * 4 >= bytes || now() >= link.ackDueAt)
    sendAck(session, link)
  else link.cancelAck ??= after(link.ackInterval, () => sendAck(session, link))
  return true
}

/** Asks the server for the session, once this tab knows all that the tab before it has told. */
const greet = async (session: SharedSession, link: HolderLink, window: SessionWindow): Promise<void> => {
  await awaitNotes(session)
  await askOthers(session)
  if (!isLive(link)) return
  const { acked, key, received, sent } = session.state ?? {}
  if (!key) {
    link.phase = 'greeting'
    return write(link, { is: 'hello', window })
  }
  const turn = ++session.turn
  postSession(session, { t: 'turn', key, turn })
  await new Promise<void>((resolve) => link.notes.after(resolve))
  if (!isLive(link)) return
  link.phase = 'greeting'
  write(link, { is: 'hello', key, turn, received: received!, acked: acked!, sent: sent!, window })
}

/** As the holder: puts the session on the real socket. */
export const openLink = (
  session: SharedSession,
  hub: Hub,
  member: Member,
  window: SessionWindow,
  ackInterval: number,
): void => {
  const socket = hub.socket!
  endLink(session)
  const { onclose, onmessage } = socket
  const link: HolderLink = {
    hub,
    member,
    ackInterval,
    phase: 'asking',
    lastNumbers: new Map(),
    waiting: [],
    numbered: [],
    isConfirming: false,
    notes: confirmNotes(session),
    unackedFrames: 0,
    unackedBytes: 0,
    ackDueAt: Infinity,
    enqueue: (memberId, localNumber, data) => {
      // The store has sent it again after its port was replaced.
      if (localNumber <= (link.lastNumbers.get(memberId) ?? 0)) return
      link.lastNumbers.set(memberId, localNumber)
      link.waiting.push({ memberId, localNumber, data })
      pumpLink(session, link)
    },
  }
  session.link = link
  socket.onmessage = (event) => {
    if (isLive(link) && !handleFrame(session, link, event.data)) onmessage?.(event)
  }
  socket.onclose = (event) => {
    if (event.code !== 4409) return onclose?.(event)
    // Another tab has the session. Either it took the place of this one, which did not answer; or what this tab knows is too old.
    if (link.phase === 'greeting') applyLoss(session)
    endHub(hub, holderGone)
  }
  void greet(session, link, window)
}

/** Ends the session at the server. */
export const leaveLink = (session: SharedSession, link: HolderLink): void => {
  if (!isLive(link) || link.phase !== 'ready') return
  writeNumbered(link)
  link.phase = 'leaving'
  write(link, { is: 'bye', received: session.state!.received })
}
