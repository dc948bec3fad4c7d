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
  socketSend,
} from '../../../src/index.js'
import { byteLength } from '../format.js'
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
] as const

/** The row for an action of the socket; `undefined` for every other action. */
export function describe(action: Action, at: number): NewRow | undefined {
  if (socketMessage.match(action)) return { kind: 'received', at, title: '', ...measure(action.payload) }
  if (socketSend.match(action)) {
    const { id = '', delivery = 'sent', reason } = action.meta
    const state = { messageId: id, delivery, ...(reason === undefined ? {} : { reason }) }
    return { kind: 'sent', at, title: '', ...measure(action.payload), ...state }
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

/** The JSON of a message, and its length on the wire: the page's codec is `json()`, which writes exactly this. */
function measure(message: unknown): Pick<NewRow, 'body' | 'bytes'> {
  const body = JSON.stringify(message)
  return { body, bytes: byteLength(body) }
}
