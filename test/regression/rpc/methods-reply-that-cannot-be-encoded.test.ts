import { describe, expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenRpcStore } from '../../unit/rpc/harness.js'

useFakeTime()

// The server waited for the reply until its own timeout.
describe('a reply to the server that the codec cannot encode', () => {
  const start = async () => await setupOpenRpcStore({ rpcOptions: { methods: { big: () => 1n, fine: () => 1 } } })
  const internalError = (id: number) => ({ jsonrpc: '2.0', id, error: { code: -32603, message: 'Internal error' } })

  it('is an error reply instead', async () => {
    const store = await start()
    store.receiveJson({ jsonrpc: '2.0', id: 1, method: 'big' })
    expect(store.lastMessage()).toEqual(internalError(1))
    expect(store.errors()).toEqual(['encode_failed'])
  })

  it('is an error reply for its whole batch', async () => {
    const store = await start()
    store.receiveJson([1, 2].map((id) => ({ jsonrpc: '2.0', id, method: id === 1 ? 'big' : 'fine' })))
    await advanceTime(1)
    expect(store.lastMessage()).toEqual([internalError(1), internalError(2)])
  })
})
