import { describe, expect, it } from '@jest/globals'
import { jsonRpc, selectPendingCount, selectSubscription, type RpcState } from '../../../src/rpc/index.js'
import { setupStore } from '../../support/setupStore.js'

// The state was read in a microtask, where only the runtime catches: Jest fails such a test.
describe('a state under "rpc" of another slice, or of another time', () => {
  it.each([{}, { pending: null, subscriptions: null }, { subscriptions: { a: null, b: 7 } }, 'a text', 7, null, [1]])(
    'is left alone: %j',
    async (rpc) => {
      const store = setupStore({ protocol: jsonRpc(), reducer: { rpc: (state: unknown = rpc) => state } })
      await new Promise((resolve) => setImmediate(resolve))
      expect(store.app()['rpc']).toBe(rpc)
    },
  )
})

describe('the selectors of rpc', () => {
  it.each(['constructor', '__proto__', 'toString'])('find no property of Object under %s', (name) => {
    const state: { rpc: RpcState } = { rpc: { pending: {}, subscriptions: {} } }
    expect([selectPendingCount(state, name), selectSubscription(state, name)]).toEqual([0, undefined])
  })
})
