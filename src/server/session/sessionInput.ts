import { isCurrent, lose, type NodeState } from './sessionNode.js'
import { save, setSaved } from './sessionOutput.js'
import type { Session } from './session.js'

// Frames of the client, and acknowledgements in both directions.

/** A frame of the client is taken: it has a number, and is handled by this process whatever happens to its connection. */
export const take = <Out>(session: Session<Out>, bytes: number): number => {
  const number = ++session.taken
  session.waiting.push({ number, bytes, isHandled: false })
  return number
}

/** The handler of a frame is done. Frames count as handled in order. */
export const markHandled = <Out>(state: NodeState<Out>, session: Session<Out>, number: number): void => {
  const { waiting } = session
  const frame = waiting[0]?.number === number ? waiting[0] : waiting.find((one) => one.number === number)
  if (frame) frame.isHandled = true
  let count = 0
  while (waiting[count]?.isHandled) {
    const { number: last, bytes } = waiting[count++]!
    session.handled = last
    session.untoldBytes += bytes
  }
  if (count === 0) return
  if (count === waiting.length) session.waiting = []
  else waiting.splice(0, count)
  if (!isCurrent(state, session)) return
  if (state.store) save(state, session)
  else setSaved(state, session, session.handled)
}

/** Tells the client what was handled. */
export const acknowledge = <Out>(session: Session<Out>): void => {
  if (!session.link || session.saved <= session.told) return
  session.told = session.saved
  session.untoldBytes = 0
  session.link.sendControl({ is: 'ack', received: session.saved })
}

/** Whether as much was handled since the last acknowledgement that the client must be told at once: it may wait for room. */
export const isAckUrgent = <Out>({ window, saved, told, untoldBytes }: Session<Out>): boolean =>
  saved > told && ((saved - told) * 4 >= window.messages || untoldBytes * 4 >= window.bytes)

/** The client has got the frames up to this number. */
export const confirm = <Out>(state: NodeState<Out>, session: Session<Out>, received: number): void => {
  session.isConfirmed = true
  if (received <= session.acked) return
  session.acked = received
  session.out.dropUpTo(received)
  if (state.store) save(state, session)
  state.host.onAcknowledged(session)
}

/** Takes an acknowledgement. Returns whether it says something new. */
export const onAck = <Out>(state: NodeState<Out>, session: Session<Out>, received: number): boolean => {
  // A count of what was never sent is a lie.
  if (received > session.sent) {
    lose(state, session, 'counters', 4400, 'acknowledged what was never sent')
    return true
  }
  const isNew = !session.isConfirmed || received > session.acked
  confirm(state, session, received)
  return isNew
}
