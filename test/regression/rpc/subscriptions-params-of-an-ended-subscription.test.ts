import { describe, expect, it } from '@jest/globals'
import { socketSubscribe, socketUnsubscribe, type RpcDialect } from '../../../src/rpc/index.js'
import { useFakeTime } from '../../support/fakeTime.js'
import { setupOpenRpcStore } from '../../unit/rpc/harness.js'

useFakeTime()

const dialect: RpcDialect = {
  isShared: true,
  subscribe: ({ channel, params }) => ({ method: 'on', params: { channel, params } }),
  unsubscribe: (channel) => ({ method: 'off', params: { channel } }),
}

describe('a server with one subscription for each channel', () => {
  it('gets the params of the subscription that came after the last one had ended', async () => {
    const store = await setupOpenRpcStore({ rpcOptions: { dialect } })
    const first = store.dispatch(socketSubscribe('news', { page: 1 }))
    store.answer(true)
    store.dispatch(socketUnsubscribe(first))
    store.dispatch(socketSubscribe('news', { page: 2 }))
    store.answer(true)
    expect(store.lastMessage()).toMatchObject({ method: 'on', params: { channel: 'news', params: { page: 2 } } })
  })
})
