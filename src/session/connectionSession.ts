import type { Link } from '../connection/hooks.js'
import type { Address, WebSocketLike } from '../connection/types.js'
import { flushEntries, putInFront } from '../connection/sendQueue.js'
import { after, FRAME_MS, now, type Cancel } from '../internal/clock.js'
import { closeWithout } from '../connection/closeInfo.js'
import type { Welcome, SessionWindow } from '../internal/sessionFrames.js'
import type { FeatureContext } from '../middleware/feature.js'
import { entryPatch } from '../middleware/entryPatch.js'
import { awaitTurn, createPacer, takeTurn, type Pacer } from '../features/pacer.js'
import {
  countReceived,
  createClientSession,
  pump,
  sendAck,
  type ClientSession,
  type SessionPort,
} from './clientSession.js'
import type { NumberedFrame, SessionState, SessionVerdict } from './sessionState.js'

/** A socket that counts: the one place through which all frames of a connection go, in both directions. */
export interface CountingSocket extends WebSocketLike {
  /** The socket itself. */
  readonly inner: WebSocketLike
  /** The subprotocol of the codec, where the server has chosen a session. */
  readonly codec: () => string | undefined
  /** Whether it was replaced and is still read: a handover keeps it open. */
  readonly isKeptOpen: () => boolean
  /** Whether `hello` was sent on it. */
  hasGreeted: boolean
  /** The session that ends on it: its `bye` was sent. */
  leaving: ClientSession | undefined
}

/** What a storage adds to the session of a connection. */
export interface SessionOutboxHooks {
  /** Whether the storage has what the frame of this number needs. */
  readonly isStored: (number: number) => boolean
  /** What is not acknowledged has changed. */
  readonly onChange: () => void
  /** The page is left: saves at once. Whether anything is stored for another page. */
  readonly onPageLeft: () => boolean
}

/** The session of one connection, over all its sockets. */
export interface ConnectionSession {
  /** `undefined` until the feature is created, which is before any socket. */
  context: FeatureContext
  readonly limits: SessionWindow
  /** What the options say to connect to, and what the connection connects to. */
  readonly base: Address
  address: Address
  session: ClientSession
  /** The socket that belongs to the session: from its `hello` on, until it is lost. */
  current: CountingSocket | undefined
  /** The socket that was created last. */
  latest: CountingSocket | undefined
  link: Link | undefined
  verdict: SessionVerdict
  /** Whether the server still has the subscriptions and the running requests, since the protocol was last told. */
  isKept: boolean
  /** The number of frames that the server had sent before the resume: with these the session is up to date. */
  catchUpTo: number
  /** Runs once the session is up to date. */
  onCaughtUp: (() => void) | undefined
  /** `welcome` has arrived: the next steps run. */
  onGreeted: (() => void) | undefined
  /** Frames that came before the connection was ready. `undefined` once it is. */
  held: (() => void)[] | undefined
  /** The server did not answer `hello`: it has no sessions, whatever subprotocol it chooses. */
  isUnanswered: boolean
  /** The socket that was lost last had not answered `hello`. */
  wasGreeting: boolean
  /** The app ends the connection: the next close of the socket says `bye`. */
  isLeaving: boolean
  maxPayload: number
  pacer: Pacer | undefined
  /** The id of the send that is being written. */
  sendId: string | undefined
  acknowledged: string[]
  ackDueAt: number
  cancelAck: Cancel | undefined
  cancelReport: Cancel | undefined
  /** The option `storage`. */
  outbox: SessionOutboxHooks | undefined
}

export const idsOf = (frames: readonly { readonly id?: string | undefined }[]): string[] =>
  frames.flatMap(({ id }) => id ?? [])

/** Reports what was acknowledged, and what is not, now. */
export const report = (own: ConnectionSession): void => {
  const { context, session } = own
  own.cancelReport?.()
  own.cancelReport = undefined
  context.part(entryPatch)({ unacknowledged: idsOf(session.unacked) })
  const ids = own.acknowledged.splice(0)
  context.store.emit(ids.length ? { type: 'acknowledged', payload: { ids } } : { type: 'changed', payload: {} })
}

/** `unacked` has changed: it is reported at most once every 16 ms. */
export const reportLater = (own: ConnectionSession): void => {
  own.outbox?.onChange()
  own.cancelReport ??= after(FRAME_MS, () => own.context.taskQueue.enqueue(() => report(own)))
}

/** Whether the next frame must not go out yet: no storage has its number. One write is for all that wait for it. */
export const awaitsStorage = ({ outbox, session }: ConnectionSession): boolean =>
  outbox?.isStored(session.cursor + 1) === false

