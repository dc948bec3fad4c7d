import { expect, it } from '@jest/globals'
import type { WebSocketClass } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// The WebSocket of Node 22 (undici 6) emits `error` and no `close` when an attempt fails, and its `readyState` stays 0: the attempt ended only at
// `connectTimeout`, with the wrong error.

useFakeTime()

type Listener = (event: object) => void

/** A WebSocket that emits what the test says. */
const createClass = (act: (emit: (type: string, event?: object) => void) => void) => {
  class ScriptedWebSocket {
    readonly readyState = 0
    readonly protocol = ''
    binaryType = 'blob'
    readonly #listeners: Record<string, Listener> = {}
    constructor() {
      setTimeout(() => act((type, event = {}) => this.#listeners[type]?.(event)), 3)
    }
    addEventListener(type: string, listener: Listener) {
      this.#listeners[type] = listener
    }
    send() {}
    close() {}
  }
  return ScriptedWebSocket as WebSocketClass
}

it('an attempt that emits only error ends at once with 1006, and the retry follows', async () => {
  const connection = setupConnection({ WebSocket: createClass((emit) => emit('error', { message: 'refused' })) })
  const connecting = connection.connect()
  await advanceTime(5)
  expect(connecting.outcome).toBe('reconnecting')
  expect(connection.takeTypes()).toEqual(['connecting', 'error', 'closed', 'reconnecting'])
  expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'connection_failed' })])
  expect(connection.eventsOf('closed')).toEqual([
    expect.objectContaining({ code: 1006, reason: '', wasClean: false, next: 'reconnecting' }),
  ])
})

it('an attempt that emits error, then close, closes once with what close says', async () => {
  const closed = { code: 1015, reason: 'bad certificate', wasClean: false }
  const connection = setupConnection({
    WebSocket: createClass((emit) => {
      emit('error')
      emit('close', closed)
    }),
  })
  connection.connect()
  await advanceTime(5)
  expect(connection.eventsOf('closed')).toEqual([expect.objectContaining(closed)])
})

it('an attempt whose WebSocket emits a second error when it is given up ends once', async () => {
  const connection = setupConnection({
    WebSocket: createClass((emit) => {
      emit('error')
      setTimeout(() => emit('error'), 1)
    }),
  })
  connection.connect()
  await advanceTime(10)
  expect(connection.takeTypes()).toEqual(['connecting', 'error', 'closed', 'reconnecting'])
})
