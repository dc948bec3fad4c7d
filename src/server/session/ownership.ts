import { isLate, type Session } from './session.js'
import {
  detach,
  enqueueWrite,
  isCurrent,
  moved,
  removeSession,
  reportUnstored,
  suspend,
  type NodeState,
  type SessionEnd,
} from './sessionNode.js'
import { acknowledge } from './sessionInput.js'
import { save, saveNow } from './sessionOutput.js'
import type { WriteAnswer } from './sessionStore.js'

// How a session goes from one process to another, and how a process learns which ones are still its own.

/** Saves a session, also what is sent meanwhile, and its data. */
const saveAllOf = async <Out>(state: NodeState<Out>, session: Session<Out>): Promise<void> => {
  session.isTouched = true
  await saveNow(state, session)
  if (isCurrent(state, session) && session.stored < session.sent) await saveAllOf(state, session)
}

/** Lets another process that asks have a session. Resolves with false when it must not have it. */
export const release = async <Out>(state: NodeState<Out>, hash: string, turn: number): Promise<boolean> => {
  let isReleased = false
  await enqueueWrite(state, hash, async () => {
    if (state.isPaused) return
    const before = state.sessions.get(hash)
    if (before) await saveAllOf(state, before)
    const session = state.sessions.get(hash)
    // A later connection may have asked for it in the meantime.
    if (!session || session.isEnding || isLate(session, turn)) return
    detach(state, session, 4409, 'the session is on another connection')
    isReleased = await releaseInStore(state, session, 'moved')
  })
  return isReleased
}

/** Lets other processes have a session whose connection is closed. When the store fails, it stays here until its time is over. */
const releaseInStore = async <Out>(
  state: NodeState<Out>,
  session: Session<Out>,
  reason: SessionEnd,
): Promise<boolean> => {
  // Nothing more is sent: the store would not have it.
  session.isEnding = true
  let answer: WriteAnswer
  try {
    answer = await state.store!.release(session.hash, session.generation, session.taken)
  } catch (error) {
    session.isEnding = false
    if (isCurrent(state, session)) suspend(state, session)
    throw error
  }
  if (!isCurrent(state, session)) return false
  if (answer !== 'ok') {
    moved(state, session)
    return false
  }
  reportUnstored(state, session)
  removeSession(state, session, reason, false)
  return true
}

/** Saves a session and lets another process have it. */
export const handOver = async <Out>(state: NodeState<Out>, session: Session<Out>): Promise<void> =>
  await enqueueWrite(state, session.hash, async () => {
    if (!isCurrent(state, session)) return
    await saveAllOf(state, session)
    if (!isCurrent(state, session)) return
    acknowledge(session)
    detach(state, session, 1012, 'the server restarts')
    await releaseInStore(state, session, 'released')
  })

/** Gives a session up unless the store says that it is of this process: another one may have had it in the meantime. */
const confirmOwner = async <Out>(state: NodeState<Out>, session: Session<Out>): Promise<void> => {
  const found = await state.store!.peek(session.hash)
  const isOwn = found?.generation === session.generation && found.node === state.name
  if (!isOwn || found.isStale) moved(state, session)
}

/** Asks the store which sessions are still of this process, and goes on with them. */
export const wake = async <Out>(state: NodeState<Out>): Promise<void> => {
  const { store, sessions, pauses } = state
  if (!state.isPaused) return
  if (store) await Promise.all(Array.from(sessions.values(), async (session) => await confirmOwner(state, session)))
  // The store was lost again meanwhile: its answers may be of a time before that.
  if (pauses !== state.pauses) return
  state.isPaused = false
  if (store) saveAll(state)
}

/** Writes all that the store does not know. */
export const saveAll = <Out>(state: NodeState<Out>): void => {
  for (const session of state.sessions.values()) {
    const { stored, sent, saved, handled, storedAcked, acked, isTouched } = session
    if (stored < sent || saved < handled || storedAcked < acked || isTouched) save(state, session)
  }
}
