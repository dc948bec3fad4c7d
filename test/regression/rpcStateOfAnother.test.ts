import { describe, expect, it } from '@jest/globals'
import { jsonRpc, selectPendingCount, selectSubscription, type RpcState } from '../../src/rpc/index.js'
import { setupStore } from '../support/setupStore.js'

// It was looked into in a microtask, where nobody catches but the runtime, or here the runner, which fails.
describe('a state under "rpc" that is not ours, or of another time', () => {
  it.each([{}, { pending: null, subscriptions: null }, { subscriptions: { a: null, b: 7 } }, 'a text', 7, null, [1]])(
    '%j breaks nothing',
    async (rpc) => {
      const store = setupStore({ protocol: jsonRpc(), reducer: { rpc: (state: unknown = rpc) => state } })
      await new Promise((resolve) => setImmediate(resolve))
      expect(store.app()['rpc']).toBe(rpc)
    },
  )
})

describe('the selectors', () => {
  it.each(['constructor', '__proto__', 'toString'])('find nothing of Object under %s', (name) => {
    const state: { rpc: RpcState } = { rpc: { pending: {}, subscriptions: {} } }
    expect([selectPendingCount(state, name), selectSubscription(state, name)]).toEqual([0, undefined])
  })
})