/** Lets the queue go on. */
export const onRoom = ({ context: { connection } }: ConnectionSession): void => flushEntries(connection.queue!)

/** Puts frames in front of what waits. */
export const putBack = ({ connection }: FeatureContext, frames: readonly NumberedFrame[]): void => {
  const queue = connection.queue!
  const expiresAt = now() + queue.limits.ttl
  putInFront(
    queue,
    // A protocol sends its own again.
    frames.flatMap(({ id, frame }) => (id === undefined ? [] : [{ id, frame, encoded: frame, bytes: 0, expiresAt }])),
  )
}

const onWelcome = (own: ConnectionSession, welcome: Welcome, verdict: SessionVerdict): void => {
  const { maxPayload, rate } = welcome
  own.verdict = verdict
  // A socket may be lost before the protocol knew about the session before it.
  own.isKept &&= welcome.resumed && welcome.kept
  own.catchUpTo = welcome.resumed ? welcome.sent : 0
  own.maxPayload = maxPayload
  own.pacer = rate && createPacer(rate.perSecond, rate.burst)
  if (own.pacer) {
    own.pacer.enqueue = own.context.taskQueue.enqueue
    own.pacer.onTurn = () => {
      pump(own.session)
      onRoom(own)
    }
  }
  own.session.codec = own.current!.codec()
  own.onGreeted!()
}

/** Creates the session that takes the place of one that is over. */
export const renew = (own: ConnectionSession, state?: SessionState): ClientSession => {
  const drop = (reason: 'closed' | 'indeterminate') => (frames: readonly NumberedFrame[]) => {
    if (frames.length) reportLater(own)
    own.context.connection.events.drop(reason, idsOf(frames))
  }
  const port: SessionPort = {
    limits: own.limits,
    write: (frame) => own.current!.inner.send(frame),
    mayWrite: () => {
      const { pacer } = own
      if (awaitsStorage(own)) return false
      if (!pacer || takeTurn(pacer)) return true
      awaitTurn(pacer)
      return false
    },
    onWelcome: (welcome, verdict) => onWelcome(own, welcome, verdict),
    onAcknowledged: (frames) => {
      own.acknowledged.push(...idsOf(frames))
      reportLater(own)
    },
    onIndeterminate: drop('indeterminate'),
    onLeft: drop('closed'),
    onReturned: (frames) => {
      putBack(own.context, frames)
      reportLater(own)
    },
    onRoom: () => onRoom(own),
    onBroken: () =>
      own.link!.lose({
        problem: {
          code: 'session_broken',
          message: __DEV__
            ? 'The server broke the rules of the session. What was not acknowledged is reported as "indeterminate", and the next connection has a new session.'
            : '',
        },
        close: closeWithout('abandoned'),
      }),
  }
  return createClientSession(port, state)
}

/** Acknowledges what came, if the server does not know of it yet. */
export const acknowledgeNow = (own: ConnectionSession): void => {
  const { session } = own
  own.cancelAck?.()
  own.cancelAck = undefined
  own.ackDueAt = Infinity
  if (session.phase === 'ready' && session.untold) sendAck(session)
}

const count = (own: ConnectionSession, size: number): void => {
  const { context, session } = own
  const { ackInterval = 250 } = context.options.session!
  const time = now()
  own.ackDueAt = Math.min(own.ackDueAt, time + ackInterval)
  // Timers of hidden pages come once a minute.
  if (countReceived(session, size) || time >= own.ackDueAt) acknowledgeNow(own)
  else own.cancelAck ??= after(ackInterval, () => context.taskQueue.enqueue(() => acknowledgeNow(own)))
  if (session.received >= own.catchUpTo) {
    const { onCaughtUp } = own
    own.onCaughtUp = undefined
    if (onCaughtUp) {
      onCaughtUp()
      onRoom(own)
    }
  }
}

/** Counts a frame that was passed on; one that is still being decoded, once it was delivered. */
export const countDelivered = (own: ConnectionSession, size: number): void => {
  const { current, context } = own
  const { hooks, taskQueue } = context
  const decoding = hooks.list('decoding').flatMap((promiseOf) => promiseOf() ?? [])
  const countOnce = () => {
    // Where the socket is lost, what was being decoded is not delivered. The server sends it again.
    if (current && own.current === current) count(own, size)
  }
  if (decoding.length) void Promise.all(decoding).then(() => taskQueue.enqueue(countOnce))
  else countOnce()
}
