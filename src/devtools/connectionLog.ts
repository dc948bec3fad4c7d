import type { ConnectionEvent } from '../connection/hooks.js'
import type { Phase } from '../connection/lifecycle.js'
import type { Entry } from '../connection/sendQueue.js'
import type { DropReason } from '../connection/types.js'
import { byteLength, isBytes, sizeOfBytes, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { now } from '../internal/clock.js'
import { isControl, readControlFrame } from '../internal/sessionFrames.js'
import type { SocketState } from '../state/socketState.js'
import { createRowList, type RowList } from './rowList.js'
import type { MaskText } from './secrets.js'
import type { Tap } from './tap.js'
import type { ConnectionRecording, PhaseChange, SecondCounts, Severity, StateChange, TimelineMark } from './types.js'

/** Ten minutes. */
const MAX_SECONDS = 600
const MAX_MARKS = 1_000
const MAX_CHANGES = 500

/** What is recorded of one connection, and what is needed to record more. */
export interface ConnectionLog {
  readonly name: string
  readonly mask: MaskText
  readonly rows: RowList
  seconds: SecondCounts[]
  phases: PhaseChange[]
  marks: TimelineMark[]
  changes: StateChange[]
  state: SocketState | null
  /** What the types of the connection's actions begin with. */
  prefix: string
  /** The rows of sends that wait, by the id of the send. */
  readonly waiting: Map<string, number>
  /** Rows of dropped sends whose value is not known yet. */
  unnamed: number[]
}

/** Creates an empty log. */
export const createConnectionLog = (name: string, mask: MaskText): ConnectionLog => ({
  name,
  mask,
  rows: createRowList(),
  seconds: [],
  phases: [],
  marks: [],
  changes: [],
  state: null,
  prefix: '',
  waiting: new Map(),
  unnamed: [],
})

const push = <Item>(list: Item[], item: Item, limit: number): void => {
  list.push(item)
  if (list.length > limit) list.splice(0, list.length - limit)
}

const secondOf = (log: ConnectionLog): SecondCounts => {
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

const bodyOf = (log: ConnectionLog, frame: Frame | ReceivedFrame): string => {
  if (typeof frame !== 'string') return `(${sizeOfBytes(frame)} bytes)`
  const control = isControl(frame) ? readControlFrame(frame) : undefined
  // Frames of a session carry its key.
  return control ? `(session: ${control.is})` : log.mask(frame)
}

const addReceived = (log: ConnectionLog, frame: ReceivedFrame): void => {
  const bytes = byteLength(frame)
  const second = secondOf(log)
  second.received++
  second.receivedBytes += bytes
  log.rows.add({ at: now(), kind: 'received', title: '', body: bodyOf(log, frame), bytes, severity: 'info' })
}

const addSent = (log: ConnectionLog, id: string, frame: Frame): void => {
  const bytes = byteLength(frame)
  const second = secondOf(log)
  second.sent++
  second.sentBytes += bytes
  const known = log.waiting.get(id)
  if (known !== undefined) {
    log.waiting.delete(id)
    log.rows.change(known, { delivery: 'sent', severity: 'info', bytes })
    return
  }
  const body = bodyOf(log, frame)
  log.rows.add({ at: now(), kind: 'sent', title: '', body, bytes, severity: 'info', delivery: 'sent', messageId: id })
}

/** Adds rows for sends that wait and are not known yet. */
const addWaiting = (log: ConnectionLog, entries: Iterable<Entry>): void => {
  for (const { id, encoded, bytes } of entries) {
    if (log.waiting.has(id)) continue
    const body = encoded === undefined ? '(is being encoded)' : bodyOf(log, encoded)
    const row = {
      kind: 'sent',
      title: '',
      body,
      bytes,
      severity: 'warning',
      delivery: 'queued',
      messageId: id,
    } as const
    log.waiting.set(id, log.rows.add({ at: now(), ...row }))
  }
}

const addDrop = (log: ConnectionLog, reason: DropReason, ids: readonly string[], count: number): void => {
  secondOf(log).dropped += count
  push(log.marks, { at: now(), kind: 'drop', label: String(count), severity: 'error' }, MAX_MARKS)
  const left = new Set(ids)
  const dropped = { delivery: 'dropped', reason, severity: 'error' } as const
  log.rows.changeAll(({ messageId }) => {
    if (messageId === undefined || !left.delete(messageId)) return undefined
    log.waiting.delete(messageId)
    return dropped
  })
  for (const messageId of left) {
    const row = { at: now(), kind: 'sent', title: '', body: '', bytes: null, messageId } as const
    push(log.unnamed, log.rows.add({ ...row, ...dropped }), MAX_MARKS)
  }
}

const severityOf = ({ type, payload }: ConnectionEvent): Severity => {
  if (type === 'opened') return 'good'
  if (type === 'error' || type === 'failed' || type === 'dropped') return 'error'
  if (type === 'closed')
    return payload.wasClean && (payload.code === 1000 || payload.code === 1001) ? 'info' : 'warning'
  return type === 'reconnecting' ? 'warning' : 'info'
}

const markOf = (event: ConnectionEvent): Pick<TimelineMark, 'kind' | 'label'> | undefined => {
  const { type, payload } = event
  if (type === 'connecting') return { kind: 'attempt', label: String(payload.attempt) }
  if (type === 'closed')
    return { kind: 'close', label: payload.code === null ? (payload.cause ?? '') : String(payload.code) }
  return type === 'error' || type === 'failed' ? { kind: 'error', label: payload.code } : undefined
}

const addEvent = (log: ConnectionLog, event: ConnectionEvent): void => {
  const { type, payload } = event
  if (type === 'changed') {
    const second = secondOf(log)
    if (payload.latency !== undefined) second.latency = payload.latency
    second.queued = Math.max(second.queued, payload.queued ?? 0)
    return
  }
  const severity = severityOf(event)
  const mark = markOf(event)
  if (mark) push(log.marks, { at: now(), ...mark, severity }, MAX_MARKS)
  if (type === 'dropped') addDrop(log, payload.reason, payload.ids, payload.count)
  const body = log.mask(JSON.stringify(payload))
  log.rows.add({ at: now(), kind: 'event', title: `${log.prefix}/${type}`, body, bytes: null, severity })
}

/** The value of a send as it may be shown. */
const describe = (log: ConnectionLog, value: unknown): string => {
  if (isBytes(value)) return `(${sizeOfBytes(value)} bytes)`
  try {
    return log.mask(JSON.stringify(value))
  } catch {
    return '(not JSON)'
  }
}

/** A send that was dropped at once has no frame: its row shows the value of the command. */
const nameDropped = (log: ConnectionLog, action: unknown): void => {
  const id = log.unnamed.at(-1)
  log.unnamed = []
  if (id !== undefined) log.rows.change(id, { body: describe(log, (action as { payload?: unknown }).payload) })
}

/** Creates the tap that records into a log. `onChange` is called after each change. */
export const createTap = (log: ConnectionLog, onChange: () => void): Tap => ({
  onReceived: (frame) => {
    addReceived(log, frame)
    onChange()
  },
  onSent: (id, frame) => {
    addSent(log, id, frame)
    onChange()
  },
  onEvent: (event, phase) => {
    addPhase(log, phase)
    addEvent(log, event)
    onChange()
  },
  onCommand: (type) => {
    log.unnamed = []
    // The address of a connect may carry credentials: only the type is shown.
    if (!/\/(connect|reconnect|close)$/.test(type)) return
    log.rows.add({ at: now(), kind: 'event', title: type, body: '', bytes: null, severity: 'info' })
    onChange()
  },
  onCarriedOut: (action, entries, phase) => {
    addPhase(log, phase)
    addWaiting(log, entries)
    if (/\/send(Raw)?$/.test(String((action as { type?: unknown }).type))) nameDropped(log, action)
    onChange()
  },
})

/** Records the entry of the store when it has changed. Returns whether it has. */
export const addState = (log: ConnectionLog, state: SocketState): boolean => {
  if (state === log.state) return false
  const before: Record<string, unknown> = {}
  const after: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(state)) {
    const old = log.state?.[key as keyof SocketState]
    if (value === old) continue
    if (log.state) before[key] = old
    after[key] = value
  }
  log.state = state
  push(log.changes, { at: now(), before, after }, MAX_CHANGES)
  return true
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
