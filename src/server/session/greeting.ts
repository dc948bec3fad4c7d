import type { Hello } from '../../internal/sessionFrames.js'
import {
  belongsTo,
  create,
  createInstead,
  ELSEWHERE,
  endInstead,
  greetFromMemory,
  isRefused,
  liveSession,
  resume,
  resumeOwn,
  TRY_AGAIN,
} from './continuing.js'
import { createKeptFrames } from './keptFrames.js'
import { enqueueWrite, isCurrent, moved, removeFromStore, suspend, type NodeState } from './sessionNode.js'
import { restore } from './sessionOutput.js'
import { createSession, isLate, isResumeHello, type ResumeHello, type Session, type SessionLink } from './session.js'
import type { ClaimedSession, FoundSession } from './sessionStore.js'
import { addTombstone } from './tombstones.js'

// The answer to a hello, with or without a store.

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
  const session = createSession<Out>({ ...start, isConfirmed: true, sent: top })
  session.storedData = record.data
  return session
}

/** The claims in a row without progress after which a frame of the client is taken for what ends the processes. */
const MAX_TRIES = 3

/** The claims without an answer that are remembered. */
const MAX_UNANSWERED = 10_000

const claim = async <Out>(
  { store, name, unansweredClaims }: NodeState<Out>,
  hash: string,
  { turn, sent }: ResumeHello,
): Promise<ClaimedSession | 'late' | undefined> => {
  if (unansweredClaims.size < MAX_UNANSWERED) unansweredClaims.add(hash)
  const record = await store!.claim(hash, name, turn, sent)
  unansweredClaims.delete(hash)
  return record
}

/** Claims a session that another process may have, which is asked first. */
const claimFrom = async <Out>(
  state: NodeState<Out>,
  found: FoundSession,
  hello: ResumeHello,
  hash: string,
): Promise<ClaimedSession | 'late' | undefined> => {
  const { name, store } = state
  if (found.node && found.node !== name) await store!.requestRelease(found.node, hash, hello.turn)
  return await claim(state, hash, hello)
}

/** Takes a session over from another process. */
const takeOver = async <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  found: FoundSession,
  hello: ResumeHello,
  hash: string,
): Promise<void> => {
  const store = state.store!
  const record = await claimFrom(state, found, hello, hash)
  if (record === 'late') return link.close(4409, ELSEWHERE)
  if (!record) return await create(state, link, hello)
  if (record.tries > MAX_TRIES) {
    await store.remove(hash, record.generation)
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

/** Ends a session that this process does not have. What a process that has ended may have taken is not known. */
const endElsewhere = async <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  found: FoundSession,
  hello: ResumeHello,
  hash: string,
): Promise<void> => {
  const store = state.store!
  const record = await claimFrom(state, found, hello, hash)
  if (record === undefined || record === 'late') return await createInstead(state, link, hello, hash)
  await store.remove(hash, record.generation)
  const { doubt, handled: acked } = record
  const isKnown = doubt <= acked && hello.acked <= acked
  // The same question gets the same answer.
  if (doubt <= acked) addTombstone(state, { hash, owner: link.owner, saved: acked, taken: acked })
  if (!isRefused(state, link)) await create(state, link, hello, { acked, ...(isKnown && { ended: true }) })
}

/** Ends a session whose page is gone. Another process is asked first, and its turn does not matter. */
const endFromStore = async <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  given: ResumeHello,
  hash: string,
): Promise<void> => {
  const hello = { ...given, turn: Number.MAX_SAFE_INTEGER }
  const found = await state.store!.find(hash, link.owner, hello.turn)
  if (isRefused(state, link)) return
  const session = state.sessions.get(hash)
  const isGone = !found || found.isStale
  if ((found ?? session)?.owner !== link.owner) return await createInstead(state, link, hello, hash)
  const isOwn = session && (isGone || (found.node === state.name && found.generation === session.generation))
  if (!isOwn && isGone) return await createInstead(state, link, hello, hash)
  if (!isOwn) {
    if (session) moved(state, session)
    return await endElsewhere(state, link, found!, hello, hash)
  }
  // Another process may have restored it.
  if (isGone && !(await restore(state, session))) return link.close(1013, TRY_AGAIN)
  removeFromStore(state, session)
  // The new session is written in its own turn.
  await endInstead(state, link, session, hello)
}

const greetFromStore = async <Out>(
  state: NodeState<Out>,
  link: SessionLink<Out>,
  hello: ResumeHello,
  hash: string,
): Promise<void> => {
  if (isRefused(state, link)) return
  if (hello.end) return await endFromStore(state, link, hello, hash)
  const found = await state.store!.find(hash, link.owner, hello.turn)
  if (isRefused(state, link)) return
  if (!found || found.isStale) return await resumeLost(state, link, hello, hash)
  if (found.owner !== link.owner) return await create(state, link, hello)
  if (found.isLate) return link.close(4409, ELSEWHERE)
  const session = liveSession(state, hash)
  if (session && session.codec !== link.codec) return await create(state, link, hello)
  if (session && found.node === state.name && found.generation === session.generation)
    return await resumeOwn(state, link, session, hello)
  // What names this process and is not in its memory was lost here a moment ago.
  if (!session && found.node === state.name && !state.unansweredClaims.has(hash))
    return await createInstead(state, link, hello, hash)
  if (session) moved(state, session)
  await takeOver(state, link, found, hello, hash)
}

/** Answers a hello. Without a store it is answered within the call. Never rejects. */
export const greet = async <Out>(state: NodeState<Out>, link: SessionLink<Out>, hello: Hello): Promise<void> => {
  if (isRefused(state, link)) return
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
