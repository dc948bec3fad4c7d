import { after } from '../../internal/clock.js'
import { takeAcked, takeData, takeEnd, takeGone, takeNumber, takeState } from './sharedState.js'
import { postSession, type NoteConfirmation, type SessionNote, type SharedSession } from './sharedSession.js'

/** How long a tab that opens the connection waits for what the others know, in milliseconds: one of them may be stuck. */
const ANSWER_MS = 1_000

const isReady = ({ link }: SharedSession): boolean => link?.phase === 'ready' && link.hub.state === 'holding'

const answerAsk = (session: SharedSession): void => {
  const { isFresh, name: from, state, turn } = session
  postSession(session, { t: 'known', from, isFresh, turn, state })
}

/** Notes of one connection. */
const takeOfConnection = (session: SharedSession, note: SessionNote): void => {
  if (!('epoch' in note) || note.epoch !== session.state?.epoch || !session.state.key) return
  if (note.t === 'send') {
    if (isReady(session)) session.link!.take(note.from, note.place, note.data)
  } else if (note.t === 'number') takeNumber(session, note.from, note.place, note.number)
  else if (note.t === 'data') takeData(session, note.number, note.data)
  else if (note.t === 'ack') takeAcked(session, note.acked)
  else if (note.t === 'gone') takeGone(session)
  else takeEnd(session, note.received, note.acked)
}

const takeNote = (session: SharedSession, note: SessionNote): void => {
  const { others, state } = session
  if (note.t === 'hi' || note.t === 'ask') others.add(note.from)
  if (note.t === 'left') others.delete(note.from)
  if (note.t === 'hi' && isReady(session)) postSession(session, { t: 'state', state: state! })
  if (note.t === 'ask') answerAsk(session)
  if (note.t === 'turn' && note.key === state?.key) session.turn = Math.max(session.turn, note.turn)
  if (note.t === 'state') {
    takeState(session, note.state)
    session.isFresh = true
  }
  if (note.t === 'known' && session.onAnswer) {
    if (note.state) takeState(session, note.state)
    if (note.state && note.state.key === session.state?.key) session.turn = Math.max(session.turn, note.turn)
    session.onAnswer(note.from, note.isFresh && note.state?.key !== undefined)
  }
  if (note.t === 'echo') session.echoes.get(note.from)?.()
  takeOfConnection(session, note)
}

/** The tab is asleep, or has no store any more that uses the session. What it knows may be outdated from now on. */
export const stopListening = (session: SharedSession): void => {
  const { channel, echoes, others, release, state, tab, watch } = session
  if (!channel) return
  postSession(session, { t: 'left', from: session.name })
  channel.close()
  tab.watches.delete(watch)
  session.channel = undefined
  session.isFresh = false
  // Of a connection of which this tab has no state: then the server refuses what this tab knows.
  session.turn = state?.turn ?? 0
  session.release = () => {}
  for (const resolve of echoes.values()) resolve()
  others.clear()
  release()
}

/** Listens to what the other tabs say of the session. */
export const startListening = (session: SharedSession): void => {
  const { key, name, tab } = session
  const { createChannel, locks } = tab.platform
  if (session.channel) return
  const channel = createChannel(`${key}:notes`)
  session.channel = channel
  channel.onmessage = ({ data }: MessageEvent<SessionNote>) => takeNote(session, data)
  const keepLock = async () =>
    await new Promise<void>((resolve) => {
      session.release = resolve
      if (session.channel !== channel) resolve()
    })
  locks.request(name, {}, keepLock).catch(() => {})
  tab.watches.add(session.watch)
  postSession(session, { t: 'hi', from: name })
}

/** The other tabs that listen. A tab that has crashed does not count. */
export const findOthers = async ({ key, name, others, tab }: SharedSession): Promise<void> => {
  const { held = [], pending = [] } = await tab.platform.locks.query().catch(() => ({ held: [], pending: [] }))
  others.clear()
  for (const { name: other = '' } of [...held, ...pending])
    if (other !== name && other.startsWith(`${key}:tab:`)) others.add(other)
}

/** Waits until all notes that were posted before have arrived. */
export const awaitNotes = async (session: SharedSession): Promise<void> => {
  const { echoes, key, tab } = session
  const own = tab.platform.createChannel(`${key}:notes`)
  // The lock and the last notes travel separately.
  for (let round = 0; round < 2 && session.channel; round++) {
    const from = Math.random().toString(36)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await new Promise<void>((resolve) => {
      echoes.set(from, resolve)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is no window
      own.postMessage({ t: 'echo', from } satisfies SessionNote)
    })
    echoes.delete(from)
  }
  own.close()
}

/** Notes to this page itself, on a channel of its own, which leave it after those that were posted before. */
export const confirmNotes = ({ name, others, tab }: SharedSession): NoteConfirmation => {
  const tasks: (() => void)[] = []
  const [out, back] = [tab.platform.createChannel(name), tab.platform.createChannel(name)]
  back.onmessage = () => tasks.shift()?.()
  return {
    after: (task) => {
      // Nobody needs them.
      if (!others.size && !tasks.length) return task()
      tasks.push(task)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is no window
      out.postMessage(0)
    },
    close: () => {
      out.close()
      back.close()
    },
  }
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
