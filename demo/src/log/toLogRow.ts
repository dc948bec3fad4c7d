import type { Action } from '@reduxjs/toolkit'
import {
  socketClose,
  socketClosed,
  socketConnect,
  socketConnecting,
  socketDropped,
  socketError,
  socketFailed,
  socketMessage,
  socketOpened,
  socketReconnect,
  socketReconnecting,
  socketReleased,
  socketSend,
  socketSendRaw,
  type SendMeta,
} from '../../../src/index.js'
import { byteLength } from '../format.js'
import { isHandle } from '../pictures/handle.js'
import type { NewRow } from './logSlice.js'

/** The actions that are logged besides messages. `socketChanged` is left out: it only updates counters. */
const events = [
  socketConnect,
  socketReconnect,
  socketClose,
  socketConnecting,
  socketOpened,
  socketError,
  socketClosed,
  socketReconnecting,
  socketFailed,
  socketDropped,
  socketReleased,
] as const

/** Returns the row for an action of the socket; `undefined` for every other action. */
export function toLogRow(action: Action, at: number): NewRow | undefined {
  if (socketMessage.match(action)) return { kind: 'received', at, title: '', ...measure(action.payload) }
  if (socketSend.match(action)) {
    return { kind: 'sent', at, title: '', ...measure(action.payload), ...deliveryOf(action.meta) }
  }
  if (socketSendRaw.match(action)) {
    const { payload, meta } = action
    const bytes = typeof payload === 'string' ? byteLength(payload) : payload.byteLength
    return { kind: 'sent', at, title: '', body: JSON.stringify(payload), bytes, ...deliveryOf(meta) }
  }
  if (!events.some((creator) => creator.match(action))) return undefined
  const { payload } = action as { payload?: unknown }
  return {
    kind: 'event',
    at,
    title: action.type,
    body: payload === undefined ? '' : JSON.stringify(payload),
    bytes: null,
  }
}

const deliveryOf = ({ id = '', delivery = 'sent', reason }: SendMeta) => ({
  messageId: id,
  delivery,
  ...(reason === undefined ? {} : { reason }),
})

/**
 * The JSON of a message and its length on the wire, which are the same text because the codec is `json()`. For bytes: the handle and
 * the length in it.
 */
function measure(message: unknown): Pick<NewRow, 'body' | 'bytes'> {
  const body = JSON.stringify(message)
  return { body, bytes: isHandle(message) ? message.byteLength : byteLength(body) }
}
