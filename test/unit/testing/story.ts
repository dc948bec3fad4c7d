import { expect } from '@jest/globals'
import {
  selectSocketStatus,
  socketClosed,
  socketConnect,
  socketOpened,
  socketReconnecting,
} from '../../../src/index.js'
import { createFakeServer, expectAllClosed, manualClock, recordActions } from '../../../src/testing/index.js'
import { createChat, said } from './chatStore.js'

/** A reconnect, told step by step. It runs in several environments. */
export const tellReconnect = async (): Promise<string[]> => {
  const clock = manualClock()
  const server = createFakeServer()
  const chat = createChat({ WebSocket: server.WebSocket })
  const { store } = chat
  const recorder = recordActions(store)

  void store.dispatch(socketConnect())
  // With fake timers, the reconnect loop waits for one of 0 ms.
  await clock.advance(0)
  await recorder.next(socketOpened)
  await server.send(said('welcome'))
  await server.cut()
  const { payload } = await recorder.next(socketClosed)
  expect(payload.code).toBe(1006)
  await recorder.next(socketReconnecting)
  store.dispatch(said('still there?'))
  expect(server.received).toEqual([])

  await clock.advance('backoff')
  const { payload: opened } = await recorder.next(socketOpened)
  expect(opened.reconnected).toBe(true)
  expect(await server.next(said)).toEqual(said('still there?'))
  expect(selectSocketStatus(store.getState())).toBe('open')

  chat.dispose()
  expectAllClosed()
  return store.getState().lines
}
