import { now } from '../internal/clock.js'
import { addPhase, type ConnectionLog } from './connectionLog.js'
import { addEvent } from './eventLog.js'
import { addReceived, addSent, addWaiting, changeSends, nameDropped } from './messageLog.js'
import type { Tap } from './tap.js'

const isSend = (type: string): boolean => /\/send(Raw)?$/.test(type)

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
    if (isSend(type)) log.unnamed = []
    // The address of a connect may carry credentials: only the type is shown.
    if (!/\/((re)?connect|close)$/.test(type)) return
    log.rows.add({ at: now(), kind: 'event', title: type, body: '', bytes: null, severity: 'info' })
    onChange()
  },
  onCarriedOut: (action, entries, phase) => {
    addPhase(log, phase)
    addWaiting(log, entries)
    const { type, payload } = action as { readonly type: string; readonly payload: { readonly ids: readonly string[] } }
    if (isSend(type)) nameDropped(log, payload)
    // A session dispatches it: it is no event of the connection.
    if (type.endsWith('/acknowledged')) changeSends(log, payload.ids, { delivery: 'acknowledged' })
    onChange()
  },
})
