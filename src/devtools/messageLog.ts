import type { Entry } from '../connection/sendQueue.js'
import type { DropReason } from '../connection/types.js'
import { byteLength, isBytes, sizeOfBytes, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { now } from '../internal/clock.js'
import { isControl, readControlFrame } from '../internal/sessionFrames.js'
import { MAX_MARKS, push, secondOf, type ConnectionLog } from './connectionLog.js'
import type { LogRow } from './types.js'

const bodyOf = (log: ConnectionLog, frame: Frame | ReceivedFrame): string => {
  if (typeof frame !== 'string') return `(${sizeOfBytes(frame)} bytes)`
  const control = isControl(frame) ? readControlFrame(frame) : undefined
  // Frames of a session carry its key.
  return control ? `(session: ${control.is})` : log.mask.message(frame)
}

/** Records a received frame. */
export const addReceived = (log: ConnectionLog, frame: ReceivedFrame): void => {
  const bytes = byteLength(frame)
  const second = secondOf(log)
  second.received++
  second.receivedBytes += bytes
  log.rows.add({ at: now(), kind: 'received', title: '', body: bodyOf(log, frame), bytes, severity: 'info' })
}

/** Records a frame that was passed to the socket: a new row, or the one of a send that waited. */
export const addSent = (log: ConnectionLog, id: string, frame: Frame): void => {
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
export const addWaiting = (log: ConnectionLog, entries: Iterable<Entry>): void => {
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

/** Changes the rows of sends. Returns the ids that have none. */
export const changeSends = (log: ConnectionLog, ids: readonly string[], change: Partial<LogRow>): Set<string> => {
  const left = new Set(ids)
  log.rows.changeAll(({ messageId = '' }) => {
    if (!left.delete(messageId)) return undefined
    log.waiting.delete(messageId)
    return change
  })
  return left
}

/** Records dropped sends. */
export const addDrop = (log: ConnectionLog, reason: DropReason, ids: readonly string[], count: number): void => {
  secondOf(log).dropped += count
  push(log.marks, { at: now(), kind: 'drop', label: String(count), severity: 'error' }, MAX_MARKS)
  const dropped = { delivery: 'dropped', reason, severity: 'error' } as const
  for (const messageId of changeSends(log, ids, dropped)) {
    const row = log.rows.add({ at: now(), kind: 'sent', title: '', body: '', bytes: null, messageId, ...dropped })
    push(log.unnamed, row, MAX_MARKS)
  }
}

/** The value of a send as it may be shown. */
const describe = (log: ConnectionLog, value: unknown): string => {
  if (isBytes(value)) return `(${sizeOfBytes(value)} bytes)`
  try {
    return log.mask.message(JSON.stringify(value))
  } catch {
    return '(not JSON)'
  }
}

/** A send that was dropped at once has no frame: its row shows the value of the command. */
export const nameDropped = (log: ConnectionLog, value: unknown): void => {
  const id = log.unnamed.at(-1)
  log.unnamed = []
  if (id !== undefined) log.rows.change(id, { body: describe(log, value) })
}
