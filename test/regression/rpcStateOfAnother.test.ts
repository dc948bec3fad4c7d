import { configureStore } from '@reduxjs/toolkit'
import { describe, expect, it } from '@jest/globals'
import { createSocketMiddleware, socketReducer } from '../../src/index.js'
import { jsonRpc, selectPendingCount, selectSubscription, type RpcState } from '../../src/rpc/index.js'

// It was looked into in a microtask, where nobody catches but the runtime, or here the runner, which fails.
describe('a state under "rpc" that is not ours, or of another time', () => {
  it.each([{}, { pending: null, subscriptions: null }, { subscriptions: { a: null, b: 7 } }, 'a text', 7, null, [1]])(
    '%j breaks nothing',
    async (rpc) => {
      const socket = createSocketMiddleware({ protocol: jsonRpc() })
      const store = configureStore({
        reducer: { socket: socketReducer, rpc: (state: unknown = rpc) => state },
        middleware: (defaults) => defaults().prepend(socket.middleware),
      })
      await new Promise((resolve) => setImmediate(resolve))
      socket.dispose()
      expect(store.getState().rpc).toBe(rpc)
    },
  )
})

describe('the selectors', () => {
  it.each(['constructor', '__proto__', 'toString'])('find nothing of Object under %s', (name) => {
    const state: { rpc: RpcState } = { rpc: { pending: {}, subscriptions: {} } }
    expect([selectPendingCount(state, name), selectSubscription(state, name)]).toEqual([0, undefined])
  })
})
