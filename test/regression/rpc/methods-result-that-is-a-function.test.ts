import { describe, expect, it } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenRpcStore } from '../../unit/rpc/harness.js'

useFakeTime()

// JSON.stringify left "result" out, and the server waited for a reply until its own timeout.
describe('a method that returns a value which JSON leaves out', () => {
  it.each([
    ['a function', () => () => 1],
    ['a symbol', () => Symbol('s')],
    ['a promise of a function', async () => await Promise.resolve(() => 1)],
  ])('is answered with the internal error and reported when it returns %s', async (_name, method) => {
    const store = await setupOpenRpcStore({ rpcOptions: { methods: { method } } })
    store.receiveJson({ jsonrpc: '2.0', id: 1, method: 'method' })
    await advanceTime(1)
    expect(store.lastMessage()).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } })
    expect(store.errors()).toEqual(['callback_failed'])
  })
})
