import type { Hello } from '../../internal/sessionFrames.js'
import { greet } from './greeting.js'
import { createKeptBytes } from './keptFrames.js'
import { acknowledge, isAckUrgent, markHandled, onAck, take } from './sessionInput.js'
import {
  detach,
  removeSession,
  isCurrent,
  lose,
  removeFromStore,
  suspend,
  type NodeState,
  type SessionEnd,
  type SessionNodeConfig,
} from './sessionNode.js'
import { handOver, release, saveAll, wake } from './ownership.js'
import { isFull, save, send } from './sessionOutput.js'
import type { Session, SessionLink } from './session.js'

// One process of sessions: a state machine without timers and without sockets. It serves sessions in memory and, with a store, sessions that any process
// can continue. Without a store every write is done at once.

/** What a frame of the client is in its session. */
export interface TakenNumber<Out> {
  readonly session: Session<Out>
  readonly number: number
  /** Whether a process that has ended may have handled it. */
  readonly isRedelivered: boolean
}

/** The sessions of one process. */
export interface NodeSessions<Out> {
  readonly sessions: () => Iterable<Session<Out>>
  /** Returns the session of a connection. */
  readonly sessionOf: (link: SessionLink<Out>) => Session<Out> | undefined
  /** Answers the first session frame of a connection. Resolves when it is answered; without a store that is at once. */
  readonly hello: (link: SessionLink<Out>, hello: Hello) => Promise<void>
  /** Takes a counted frame. `undefined` when the connection has no session, or its session takes nothing more. */
  readonly take: (link: SessionLink<Out>, bytes: number) => TakenNumber<Out> | undefined
  readonly handled: (session: Session<Out>, number: number) => void
  /** The last frames of a session that is ending are not processed and never will be: they do not count as taken. */
  readonly untake: (session: Session<Out>, count: number) => void
  /** Takes an acknowledgement. Returns whether it says something new. */
  readonly ack: (link: SessionLink<Out>, received: number) => boolean
  /** The client says bye. Returns the session if the client was the first to say so: `end` answers. */
  readonly bye: (link: SessionLink<Out>, received: number) => Session<Out> | undefined
  /** The connection is gone. */
  readonly closed: (link: SessionLink<Out>) => void
  /** Sends a frame, or keeps it until the client is back. Returns false when the session is over, or is lost by it. */
  readonly send: (session: Session<Out>, frame: Out) => boolean
  /** Whether a further frame of so many bytes would end the session. */
  readonly isFull: (session: Session<Out>, bytes: number) => boolean
  readonly acknowledge: (session: Session<Out>) => void
  readonly isAckUrgent: (session: Session<Out>) => boolean
  /** Closes the connection below a session, which stays. */
  readonly drop: (session: Session<Out>, code: number, reason: string) => void
  readonly lose: (session: Session<Out>, reason: SessionEnd, code: number, text: string) => void
  /** Ends a session by `bye`: the client sends what was not taken in another one. */
  readonly end: (session: Session<Out>, code: number, reason: string, isLast?: boolean) => void
  /** Keeps a session that nothing happens to from expiring in the store. */
  readonly touch: (session: Session<Out>) => void
  /** Gives a session up without a word to the store: another process can claim it. */
  readonly abandonSession: (session: Session<Out>) => void
  /** Another process asks for a session. Resolves with false when it must not have it. */
  readonly release: (hash: string, turn: number) => Promise<boolean>
  /** Answers no hello and takes no frame until `wake`: the store is out of reach, or this process stood still. */
  readonly pause: () => void
  readonly isPaused: () => boolean
  /** Asks the store which sessions are still of this process. The others are given up. */
  readonly wake: () => Promise<void>
  /** Writes all that the store does not know: after an error of it. */
  readonly saveAll: () => void
  /** Refuses all further hellos. */
  readonly beginClose: () => void
  /** Saves a session and lets another process have it. */
  readonly handOver: (session: Session<Out>) => Promise<void>
  /** The memory of all frames that are kept, in bytes. */
  readonly keptBytes: () => number
  /** The number of sessions that are over and are remembered. */
  readonly tombstones: () => number
}

/**
 * Ends a session by `bye`. It is remembered until its connection is closed: the client's own bye says what it has got. `isLast`: the process ends too, and its
 * listeners may not come to their end.
 */
