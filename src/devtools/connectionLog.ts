import type { Phase } from '../connection/lifecycle.js'
import { now } from '../internal/clock.js'
import type { SocketState } from '../state/socketState.js'
import { createRowList, type RowList } from './rowList.js'
import type { Mask } from './secrets.js'
import type { ConnectionRecording, PhaseChange, SecondCounts, StateChange, TimelineMark } from './types.js'

/** Ten minutes. */
const MAX_SECONDS = 600

/** The largest number of phases, and of marks. */
export const MAX_MARKS = 1_000

/** What is recorded of one connection, and what is needed to record more. */
export interface ConnectionLog {
  readonly name: string
  readonly mask: Mask
  readonly rows: RowList
  seconds: SecondCounts[]
  phases: PhaseChange[]
  marks: TimelineMark[]
  changes: StateChange[]
  state: SocketState | null
  /** The entry in the store that `state` is a copy of. */
  entry: SocketState | null
  /** What the types of the connection's actions begin with. */
  prefix: string
  /** The rows of sends that wait, by the id of the send. */
  readonly waiting: Map<string, number>
  /** Rows of dropped sends whose value is not known yet. */
  unnamed: number[]
}

/** Creates an empty log. */
export const createConnectionLog = (name: string, mask: Mask): ConnectionLog => ({
  name,
  mask,
  rows: createRowList(),
  seconds: [],
  phases: [],
  marks: [],
  changes: [],
  state: null,
  entry: null,
  prefix: '',
  waiting: new Map(),
  unnamed: [],
})

/** Adds an item to a list, and removes the oldest ones beyond the limit. */
export const push = <Item>(list: Item[], item: Item, limit: number): void => {
  list.push(item)
  if (list.length > limit) list.splice(0, list.length - limit)
}

/** The current second. */
export const secondOf = (log: ConnectionLog): SecondCounts => {
  const at = Math.floor(now() / 1_000) * 1_000
  const last = log.seconds.at(-1)
  // A clock that was set back does not open an earlier second.
  if (last && last.at >= at) return last
  const { latency = null, queued = 0 } = log.state ?? {}
  const second = { at, received: 0, receivedBytes: 0, sent: 0, sentBytes: 0, dropped: 0, latency, queued }
  push(log.seconds, second, MAX_SECONDS)
  return second
}

/** Records a phase, unless it is the current one. */
export const addPhase = (log: ConnectionLog, phase: Phase): void => {
  if (log.phases.at(-1)?.phase !== phase) push(log.phases, { at: now(), phase }, MAX_MARKS)
}

/** Discards what was recorded. The current phase and state stay. */
export const clearLog = (log: ConnectionLog): void => {
  const phase = log.phases.at(-1)
  log.rows.clear()
  log.waiting.clear()
  Object.assign(log, { seconds: [], marks: [], changes: [], unnamed: [], phases: phase ? [phase] : [] })
}

/** A copy of a log as plain data. */
export const toRecording = (log: ConnectionLog): ConnectionRecording => ({
  name: log.name,
  rows: log.rows.list(),
  total: log.rows.total(),
  seconds: log.seconds.map((second) => ({ ...second })),
  phases: [...log.phases],
  marks: [...log.marks],
  changes: [...log.changes],
  state: log.state,
})
