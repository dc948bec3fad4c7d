import type { Hello } from '../../internal/sessionFrames.js'
import { confirm } from './sessionInput.js'
import { createKeptFrames } from './keptFrames.js'
import { attachLink, detach, enqueueWrite, removeSession, lose, type NodeState } from './sessionNode.js'
import { post } from './sessionOutput.js'
import { findTombstone, type Tombstone } from './tombstones.js'
import { createSession, fits, isLate, type ResumeHello, type Session, type SessionLink } from './session.js'

// A new session, and a session of this process that goes on.

/** What a new session says of the one before. */
interface SessionRest {
  readonly acked?: number
  readonly ended?: boolean
}

/** The reason of 4409. */
export const ELSEWHERE = 'the session is on another connection'
/** The reason of 1013. */
export const TRY_AGAIN = 'sessions cannot be reached: try again'

/** Whether a connection gets no session now. A process that is cut off from the store neither knows whose a session is nor can ask. */
export const isRefused = <Out>({ isPaused, isClosed }: NodeState<Out>, link: SessionLink<Out>): boolean => {
  if (link.isOver()) return true
  if (isClosed || isPaused) link.close(isClosed ? 1012 : 1013, TRY_AGAIN)
  return isClosed || isPaused
}

/** Puts a new session on its connection, and tells the client its key. */
const openNew = <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  session: Session<Out>,
  key: string,
  more: SessionRest,
): void => {
  state.sessions.set(session.hash, session)
  attachLink(state, session, link)
  link.sendControl({ is: 'welcome', resumed: false, id: session.id, key, ...more, ...state.terms } as never)
  state.host.onBegin(session, link)
}

/** Begins a new session on a connection. `more` says how far the one before it got. */
export const create = async <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  hello: Hello,
  more: SessionRest = {},
): Promise<void> => {
  const { owner, codec, network } = link
  const key = state.createKey()
  const hash = state.hashOf(key)
  const session = createSession<Out>({
    id: state.createId(),
    hash,
    owner,
    codec,
    network,
    generation: 1,
    turn: 0,
    window: hello.window,
    isConfirmed: false,
    doubt: 0,
    handled: 0,
    sent: 0,
    acked: 0,
    out: createKeptFrames(0, state.kept),
  })
  const { store } = state
  if (!store) return openNew(state, link, session, key, more)
  await enqueueWrite(state, hash, async () => {
    const { id } = session
    try {
      await store.create({ id, hash, owner, codec, node: state.name, ttl: state.limits.ttl })
    } catch (error) {
      link.close(1013, TRY_AGAIN)
      throw error
    }
    // Nobody was told the key.
    if (isRefused(state, link)) await store.remove(hash, session.generation)
    else openNew(state, link, session, key, more)
  })
}

/** Continues a session of this process on another connection. */
export const resume = <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  session: Session<Out>,
  hello: ResumeHello,
  isKept: boolean,
): Promise<void> | undefined => {
  // Before anything is counted: what the connection before it still sends comes again on this one.
  detach(state, session, 4409, ELSEWHERE)
  if (!fits(session, hello)) {
    lose(state, session, 'counters', 4400, 'the counters do not fit')
    return create(state, link, hello, { acked: session.saved })
  }
  attachLink(state, session, link)
  session.window = hello.window
  session.cursor = hello.received
  session.told = session.saved
  session.untoldBytes = 0
  link.sendControl({
    is: 'welcome',
    resumed: true,
    id: session.id,
    received: session.taken,
    acked: session.saved,
    sent: session.sent,
    kept: isKept,
    ...state.terms,
  } as never)
  confirm(state, session, hello.received)
  if (isKept) state.host.onResume(session, link)
  post(session)
  return undefined
}

/** Asks whether a session of this process may go on over this connection, and does so. */
export const resumeOwn = <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  session: Session<Out>,
  hello: ResumeHello,
): Promise<void> | undefined => {
  session.turn = Math.max(session.turn, hello.turn)
  if (state.host.mayResume(session)) return resume(state, link, session, hello, true)
  link.close(4429, 'too many resumes')
  return undefined
}

/** Begins a new session in place of one that is over or was never there. */
export const createInstead = <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  hello: ResumeHello,
  hash: string,
): Promise<void> => {
  const found = findTombstone(state, hash, link.owner)
  return create(state, link, hello, found && endOf(found, hello))
}

/** What `welcome` says about a session that is over. A page that only ends it learns what was taken: nothing else will be. */
const endOf = ({ acked, taken }: Tombstone, hello: ResumeHello): SessionRest =>
  hello.end && hello.acked <= acked ? { acked: taken, ended: true } : { acked }

/** Ends a session of this process, whose page is gone, and begins a new one. Its frames that were taken are still handled. */
export const endInstead = <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  session: Session<Out>,
  hello: ResumeHello,
): Promise<void> => {
  detach(state, session, 4409, ELSEWHERE)
  removeSession(state, session, hello.acked <= session.saved ? 'left' : 'counters')
  return createInstead(state, link, hello, session.hash)
}

/** Whether a session may go on over this connection, as far as owner and codec are concerned. */
export const belongsTo = <Out>(
  session: Pick<Session<Out>, 'owner' | 'codec'>,
  { owner, codec }: SessionLink<Out>,
): boolean => session.owner === owner && session.codec === codec

/** A session that has said bye is over as soon as its client comes back. */
export const liveSession = <Out>(state: NodeState<Out>, hash: string): Session<Out> | undefined => {
  const session = state.sessions.get(hash)
  if (!session?.isEnding) return session
  detach(state, session, 4409, ELSEWHERE)
  removeSession(state, session, 'ended')
  return undefined
}

/** Answers a hello with a key, on a server without a store. */
export const greetFromMemory = <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  hello: ResumeHello,
  hash: string,
): Promise<void> | undefined => {
  const session = state.sessions.get(hash)
  // The codec of a session that ends does not matter, and nobody else asks for it.
  if (hello.end && session?.owner === link.owner) return endInstead(state, link, session, hello)
  if (!session || !belongsTo(session, link)) return createInstead(state, link, hello, hash)
  if (isLate(session, hello.turn)) {
    link.close(4409, ELSEWHERE)
    return undefined
  }
  if (!liveSession(state, hash)) return createInstead(state, link, hello, hash)
  return resumeOwn(state, link, session, hello)
}
