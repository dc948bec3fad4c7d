import { dropEntries, putInFront, type Entry } from '../../connection/sendQueue.js'
import { now } from '../../internal/clock.js'
import { loseSession } from '../clientSession.js'
import { idsOf, putBack, renew, reportLater } from '../connectionSession.js'
import { noSession, type NumberedFrame } from '../sessionState.js'
import { queueOf, type Outbox } from './outboxState.js'
import { reportExpired } from './expired.js'
import type { StoredSession, WaitingSend } from './storedSession.js'

// What another page has left: its session is ended by the first `hello`, and what the server has not taken is sent in a new one.

/** How old a send may be by default: a day, in milliseconds. */
const MAX_AGE_MS = 86_400_000

const isTooOld = ({ options: { maxAge = MAX_AGE_MS } }: Outbox, at = 0): boolean => at + maxAge <= now()

/** Puts what waited in front of what the new page has sent meanwhile. */
const restoreQueue = (outbox: Outbox, sends: readonly WaitingSend[]): void => {
  const restored = sends.map(({ data: frame, expiresAt, id }): Entry => ({
    id,
    frame,
    encoded: frame,
    bytes: 0,
    expiresAt: expiresAt ?? Infinity,
  }))
  for (const entry of restored) outbox.restored.add(entry)
  putInFront(queueOf(outbox), restored)
}

/** Frames that the server has not taken, after it has ended the session of the other page. */
const returnLeftover = (
  outbox: Outbox,
  leftover: StoredSession,
  frames: readonly NumberedFrame[],
  isStale: boolean,
) => {
  const { events } = outbox.own.context.connection
  // They are the last ones.
  const sends = leftover.unacked.slice(leftover.unacked.length - frames.length)
  const old = sends.filter(({ at, data }) => data !== undefined && isTooOld(outbox, at))
  reportExpired(outbox, old)
  events.drop('offline', idsOf(sends.filter(({ data }) => data === undefined)))
  putBack(
    outbox.own.context,
    sends.flatMap(({ data: frame, id }, index) =>
      frame === undefined || old.includes(sends[index]!) ? [] : [{ id, frame }],
    ),
  )
  // The record is older than what its page has sent: what waits in it may have been sent.
  if (isStale) dropEntries(queueOf(outbox), (entry) => outbox.restored.has(entry), 'indeterminate')
}

/** The server has answered, or nobody will ask it. */
export const settleLeftover = (outbox: Outbox): void => {
  outbox.leftover = undefined
  outbox.restored.clear()
}

/** Does without what another page has left. What has a number may have arrived. */
export const refuseLeftover = (outbox: Outbox, reason: 'closed' | 'replaced'): void => {
  const { leftover, own, restored } = outbox
  if (!leftover) return
  dropEntries(queueOf(outbox), (entry) => restored.has(entry), reason)
  settleLeftover(outbox)
  loseSession(own.session)
  own.session = renew(own)
}

/** Takes over what another page has left. */
export const adoptLeftover = (outbox: Outbox, stored: StoredSession): void => {
  const { own } = outbox
  const { acked, codec, key, queued, sent, turn, unacked } = stored
  outbox.leftover = stored
  outbox.hasRecord = true
  outbox.storedKey = key
  outbox.storedSent = sent
  for (const { at, id } of [...unacked, ...queued]) if (id !== undefined && at !== undefined) outbox.times.set(id, at)
  for (const { data, id } of unacked) if (data === undefined && id !== undefined) outbox.transient.add(id)
  const old = queued.filter(({ at }) => isTooOld(outbox, at))
  reportExpired(outbox, old)
  restoreQueue(
    outbox,
    queued.filter((send) => !old.includes(send)),
  )
  const frames = unacked.map(({ data: frame = '', id }) => ({ id, frame }))
  const session = renew(own, {
    ...noSession(),
    acked,
    codec,
    key,
    sent,
    turn,
    unacked: frames,
    isLeftOver: key !== undefined,
  })
  const { onReturned } = session
  let isAnswered = false
  own.session = Object.assign(session, {
    onReturned: (returned: readonly NumberedFrame[], isStale = false) => {
      if (!outbox.leftover || isAnswered) return onReturned(returned)
      isAnswered = true
      returnLeftover(outbox, stored, returned, isStale)
      reportLater(own)
    },
  })
  reportLater(own)
}
