import { expect, it } from '@jest/globals'
import { socketSendRaw } from '../../../src/actions/index.js'
import { socketDropped, socketSend } from '../../../src/index.js'
import { createSlowSchema } from '../../support/slowSchema.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

// Sends wait in the queue behind one whose async schema has not answered yet, although the connection is open. They were held to the bounds of a
// queue without a connection, and when the first one left the queue without being sent, those behind it stayed.

useFakeTime()

const open = async (
  options: StoreOptions = {},
): Promise<{ slow: ReturnType<typeof createSlowSchema>; store: TestStore }> => {
  const slow = createSlowSchema()
  return { slow, store: await setupOpenStore({ schema: { send: slow.schema }, ...options }) }
}
const drops = (store: TestStore) =>
  store.recorder.of(socketDropped).map(({ payload: { reason, ids } }) => [reason, ...ids])

it('a send behind a pending frame goes out in its turn without a queue', async () => {
  const { slow, store } = await open({ queue: false })
  store.dispatch(socketSend('a'))
  store.dispatch(socketSend('sync'))
  store.dispatch(socketSendRaw('raw'))
  await slow.pass('a')
  expect(drops(store)).toEqual([])
  expect(store.sent()).toEqual(['"a"', '"sync"', 'raw'])
})

it('a send behind a pending frame may be larger than the queue, as one that goes out at once may', async () => {
  const { slow, store } = await open({ queue: { maxBytes: 10 } })
  expect(store.dispatch(socketSend('sync but longer than ten'))).toMatchObject({ delivery: 'sent' })
  store.dispatch(socketSend('also longer than ten'))
  await slow.pass('also longer than ten')
  expect(drops(store)).toEqual([])
  expect(store.sent()).toHaveLength(2)
})

it('a send behind a pending frame goes out when the first one has expired', async () => {
  const { slow, store } = await open()
  store.dispatch(socketSend('a', { id: 'a', ttl: 100 }))
  store.dispatch(socketSend('sync'))
  await advanceTime(101)
  expect(drops(store)).toEqual([['expired', 'a']])
  expect(store.sent()).toEqual(['"sync"'])
  await slow.pass('a')
  expect(store.sent()).toEqual(['"sync"'])
})

it('a send behind a pending frame goes out when the first one was evicted', async () => {
  const { store } = await open({ queue: { maxMessages: 2, overflow: 'drop-oldest' } })
  store.dispatch(socketSend('a', { id: 'a' }))
  store.dispatch(socketSend('sync 1'))
  store.dispatch(socketSend('sync 2'))
  await advanceTime()
  expect(drops(store)).toEqual([['overflow', 'a']])
  expect(store.sent()).toEqual(['"sync 1"', '"sync 2"'])
})
