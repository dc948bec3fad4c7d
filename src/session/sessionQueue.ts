import type { ConnectionSettings } from '../connection/core.js'
import type { SendQueue } from '../connection/sendQueue.js'
import { awaitTurn, isFree } from '../features/pacer.js'
import { byteLength, type Frame } from '../internal/bytes.js'
import { isControl, windowSize } from '../internal/sessionFrames.js'
import { hasRoom } from './clientSession.js'
import { awaitsStorage, reportLater, type ConnectionSession } from './connectionSession.js'

/** The queue of a connection with sessions. It carries the session from `settings` to `create`. */
export interface SessionQueue extends SendQueue {
  readonly own: ConnectionSession
}

type CreateQueue = NonNullable<ConnectionSettings['createQueue']>

/** A queue that gives a frame to the socket only when the window has room for it. */
export const createSessionQueue =
  (own: ConnectionSession, createQueue: CreateQueue): CreateQueue =>
  (context) => {
    const { events, writer } = context
    const { write } = writer
    const isTooLarge = (frame: Frame) => windowSize(frame) * 3 > own.maxPayload && byteLength(frame) > own.maxPayload
    const mayWrite = (frame: Frame) => {
      const { pacer, session } = own
      // Frames that wait for their turn go first. Those that wait for the storage wait for one write.
      const isBehind = session.cursor < session.sent && !awaitsStorage(own)
      if (isBehind || own.onCaughtUp || !hasRoom(session, windowSize(frame))) return false
      if (!pacer || isFree(pacer)) return true
      awaitTurn(pacer)
      return false
    }
    Object.assign(writer, {
      write: (id, frame) => {
        if (own.session.phase === 'offline') return write(id, frame)
        // It would be taken for a frame of the session.
        if (isControl(frame as string)) return events.refuse('invalid', id)
        if (isTooLarge(frame)) return events.refuse('too_large', id)
        if (!writer.isOpen() || !mayWrite(frame)) return undefined
        own.sendId = id
        const result = write(id, frame)
        own.sendId = undefined
        reportLater(own)
        return result
      },
    } satisfies Partial<typeof writer>)
    return Object.assign(createQueue(context), { own })
  }