const end = <Out>(state: NodeState<Out>, session: Session<Out>, code: number, reason: string, isLast = false): void => {
  if (!isCurrent(state, session)) return
  const { link, saved, taken } = session
  // It has said so.
  if (link?.isOver()) return
  session.isEnding = true
  removeFromStore(state, session)
  if (!link) return removeSession(state, session, 'ended')
  const isInDoubt = isLast && saved < taken
  link.sendControl({ is: 'bye', received: taken, ...(isInDoubt && { acked: saved }), ...(reason && { reason }) })
  link.close(code, reason)
}

const onClosed = <Out>(state: NodeState<Out>, link: SessionLink<Out>): void => {
  const session = state.byLink.get(link)
  state.byLink.delete(link)
  if (session?.link !== link) return
  if (!session.isEnding) return suspend(state, session)
  session.link = undefined
  removeSession(state, session, 'ended')
}

/** Closes the connection below a session. The client is told what was handled first. */
const drop = <Out>(state: NodeState<Out>, session: Session<Out>, code: number, reason: string): void => {
  if (!session.link) return
  acknowledge(session)
  detach(state, session, code, reason)
  suspend(state, session)
}

const onBye = <Out>(state: NodeState<Out>, link: SessionLink<Out>, received: number): Session<Out> | undefined => {
  const session = state.byLink.get(link)
  if (!session) return undefined
  onAck(state, session, received)
  if (session.isEnding) return undefined
  session.isEnding = true
  return session
}

const takeFrame = <Out>(state: NodeState<Out>, link: SessionLink<Out>, bytes: number): TakenNumber<Out> | undefined => {
  const session = state.byLink.get(link)
  if (!session || session.isEnding) return undefined
  const number = take(session, bytes)
  return { session, number, isRedelivered: number <= session.doubt }
}

const createState = <Out>(config: SessionNodeConfig<Out>): NodeState<Out> => ({
  ...config,
  sessions: new Map(),
  suspended: new Set(),
  suspendedBy: new Map(),
  orphans: new Map(),
  tombstones: new Map(),
  byLink: new Map(),
  kept: createKeptBytes(),
  writes: new Map(),
  isPaused: false,
  unansweredClaims: new Set(),
  pauses: 0,
  isClosed: false,
})

/** Creates the sessions of a process. */
export const createNodeSessions = <Out>(config: SessionNodeConfig<Out>): NodeSessions<Out> => {
  const state = createState(config)
  return {
    sessions: () => state.sessions.values(),
    sessionOf: (link) => state.byLink.get(link),
    hello: async (link, hello) => await greet(state, link, hello),
    take: (link, bytes) => takeFrame(state, link, bytes),
    handled: (session, number) => markHandled(state, session, number),
    untake: (session, count) => {
      session.taken -= count
      session.waiting.splice(session.waiting.length - count, count)
    },
    ack: (link, received) => {
      const session = state.byLink.get(link)
      return session !== undefined && onAck(state, session, received)
    },
    bye: (link, received) => onBye(state, link, received),
    closed: (link) => onClosed(state, link),
    send: (session, frame) => send(state, session, frame),
    isFull: (session, bytes) => isFull(state, session, bytes),
    acknowledge,
    isAckUrgent,
    drop: (session, code, reason) => drop(state, session, code, reason),
    lose: (session, reason, code, text) => {
      if (isCurrent(state, session)) lose(state, session, reason, code, text)
    },
    end: (session, code, reason, isLast) => end(state, session, code, reason, isLast),
    abandonSession: (session) => {
      if (!isCurrent(state, session)) return
      detach(state, session, 1012, 'the server restarts')
      removeSession(state, session, 'released', false)
    },
    touch: (session) => {
      session.isTouched = true
      save(state, session)
    },
    release: async (hash, turn) => await release(state, hash, turn),
    pause: () => {
      state.isPaused = true
      state.pauses++
    },
    saveAll: () => saveAll(state),
    isPaused: () => state.isPaused,
    wake: async () => await wake(state),
    beginClose: () => {
      state.isClosed = true
    },
    handOver: async (session) => await handOver(state, session),
    keptBytes: () => state.kept.total(),
    tombstones: () => state.tombstones.size,
  }
}
