import { expect, it, jest } from '@jest/globals'
import { rpcWebSocketsDialect, socketSubscribe, socketSubscribed } from '../../../src/rpc/index.js'
import { setupOpenRpcStore, useFakeTime } from './harness.js'

useFakeTime()

const missed = { jsonrpc: '2.0', method: '$/missed', params: { recovered: false } }

it('$/missed of the server reports active subscriptions as subscribed again, with recovered: false', async () => {
  const store = await setupOpenRpcStore()
  const observer = { lost: jest.fn(), subscribed: jest.fn() }
  const id = store.dispatch(socketSubscribe('news', undefined, { observer }))
  store.answer('s1')
  const other = store.dispatch(socketSubscribe('sport'))
  store.receiveJson(missed)

  const reports = store.recorder.of(socketSubscribed).map(({ payload }) => payload)
  expect(reports).toEqual([
    { ids: [id], recovered: true },
    { ids: [id], recovered: false },
  ])
  expect([store.subscription(id)?.status, store.subscription(other)?.status]).toEqual(['active', 'pending'])
  expect(observer.lost).toHaveBeenCalledTimes(1)
  expect(observer.subscribed).toHaveBeenLastCalledWith('s1', false, undefined)
  store.push('s1', 'later')
  expect(store.pushed()).toEqual([])
})

it('$/missed is a message of the app under another dialect', async () => {
  const store = await setupOpenRpcStore({ rpcOptions: { dialect: rpcWebSocketsDialect } })
  store.receiveJson({ ...missed, jsonrpc: undefined })
  expect(store.recorder.of(socketSubscribed)).toEqual([])
})
