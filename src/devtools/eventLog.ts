import type { ConnectionEvent } from '../connection/hooks.js'
import { now } from '../internal/clock.js'
import type { SocketState } from '../state/socketState.js'
import { MAX_MARKS, push, secondOf, type ConnectionLog } from './connectionLog.js'
import { addDrop } from './messageLog.js'
import type { Severity, TimelineMark } from './types.js'

const MAX_CHANGES = 500

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

/** An error may quote a message, as that of JSON.parse does. */
const maskProblem = ({ mask }: ConnectionLog, payload: object): object => {
  const { message, excerpt } = payload as { readonly message?: string; readonly excerpt?: string }
  return {
    ...payload,
    ...(message !== undefined && { message: mask.sentence(message) }),
    ...(excerpt !== undefined && { excerpt: mask.message(excerpt) }),
  }
}

/** Records an event of the connection. */
export const addEvent = (log: ConnectionLog, event: ConnectionEvent): void => {
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
  const body = log.mask.message(JSON.stringify(maskProblem(log, payload)))
  log.rows.add({ at: now(), kind: 'event', title: `${log.prefix}/${type}`, body, bytes: null, severity })
}

/** Records the entry of the store when it has changed. Returns whether it has. */
export const addState = (log: ConnectionLog, entry: SocketState): boolean => {
  if (entry === log.entry) return false
  log.entry = entry
  const error = entry.error && (maskProblem(log, entry.error) as SocketState['error'])
  const state = error?.message === entry.error?.message ? entry : { ...entry, error }
  const before: Record<string, unknown> = {}
  const after: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(state)) {
    const old = log.state?.[key as keyof SocketState]
    // The same problem, reported again, is a new object.
    if (value === old || JSON.stringify(value) === JSON.stringify(old)) continue
    if (log.state) before[key] = old
    after[key] = value
  }
  log.state = state
  if (Object.keys(after).length) push(log.changes, { at: now(), before, after }, MAX_CHANGES)
  return true
}
