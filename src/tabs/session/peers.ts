import { after } from '../../internal/clock.js'
import { applyAck, applyData, applyBye, applyLoss, applyNumber, applyState } from './sharedState.js'
import { watchTab } from './goneTabs.js'
import { repostLeftovers } from './leftovers.js'
import { isReady, postSession, type SessionNote, type SharedSession } from './sharedSession.js'

/** How long a tab that opens the connection waits for what the others know, in milliseconds: one of them may be stuck. */
const ANSWER_MS = 1_000

/** The other tabs that listen. A tab that has crashed does not count. */
export const findOthers = async ({ key, name, others, tab }: SharedSession): Promise<void> => {
  const known = [...others]
  const { held = [], pending = [] }: LockManagerSnapshot = await tab.platform.locks.query().catch(() => ({}))
  // The answer may be older than the `hi` of a tab that has joined meanwhile.
  for (const other of known) others.delete(other)
  for (const { name: other = '' } of [...held, ...pending])
    if (other !== name && other.startsWith(`${key}:tab:`)) others.add(other)
}

/** A tab sleeps (`true`), listens or is about to be gone (`false`), or does not use the session any more. */
const setAsleep = (session: SharedSession, from: string, sleeps: boolean | undefined): void => {
  const { leftovers } = session
  const found = leftovers.get(from)
  if (sleeps === undefined) leftovers.delete(from)
  else if (found) found.sleeps = sleeps
  void watchTab(session, from)
}

/** Notes about the tab that posts them, or about the session over all connections. */
const handleTabNote = (session: SharedSession, note: SessionNote): void => {
  const { leftovers, others, state } = session
  if (note.t === 'hi' || note.t === 'ask') others.add(note.from)
  if (note.t === 'hi') {
    setAsleep(session, note.from, false)
    if (isReady(session)) {
      postSession(session, { t: 'state', state: state! })
      // These tabs cannot tell it themselves.
      for (const [from, { frames, sleeps }] of leftovers)
        if (sleeps) postSession(session, { t: 'leftovers', epoch: state!.epoch, from, frames, sleeps })
    }
    repostLeftovers(session)
  }
  if (note.t === 'left') {
    others.delete(note.from)
    setAsleep(session, note.from, note.sleeps)
  }
  if (note.t === 'ask') {
    const { isFresh, name: from, turn } = session
    postSession(session, { t: 'known', from, isFresh, turn, state })
  }
  if (note.t === 'turn' && note.key === state?.key) session.turn = Math.max(session.turn, note.turn)
  if (note.t === 'state') {
    applyState(session, note.state)
    session.isFresh = true
  }
  if (note.t === 'known' && session.onAnswer) {
    if (note.state) applyState(session, note.state)
    if (note.state && note.state.key === session.state?.key) session.turn = Math.max(session.turn, note.turn)
    session.onAnswer(note.from, note.isFresh && note.state?.key !== undefined)
  }
  if (note.t === 'echo') session.echoes.get(note.from)?.()
}

/** Notes about one connection. Those about another one are dropped. */
const handleConnectionNote = (session: SharedSession, note: SessionNote): void => {
  if (!('epoch' in note) || note.epoch !== session.state?.epoch || !session.state.key) return
  if (note.t === 'send') {
    if (isReady(session)) session.link!.enqueue(note.memberId, note.localNumber, note.data)
  } else if (note.t === 'number') applyNumber(session, note.memberId, note.localNumber, note.number)
  else if (note.t === 'data') applyData(session, note.number, note.data)
  else if (note.t === 'ack') applyAck(session, note.acked)
  else if (note.t === 'lost') applyLoss(session)
  else if (note.t === 'bye') applyBye(session, note.received, note.acked)
  else {
    const { from, frames, sleeps = false } = note
    // Another tab may know less of it.
    if (sleeps && session.leftovers.has(from)) return
    session.leftovers.set(from, { frames, sleeps })
    setAsleep(session, from, frames.length ? sleeps : undefined)
  }
}

/** The tab is asleep, or has no store any more that uses the session. What it knows may be outdated from now on. */
export const stopListening = (session: SharedSession, sleeps?: boolean): void => {
  const { abort, channel, echoes, others, state, tab, watch } = session
  if (!channel) return
  postSession(session, { t: 'left', from: session.name, sleeps })
  channel.close()
  tab.watches.delete(watch)
  session.channel = undefined
  session.isFresh = false
  session.leftovers.clear()
  // Of a connection of which this tab has no state: then the server refuses what this tab knows.
  session.turn = state?.turn ?? 0
  for (const resolve of echoes.values()) resolve()
  others.clear()
  abort!.abort()
}

/** Listens to what the other tabs say of the session, once the page is awake. */
export const startListening = (session: SharedSession): void => {
  const { key, members, name, tab } = session
  const { createChannel, locks } = tab.platform
  if (session.channel || !members.size) return
  if (tab.isAsleep) return void tab.onAwake.push(() => startListening(session))
  const channel = createChannel(`${key}:notes`)
  session.channel = channel
  channel.onmessage = ({ data }: MessageEvent<SessionNote>) => {
    // This tab posted it before it fell asleep, or another one has posted it about this tab.
    if ('from' in data && data.from === name) return
    handleTabNote(session, data)
    handleConnectionNote(session, data)
  }
  const { signal } = (session.abort = new AbortController())
  const keepLock = async () =>
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.onabort = () => resolve()
    })
  locks.request(name, { signal }, keepLock).catch(() => {})
  tab.watches.add(session.watch)
  postSession(session, { t: 'hi', from: name })
}

/** As the holder: learns what the others know, where this tab has not listened all the time. */
export const askOthers = async (session: SharedSession): Promise<void> => {
  const { channel, echoes, name } = session
  await findOthers(session)
  if (session.isFresh || !channel || session.channel !== channel) return
  const expected = new Set(session.others)
  if (expected.size) {
    await new Promise<void>((resolve) => {
      const cancel = after(ANSWER_MS, resolve)
      const end = () => {
        cancel()
        resolve()
      }
      session.onAnswer = (from, isFresh) => {
        expected.delete(from)
        if (isFresh || !expected.size) end()
      }
      // Called when the page falls asleep.
      echoes.set(name, end)
      postSession(session, { t: 'ask', from: name })
    })
    echoes.delete(name)
    session.onAnswer = undefined
  }
  // The page fell asleep meanwhile: then it has missed what the others have posted since.
  if (session.channel === channel) session.isFresh = true
}
