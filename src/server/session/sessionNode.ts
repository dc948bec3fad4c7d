import type { Frame } from '../../internal/bytes.js'
import type { FrameCost, KeptBytes } from './keptFrames.js'
import type { Session, SessionLink } from './session.js'
import { addTombstone, type Tombstone } from './tombstones.js'
import type { SessionStore } from './sessionStore.js'

// The sessions of one process: the table of them, and what is left of those that are over.

/** Why a session is over, or is no more of this process. */
export type SessionEnd =
  /** The client or the app has ended it, with `bye`. */
  | 'ended'
  /** Another page of the client has ended it, because the page that had it is gone. */
  | 'left'
  /** It waited longer than `ttl` for its client. */
  | 'expired'
  /** More was sent than the session, or the process, may keep. */
  | 'overflow'
  /** The client never confirmed it. */
  | 'unconfirmed'
  /** The client counted what cannot be. */
  | 'counters'
  /** Another process has it. */
  | 'moved'
  /** The server is closing, and the store has it. */
  | 'released'

/** The limits of sessions. */
export interface SessionLimits {
  /** Milliseconds. */
  readonly ttl: number
  readonly maxMessages: number
  readonly maxBytes: number
  readonly maxTotalBytes: number
  /** The sessions of one address that their clients have not confirmed. */
  readonly maxOrphans: number
  /** The sessions of one address, and of all, that wait for their clients. */
  readonly maxSuspended: number
  readonly maxSuspendedTotal: number
  /** What is left of sessions that are over. */
  readonly maxTombstones: number
}

/** What the app side of a session does. */
export interface SessionHost<Out> {
  /** A session has begun on this process; `data` is what the store had of `connection.data`. */
  readonly onBegin: (session: Session<Out>, link: SessionLink<Out>, data?: string) => void
  /** Whether a session may be resumed now: each time what is not acknowledged is sent again. */
  readonly mayResume: (session: Session<Out>) => boolean
  /** The session goes on over another connection. */
  readonly onResume: (session: Session<Out>, link: SessionLink<Out>) => void
  /** The connection below the session is gone. */
  readonly onSuspend: (session: Session<Out>) => void
  /** Frames were handled and saved: the client can be told. */
  readonly onProgress: (session: Session<Out>) => void
  /** The client has acknowledged frames, or they were saved. */
  readonly onAcknowledged: (session: Session<Out>) => void
  /** The session is over, or is no more of this process. */
  readonly onEnd: (session: Session<Out>, reason: SessionEnd) => void
  /** These frames will never be sent: the session is over before the store had them. */
  readonly onUndelivered: (session: Session<Out>, frames: readonly Out[]) => void
  /** A store has failed. The session goes on when it can be reached again. */
  readonly onStoreError: (error: unknown) => void
}

/** What a node needs. */
export interface SessionNodeConfig<Out> {
  /** Random for each start of the process. */
  readonly name: string
  /** `undefined`: the sessions live in this process only. */
  readonly store: SessionStore | undefined
  readonly host: SessionHost<Out>
  readonly limits: SessionLimits
  readonly createId: () => string
  readonly createKey: () => string
  readonly hashOf: (key: string) => string
  readonly costOf: (frame: Out) => FrameCost
  /** What the welcome says beside the counters. */
  readonly terms: object
  /** `connection.data` of a session as JSON. */
  readonly dataOf: (session: Session<Out>) => string
  readonly toStored: (frame: Out) => Exclude<Frame, Blob>
  readonly fromStored: (frame: Frame) => Out
}

/** Sessions by the network of their clients; oldest first. */
type SessionsByNetwork<Out> = Map<string, Set<Session<Out>>>

/** The state of a node. */
export interface NodeState<Out> extends SessionNodeConfig<Out> {
  /** By hash. */
  readonly sessions: Map<string, Session<Out>>
  /** Those without a connection; suspended longest first. */
  readonly suspended: Set<Session<Out>>
  /** The same by address. */
  readonly suspendedBy: SessionsByNetwork<Out>
  /** Those of them that are not confirmed. */
  readonly orphans: SessionsByNetwork<Out>
  readonly tombstones: Map<string, Tombstone>
  readonly byLink: Map<SessionLink<Out>, Session<Out>>
  readonly kept: KeptBytes
  /** The last task of each session that writes to the store or waits for it, by hash. */
  readonly writes: Map<string, Promise<void>>
  /** The store is out of reach, or this process stood still: it must not act for a session until it has asked the store. */
  isPaused: boolean
  /** The sessions whose claim has failed: it may have been carried out, and they were not lost here then. */
  readonly unansweredClaims: Set<string>
  /** How often it was paused. */
  pauses: number
  isClosed: boolean
}

/** Whether this is the present ownership of the session: an answer of the store may come after it has ended. */
export const isCurrent = <Out>({ sessions }: NodeState<Out>, session: Session<Out>): boolean =>
  sessions.get(session.hash) === session

