import type {
  ClaimedSession,
  SessionSnapshot,
  SessionStore,
  StoredFrame,
  WriteAnswer,
} from '../../../src/server/session/sessionStore.js'

// The store of the model of sessions: what Redis does, each function in one step, without a clock. It is the oracle of redisSessions, and the store of
// the model of several nodes.

interface StoredRecord extends Omit<SessionSnapshot, 'frames'> {
  readonly frames: readonly StoredFrame[]
  readonly isClean: boolean
  readonly run: number
  readonly tries: number
  readonly lastHandled: number | undefined
}

/** What a restart of the store keeps: everything, what it had at the last `save`, or nothing. */
export type Loss = 'none' | 'some' | 'all'

/** A store in memory that answers at once, with the faults of Redis. */
export interface ModelStore {
  readonly create: (...args: Parameters<SessionStore['create']>) => void
  readonly find: (...args: Parameters<SessionStore['find']>) => Awaited<ReturnType<SessionStore['find']>>
  readonly peek: (...args: Parameters<SessionStore['peek']>) => Awaited<ReturnType<SessionStore['peek']>>
  readonly claim: (...args: Parameters<SessionStore['claim']>) => Awaited<ReturnType<SessionStore['claim']>>
  readonly append: (...args: Parameters<SessionStore['append']>) => WriteAnswer
  readonly handled: (...args: Parameters<SessionStore['handled']>) => WriteAnswer
  readonly acked: (...args: Parameters<SessionStore['acked']>) => WriteAnswer
  readonly release: (...args: Parameters<SessionStore['release']>) => WriteAnswer
  readonly restore: (...args: Parameters<SessionStore['restore']>) => 'ok' | 'moved'
  readonly remove: (...args: Parameters<SessionStore['remove']>) => void
  /** The highest number of a session's frames. */
  readonly topOf: (hash: string) => number
  /** The point to which a restart may fall back. */
  readonly save: () => void
  readonly restart: (loss: Loss) => void
}

interface ModelState {
  records: Map<string, StoredRecord>
  saved: ReadonlyMap<string, StoredRecord>
  run: number
}

/** The answer to a write of an owner, or `undefined` when it may write. */
const refuse = (state: ModelState, hash: string, generation: number): 'gone' | 'moved' | undefined => {
  const record = state.records.get(hash)
  if (!record || record.run !== state.run || record.generation < generation) return 'gone'
  return record.generation === generation && !record.isClean ? undefined : 'moved'
}

const change = (state: ModelState, hash: string, generation: number, update: (record: StoredRecord) => object) => {
  const answer = refuse(state, hash, generation)
  if (answer) return answer
  const record = state.records.get(hash)!
  state.records.set(hash, { ...record, ...update(record) })
  return 'ok'
}

const claim = (
  state: ModelState,
  hash: string,
  node: string,
  turn: number,
  sent: number,
): ClaimedSession | 'late' | undefined => {
  const record = state.records.get(hash)
  if (!record || record.run !== state.run) return undefined
  if (turn < record.turn) return 'late'
  const { isClean, handled, lastHandled } = record
  const isSame = lastHandled === handled
  const tries = isClean || sent <= handled ? 0 : isSame ? record.tries + 1 : 1
  const doubt = isClean ? record.doubt : Math.max(record.doubt, sent)
  const claimed = { ...record, turn, tries, doubt, node, generation: record.generation + 1 }
  state.records.set(hash, { ...claimed, lastHandled: handled, isClean: false })
  const { isClean: _isClean, run: _run, lastHandled: _lastHandled, ...known } = claimed
  return known
}

const append = (state: ModelState, hash: string, generation: number, frames: readonly StoredFrame[]): WriteAnswer => {
  let answer = refuse(state, hash, generation)
  for (const frame of frames) {
    if (answer) break
    const { top } = state.records.get(hash)!
    if (frame.number > top + 1) answer = 'gone'
    else if (frame.number > top) {
      change(state, hash, generation, (record) => ({ top: frame.number, frames: [...record.frames, frame] }))
    }
  }
  return answer ?? 'ok'
}

const createChanges = (state: ModelState) => ({
  append: (hash: string, generation: number, frames: readonly StoredFrame[]) => append(state, hash, generation, frames),
  handled: (hash: string, generation: number, handled: number, data?: string) =>
    change(state, hash, generation, () => ({ handled, ...(data !== undefined && { data }) })),
  acked: (hash: string, generation: number, acked: number) =>
    change(state, hash, generation, ({ frames }) => ({
      acked,
      frames: frames.filter(({ number }) => number > acked),
    })),
  release: (hash: string, generation: number, taken: number) =>
    change(state, hash, generation, () => ({ node: '', handled: taken, isClean: true })),
  restore: (snapshot: SessionSnapshot): 'ok' | 'moved' => {
    const { records, run } = state
    if ((records.get(snapshot.hash)?.generation ?? 0) > snapshot.generation) return 'moved'
    records.set(snapshot.hash, { ...snapshot, isClean: false, run, tries: 0, lastHandled: undefined })
    return 'ok'
  },
  remove: (hash: string, generation: number): void => {
    if ((state.records.get(hash)?.generation ?? Infinity) <= generation) state.records.delete(hash)
  },
})

/** Creates an empty store. */
export const createModelStore = (): ModelStore => {
  const state: ModelState = { records: new Map(), saved: new Map(), run: 1 }
  const isStale = ({ run }: StoredRecord): boolean => run !== state.run
  return {
    ...createChanges(state),
    create: (session) => {
      const counts = { generation: 1, turn: 0, handled: 0, top: 0, acked: 0, doubt: 0, tries: 0 }
      const rest = { data: '', frames: [], isClean: false, run: state.run, lastHandled: undefined }
      state.records.set(session.hash, { ...session, ...counts, ...rest })
    },
    find: (hash, owner, turn) => {
      const record = state.records.get(hash)
      if (!record) return undefined
      const isLate = turn <= record.turn
      if (record.owner === owner && !isLate) state.records.set(hash, { ...record, turn })
      const { id, node, generation } = record
      return { id, owner: record.owner, node, generation, isStale: isStale(record), isLate }
    },
    peek: (hash) => {
      const record = state.records.get(hash)
      return record && { generation: record.generation, isStale: isStale(record), node: record.node }
    },
    claim: (hash, node, turn, sent) => claim(state, hash, node, turn, sent),
    topOf: (hash) => state.records.get(hash)?.top ?? 0,
    save: () => {
      state.saved = new Map(state.records)
    },
    restart: (loss) => {
      state.run++
      if (loss === 'all') state.records = new Map()
      if (loss === 'some') state.records = new Map(state.saved)
    },
  }
}
