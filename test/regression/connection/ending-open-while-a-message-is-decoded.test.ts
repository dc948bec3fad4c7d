import { expect, it } from '@jest/globals'
import {
  socketClose,
  socketClosed,
  socketConnect,
  socketDropped,
  socketMessage,
  socketSend,
  type Codec,
} from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, type TestStore } from '../../support/setupStore.js'

// The socket had closed, and the status was `open` for as long as a message that came before was still being decoded.

useFakeTime()

const slow: Codec = {
  encode: String,
  decode: (frame) => new Promise((resolve) => setTimeout(() => resolve(frame), 500)),
}

const setup = async (): Promise<TestStore> => {
  const store = await setupOpenStore({ codec: slow, reconnect: { backoff: () => 1_000 } })
  store.receive('last')
  await advanceTime(100)
  return store
}

const statusAtMessages = (store: TestStore): unknown[] => {
  const statuses: unknown[] = []
  store.store.subscribe(() => {
    if (store.recorder.count(socketMessage) > statuses.length) statuses.push(store.state().status)
  })
  return statuses
}

it('the status is not open once the socket has closed, and the message still arrives before the close', async () => {
  const store = await setup()
  const statuses = statusAtMessages(store)
  store.takeActions()
  store.network.last.cut()
  expect(store.state()).toMatchObject({ status: 'reconnecting', openedAt: null, retryAt: null })
  await advanceTime(400)
  await advanceTime(20)
  expect(statuses).toEqual(['reconnecting'])
  expect(store.takeActions().map(({ type }) => type)).toEqual([
    'socket/message',
    'socket/closed',
    'socket/reconnecting',
  ])
  expect(store.state()).toMatchObject({ status: 'reconnecting', attempt: 1 })
})

it('a send meanwhile waits for the next socket', async () => {
  const store = await setup()
  store.network.last.cut()
  expect(store.dispatch(socketSend('next')).delivery).toBe('queued')
  await advanceTime(1_600)
  expect(store.sent()).toEqual(['next'])
})

it('a connect meanwhile does not claim to be open', async () => {
  const store = await setup()
  store.network.last.cut()
  const connecting = store.dispatch(socketConnect())
  await advanceTime(500)
  await expect(connecting).resolves.toBe('reconnecting')
  expect(store.recorder.count(socketMessage)).toBe(1)
})

it('the status becomes closed when the server closed for good, and what waits is dropped', async () => {
  const store = await setup()
  store.network.last.close(1000)
  store.dispatch(socketSend('late', { id: 'late' }))
  await advanceTime(500)
  expect(store.state().status).toBe('closed')
  expect(store.recorder.of(socketDropped).map(({ payload }) => payload)).toEqual([
    { reason: 'closed', ids: ['late'], count: 1 },
  ])
})

it('a socketClose meanwhile ends at once, with the close of the network', async () => {
  const store = await setup()
  store.network.last.close(1012)
  await store.dispatch(socketClose())
  expect(store.state()).toMatchObject({ status: 'closed', lastClose: { code: 1012 } })
  await advanceTime(2_000)
  expect([store.recorder.count(socketMessage), store.recorder.count(socketClosed)]).toEqual([0, 1])
})
