import { expect, it } from '@jest/globals'
import { socketClose, socketClosed, socketConnect, socketDropped, socketSend } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore } from '../../support/setupStore.js'

// React Native gives a close event without `wasClean`: it was undefined in the action and in the state.

useFakeTime()

type Listener = (event: object) => void

class ReactNativeWebSocket {
  static readonly sockets: ReactNativeWebSocket[] = []
  readyState = 0
  readonly protocol = ''
  binaryType = 'blob'
  readonly #listeners: Record<string, Listener> = {}
  constructor() {
    ReactNativeWebSocket.sockets.push(this)
  }
  addEventListener(type: string, listener: Listener) {
    this.#listeners[type] = listener
  }
  emit(type: string, event: object = {}) {
    this.#listeners[type]?.(event)
  }
  send() {}
  close(code: number, reason: string) {
    this.readyState = 3
    queueMicrotask(() => this.emit('close', { code, reason }))
  }
}

it('a close event without wasClean is not clean in socketClosed and in the state', async () => {
  const store = setupStore({ WebSocket: ReactNativeWebSocket })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  const socket = ReactNativeWebSocket.sockets.at(-1)
  Object.assign(socket!, { readyState: 1 }).emit('open')
  Object.assign(socket!, { readyState: 3 }).emit('close', { code: 1001, reason: 'bye' })
  const closed = { code: 1001, reason: 'bye', wasClean: false }
  expect(store.recorder.of(socketClosed).map(({ payload }) => payload)).toEqual([expect.objectContaining(closed)])
  expect(store.state().lastClose).toMatchObject(closed)
})

it('an answered close without wasClean shows that everything before it has arrived', async () => {
  const store = setupStore({ WebSocket: ReactNativeWebSocket })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  Object.assign(ReactNativeWebSocket.sockets.at(-1)!, { readyState: 1 }).emit('open')
  expect(store.dispatch(socketSend('last')).delivery).toBe('sent')
  await store.dispatch(socketClose(4000, 'bye'))
  expect(store.state()).toMatchObject({ status: 'closed', lastClose: { code: 4000, reason: 'bye', wasClean: false } })
  expect(store.recorder.count(socketDropped)).toBe(0)
})
