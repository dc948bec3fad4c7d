import { enqueueWrite, isCurrent, lose, moved, type NodeState } from './sessionNode.js'
import type { Session } from './session.js'
import type { SessionSnapshot, StoredFrame } from './sessionStore.js'

// Frames to the client, and what is saved of a session.

const OVERFLOW = 'the session keeps too much'

/** Whether a frame of so many bytes would be above the bound of the session. One larger frame may be alone. */
export const isFull = <Out>({ limits }: NodeState<Out>, { out }: Session<Out>, bytes: number): boolean =>
  out.count() >= limits.maxMessages || (out.count() > 0 && out.bytes() + bytes > limits.maxBytes)

/** Sends the frames that this connection has not had, and that may be sent: the client must not know more than the store does. */
export const post = <Out>(session: Session<Out>): void => {
  while (session.link && session.cursor < session.stored) {
    const frame = session.out.get(++session.cursor)
    if (frame !== undefined) session.link.sendFrame(frame)
  }
}

/** Gives up sessions until the process keeps no more than it may: the one that is suspended longest, else the one that keeps most. */
const shed = <Out>(state: NodeState<Out>): void => {
  const { kept, limits, suspended, sessions } = state
  while (kept.total() > limits.maxTotalBytes) {
    let [victim] = suspended
    if (!victim) {
      for (const one of sessions.values()) if (one.out.bytes() >= (victim?.out.bytes() ?? 1)) victim = one
    }
    if (!victim) return
    lose(state, victim, 'overflow', 1013, OVERFLOW)
  }
}

/** Gives a frame its number, and keeps it until the client has acknowledged it. Returns false when the session is over, or is lost by it. */
export const send = <Out>(state: NodeState<Out>, session: Session<Out>, frame: Out): boolean => {
  if (session.isEnding || !isCurrent(state, session)) return false
  const cost = state.costOf(frame)
  if (isFull(state, session, cost.bytes)) {
    lose(state, session, 'overflow', 1013, OVERFLOW)
    return false
  }
  session.sent++
  session.out.push(frame, cost)
  shed(state)
  if (!isCurrent(state, session)) return false
  if (state.store) save(state, session)
  else {
    session.stored = session.sent
    post(session)
  }
  return true
}

/** All that the owner of a session knows. */
const toSnapshot = <Out>(state: NodeState<Out>, session: Session<Out>): SessionSnapshot => {
  const { id, hash, owner, codec, generation, turn, handled, sent, acked, doubt } = session
  const frames = []
  for (let number = acked + 1; number <= sent; number++)
    frames.push({ number, frame: state.toStored(session.out.get(number)!) })
  const data = state.dataOf(session)
  const { ttl } = state.limits
  const counters = { generation, turn, handled, top: sent, acked, doubt }
  return { id, hash, owner, codec, node: state.name, ttl, ...counters, data, frames }
}

/** Writes all of a session that the store has lost. Returns false when another process has it. */
export const restore = async <Out>(state: NodeState<Out>, session: Session<Out>): Promise<boolean> => {
  const snapshot = toSnapshot(state, session)
  const answer = await state.store!.restore(snapshot)
  if (!isCurrent(state, session)) return false
  if (answer === 'moved') {
    moved(state, session)
    return false
  }
  session.stored = Math.max(session.stored, snapshot.top)
  session.storedAcked = snapshot.acked
  session.storedData = snapshot.data
  setSaved(state, session, snapshot.handled)
  return true
}

/** Acts on the answer of the store to a write. Returns whether the session is still of this process, and the write is done. */
const check = async <Out>(
  state: NodeState<Out>,
  session: Session<Out>,
  writing: Promise<'ok' | 'moved' | 'gone'>,
): Promise<boolean> => {
  const answer = await writing
  if (!isCurrent(state, session)) return false
  if (answer === 'ok') return true
  // A process that is cut off does not know whether it is the owner.
  if (answer === 'gone' && !state.isPaused) return await restore(state, session)
  moved(state, session)
  return false
}

/** The highest number of a list that is written at once: a burst must not become one command of many megabytes. */
const MAX_FRAMES = 512

/** Appends what the store has not had, and sends it. Returns whether the session is still of this process. */
const appendUnstored = async <Out>(state: NodeState<Out>, session: Session<Out>): Promise<boolean> => {
  const { hash, generation, stored, sent, out } = session
  if (stored >= sent) return true
  const top = Math.min(sent, stored + MAX_FRAMES)
  const frames: StoredFrame[] = []
  for (let number = stored + 1; number <= top; number++) {
    // The client may have acknowledged a frame that was restored.
    const frame = out.get(number)
    if (frame !== undefined) frames.push({ number, frame: state.toStored(frame) })
  }
  if (!(await check(state, session, state.store!.append(hash, generation, frames)))) return false
  session.stored = Math.max(session.stored, top)
  post(session)
  return await appendUnstored(state, session)
}

/** Writes what the store does not know: frames to the client, then what was handled, then what the client has acknowledged. */
export const saveNow = async <Out>(state: NodeState<Out>, session: Session<Out>): Promise<void> => {
  session.isSaving = false
  const store = state.store!
  const { hash, generation } = session
  if (!isCurrent(state, session) || !(await appendUnstored(state, session))) return
  const { handled, isTouched } = session
  if (handled > session.saved || isTouched) {
    session.isTouched = false
    const data = state.dataOf(session)
    const changed = data === session.storedData ? undefined : data
    if (!(await check(state, session, store.handled(hash, generation, handled, changed)))) return
    session.storedData = data
    setSaved(state, session, handled)
  }
  const { acked } = session
  if (acked <= session.storedAcked) return
  if (!(await check(state, session, store.acked(hash, generation, acked)))) return
  session.storedAcked = Math.max(session.storedAcked, acked)
}

/** Saves a session in its turn. All changes until then are one write. */
export const save = <Out>(state: NodeState<Out>, session: Session<Out>): void => {
  if (session.isSaving) return
  session.isSaving = true
  void enqueueWrite(state, session.hash, async () => await saveNow(state, session))
}

/** Frames up to this number are handled and saved. */
export const setSaved = <Out>(state: NodeState<Out>, session: Session<Out>, handled: number): void => {
  session.saved = Math.max(session.saved, handled)
  state.host.onProgress(session)
  state.host.onAcknowledged(session)
}