const addTo = <Out>(sessions: SessionsByNetwork<Out>, session: Session<Out>): ReadonlySet<Session<Out>> => {
  const ofNetwork = (sessions.get(session.network) ?? new Set()).add(session)
  sessions.set(session.network, ofNetwork)
  return ofNetwork
}

const removeFrom = <Out>(sessions: SessionsByNetwork<Out>, session: Session<Out>): void => {
  const ofNetwork = sessions.get(session.network)
  ofNetwork?.delete(session)
  if (ofNetwork?.size === 0) sessions.delete(session.network)
}

/** A session does not wait for its client any more. */
const endWait = <Out>({ suspended, suspendedBy, orphans }: NodeState<Out>, session: Session<Out>): void => {
  suspended.delete(session)
  removeFrom(suspendedBy, session)
  removeFrom(orphans, session)
}

/** A session has got a connection: it is neither suspended nor an orphan. */
export const attachLink = <Out>(state: NodeState<Out>, session: Session<Out>, link: SessionLink<Out>): void => {
  endWait(state, session)
  session.link = link
  state.byLink.set(link, session)
}

/** Removes a session from the table. */
export const removeSession = <Out>(
  state: NodeState<Out>,
  session: Session<Out>,
  reason: SessionEnd,
  keepsTombstone = true,
): void => {
  state.sessions.delete(session.hash)
  endWait(state, session)
  if (keepsTombstone && (session.taken > 0 || reason === 'left')) addTombstone(state, session)
  session.isEnding = true
  session.out.dropUpTo(session.sent)
  state.host.onEnd(session, reason)
}

/** Closes the connection below a session, and ignores what it still sends: that comes again on the next connection. */
export const detach = <Out>(state: NodeState<Out>, session: Session<Out>, code: number, reason: string): void => {
  const { link } = session
  if (!link) return
  state.byLink.delete(link)
  session.link = undefined
  link.close(code, reason)
}

/** The frames that the store has not had will never be sent; those that it has had may be, by another process. */
export const reportUnstored = <Out>({ host }: NodeState<Out>, session: Session<Out>): void => {
  const frames: Out[] = []
  // What was restored may have been replaced by what another owner has restored.
  const { acked, stored, isRestored } = session
  for (let number = (isRestored ? acked : stored) + 1; number <= session.sent; number++)
    frames.push(session.out.get(number)!)
  if (frames.length > 0) host.onUndelivered(session, frames)
}

/** Ends a session that has a hole or must not go on. It is never continued with a hole. */
export const lose = <Out>(
  state: NodeState<Out>,
  session: Session<Out>,
  reason: SessionEnd,
  code: number,
  text: string,
): void => {
  detach(state, session, code, text)
  reportUnstored(state, session)
  removeSession(state, session, reason)
  removeFromStore(state, session)
}

/** Another process has the session: this one knows nothing of it any more. */
export const moved = <Out>(state: NodeState<Out>, session: Session<Out>): void => {
  if (!isCurrent(state, session)) return
  detach(state, session, 4409, 'the session is on another connection')
  reportUnstored(state, session)
  removeSession(state, session, 'moved', false)
}

/** The connection below a session is gone. */
export const suspend = <Out>(state: NodeState<Out>, session: Session<Out>): void => {
  session.link = undefined
  const { suspended, suspendedBy, orphans, limits } = state
  suspended.add(session)
  const ofNetwork = addTo(suspendedBy, session)
  // Perhaps nobody knows its key; perhaps only the confirmation was lost. So it waits, but few do, and not for long.
  const orphansOfNetwork = session.isConfirmed ? undefined : addTo(orphans, session)
  if (orphansOfNetwork && orphansOfNetwork.size > limits.maxOrphans) loseOldest(state, orphansOfNetwork, 'unconfirmed')
  if (ofNetwork.size > limits.maxSuspended) loseOldest(state, ofNetwork, 'overflow')
  if (suspended.size > limits.maxSuspendedTotal) loseOldest(state, suspended, 'overflow')
  if (isCurrent(state, session)) state.host.onSuspend(session)
}

const loseOldest = <Out>(state: NodeState<Out>, sessions: ReadonlySet<Session<Out>>, reason: SessionEnd): void => {
  const [oldest] = sessions
  if (oldest) lose(state, oldest, reason, 1013, 'too many sessions wait')
}

/** Runs a task after those of the session that were enqueued before. A task that fails ends only itself. */
export const enqueueWrite = <Out>(state: NodeState<Out>, hash: string, task: () => Promise<void>): Promise<void> => {
  const { writes, host } = state
  const last = writes.get(hash) ?? Promise.resolve()
  const next = last.then(task).catch(host.onStoreError)
  writes.set(hash, next)
  return next.finally(() => {
    if (writes.get(hash) === next) writes.delete(hash)
  })
}

/** Removes a session that is over from the store. */
export const removeFromStore = <Out>(state: NodeState<Out>, { hash, generation }: Session<Out>): void => {
  const { store } = state
  if (store) void enqueueWrite(state, hash, async () => await store.remove(hash, generation))
}
