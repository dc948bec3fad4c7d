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

/** What is logged besides messages. `socketChanged` is not: it only repeats counters. */
const logged = [
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

/** The row for an action of the socket; `undefined` for every other action. */
export function describe(action: Action, at: number): NewRow | undefined {
  if (socketMessage.match(action)) return { kind: 'received', at, title: '', ...measure(action.payload) }
  if (socketSend.match(action)) return { kind: 'sent', at, title: '', ...measure(action.payload), ...fate(action.meta) }
  if (socketSendRaw.match(action)) {
    const { payload, meta } = action
    const size = typeof payload === 'string' ? byteLength(payload) : payload.byteLength
    return { kind: 'sent', at, title: '', body: JSON.stringify(payload), bytes: size, ...fate(meta) }
  }
  if (!logged.some((creator) => creator.match(action))) return undefined
  const { payload } = action as { payload?: unknown }
  return {
    kind: 'event',
    at,
    title: action.type,
    body: payload === undefined ? '' : JSON.stringify(payload),
    bytes: null,
  }
}

/** What has become of a send. */
const fate = ({ id = '', delivery = 'sent', reason }: SendMeta) => ({
  messageId: id,
  delivery,
  ...(reason === undefined ? {} : { reason }),
})

/**
 * The JSON of a message, and its length on the wire: the page's codec is `json()`, which writes exactly this. Of bytes there is
 * the handle, which says how many they were.
 */
function measure(message: unknown): Pick<NewRow, 'body' | 'bytes'> {
  const body = JSON.stringify(message)
  return { body, bytes: isHandle(message) ? message.byteLength : byteLength(body) }
}
