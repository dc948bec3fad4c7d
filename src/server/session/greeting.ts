import type { Hello } from '../../internal/sessionFrames.js'
import { confirm } from './sessionInput.js'
import { createKeptFrames } from './keptFrames.js'
import {
  attachLink,
  detach,
  enqueueWrite,
  findAcked,
  forget,
  isCurrent,
  lose,
  moved,
  suspend,
  type NodeState,
} from './sessionNode.js'
import { post, restore } from './sessionOutput.js'
import {
  createSession,
  fits,
  isLate,
  isResumeHello,
  type ResumeHello,
  type Session,
  type SessionLink,
} from './session.js'
import type { ClaimedSession, FoundSession } from './sessionStore.js'

// The answer to a hello: a new session, or one that goes on.

const ELSEWHERE = 'the session is on another connection'
const TRY_AGAIN = 'sessions cannot be reached: try again'

/** Puts a new session on its connection, and tells the client its key. */
const openNew = <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  session: Session<Out>,
  key: string,
  more: { readonly acked?: number },
): void => {
  state.sessions.set(session.hash, session)
  attachLink(state, session, link)
  link.sendControl({ is: 'welcome', resumed: false, id: session.id, key, ...more, ...state.terms } as never)
  state.host.onBegin(session, link)
}

const create = async <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  hello: Hello,
  more: { readonly acked?: number } = {},
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
    await store.create({ id: session.id, hash, owner, codec, node: state.name })
    if (!link.isOver() && !state.isPaused && !state.isClosed) return openNew(state, link, session, key, more)
    // Nobody was told the key.
    link.close(state.isClosed ? 1012 : 1013, TRY_AGAIN)
    await store.remove(hash)
  })
}

/** Continues a session of this process on another connection. */
const resume = <Out>(
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
const resumeOwn = <Out>(
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

const createInstead = <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  hello: ResumeHello,
  hash: string,
): Promise<void> => create(state, link, hello, findAcked(state, hash, link.owner))

/** Whether a session may go on over this connection, as far as owner and codec are concerned. */
const belongsTo = <Out>(session: Pick<Session<Out>, 'owner' | 'codec'>, { owner, codec }: SessionLink<Out>): boolean =>
  session.owner === owner && session.codec === codec

/** A session that has said bye is over as soon as its client comes back. */
const liveSession = <Out>(state: NodeState<Out>, hash: string): Session<Out> | undefined => {
  const session = state.sessions.get(hash)
  if (!session?.isEnding) return session
  detach(state, session, 4409, ELSEWHERE)
  forget(state, session, 'ended')
  return undefined
}

const greetFromMemory = <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  hello: ResumeHello,
  hash: string,
): Promise<void> | undefined => {
  const session = state.sessions.get(hash)
  if (!session || !belongsTo(session, link)) return createInstead(state, link, hello, hash)
  if (isLate(session, hello.turn)) {
    link.close(4409, ELSEWHERE)
    return undefined
  }
  if (!liveSession(state, hash)) return createInstead(state, link, hello, hash)
  return resumeOwn(state, link, session, hello)
}

const fromRecord = <Out>(
  state: NodeState<Out>,
  record: ClaimedSession,
  { network }: SessionLink<Out>,
  { window }: ResumeHello,
): Session<Out> => {
  const { id, hash, owner, codec, generation, turn, handled, top, acked, doubt, frames } = record
  const out = createKeptFrames<Out>(acked, state.kept)
  for (const { frame } of frames) {
    const packet = state.fromStored(frame)
    out.push(packet, state.costOf(packet))
  }
  const start = { id, hash, owner, codec, network, generation, turn, window, doubt, handled, acked, out }
  return createSession<Out>({ ...start, isConfirmed: true, sent: top })
}

/** The claims in a row without progress after which a frame of the client is taken for what ends the processes. */
const MAX_TRIES = 3

/** Takes a session over from another process. */
const takeOver = async <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  found: FoundSession,
  hello: ResumeHello,
  hash: string,
): Promise<void> => {
  const store = state.store!
  if (found.node && found.node !== state.name) await store.requestRelease(found.node, hash, hello.turn)
  const record = await store.claim(hash, state.name, hello.turn, hello.sent)
  if (record === 'late') return link.close(4409, ELSEWHERE)
  if (!record) return await create(state, link, hello)
  if (record.tries > MAX_TRIES) {
    await store.remove(hash)
    return await create(state, link, hello, { acked: record.handled })
  }
  const session = fromRecord(state, record, link, hello)
  if (state.isClosed) {
    await store.release(hash, session.generation, session.taken)
    return link.close(1012, TRY_AGAIN)
  }
  state.sessions.set(hash, session)
  session.turn = Math.max(session.turn, hello.turn)
  state.host.onBegin(session, link, record.data)
  if (link.isOver()) suspend(state, session)
  else await resume(state, link, session, hello, false)
}

/** Continues a session that the store has lost, or has only of an earlier run: who has it in memory has all of it. */
const resumeLost = async <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  hello: ResumeHello,
  hash: string,
): Promise<void> => {
  const session = liveSession(state, hash)
  if (!session || !belongsTo(session, link)) return await createInstead(state, link, hello, hash)
  if (isLate(session, hello.turn)) return link.close(4409, ELSEWHERE)
  session.turn = hello.turn
  if (!(await restore(state, session)) || !isCurrent(state, session)) return link.close(1013, TRY_AGAIN)
  if (!link.isOver()) await resume(state, link, session, hello, true)
}

const greetFromStore = async <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  hello: ResumeHello,
  hash: string,
): Promise<void> => {
  if (link.isOver()) return
  // A process that is cut off neither knows whose session it is nor can ask.
  if (state.isPaused) return link.close(1013, TRY_AGAIN)
  const found = await state.store!.find(hash, link.owner, hello.turn)
  if (link.isOver()) return
  if (state.isPaused) return link.close(1013, TRY_AGAIN)
  if (state.isClosed) return link.close(1012, TRY_AGAIN)
  if (!found || found.isStale) return await resumeLost(state, link, hello, hash)
  if (found.owner !== link.owner) return await create(state, link, hello)
  if (found.isLate) return link.close(4409, ELSEWHERE)
  const session = liveSession(state, hash)
  if (session && session.codec !== link.codec) return await create(state, link, hello)
  if (session && found.node === state.name && found.generation === session.generation)
    return void (await resumeOwn(state, link, session, hello))
  // What names this process and is not in its memory was lost here a moment ago.
  if (!session && found.node === state.name) return await createInstead(state, link, hello, hash)
  if (session) moved(state, session)
  await takeOver(state, link, found, hello, hash)
}

/** Answers a hello. Without a store it is answered within the call. Never rejects. */
export const greet = async <Out>(state: NodeState<Out>, link: SessionLink<Out>, hello: Hello): Promise<void> => {
  if (state.isClosed) return link.close(1012, TRY_AGAIN)
  if (state.isPaused) return link.close(1013, TRY_AGAIN)
  if (!isResumeHello(hello)) return await create(state, link, hello)
  const hash = state.hashOf(hello.key)
  if (!state.store) return await greetFromMemory(state, link, hello, hash)
  // After the writes of the session before it.
  await enqueueWrite(state, hash, async () => {
    try {
      await greetFromStore(state, link, hello, hash)
    } catch (error) {
      link.close(1013, TRY_AGAIN)
      throw error
    }
  })
}
