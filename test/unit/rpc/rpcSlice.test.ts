import { describe, expect, it } from '@jest/globals'
import { combineSlices, configureStore } from '@reduxjs/toolkit'
import { createSocketMiddleware, socketClosed } from '../../../src/index.js'
import {
  createRpcActions,
  getRpcSelectors,
  jsonRpc,
  rpcReducer,
  rpcSlice,
  selectPendingCount,
  selectSubscription,
  socketPush,
  socketRequest,
  socketRequestsChanged,
  socketSubscribe,
  socketUnsubscribe,
  socketSubscribed,
  type RpcState,
} from '../../../src/rpc/index.js'
import { takePrinted } from '../../support/leaks.js'
import { isDevelopment } from '../../support/mode.js'

const empty: RpcState = { pending: {}, subscriptions: {} }
const prices = createRpcActions({ name: 'prices' })
const news = { socket: 'default', channel: 'news', status: 'pending' as const }

describe('the slice of RPC', () => {
  it('begins empty, and reads as empty where it is not', () => {
    const state = { rpc: rpcReducer(undefined, { type: 'any' }) }
    expect(state.rpc).toEqual(empty)
    expect([selectPendingCount(state), selectPendingCount(state, 'prices'), selectSubscription(state, 'a')]).toEqual([
      0,
      0,
      undefined,
    ])
    const elsewhere = getRpcSelectors((root: { remote?: RpcState }) => root.remote)
    expect([elsewhere.selectPendingCount({}), elsewhere.selectSubscription({}, 'a')]).toEqual([0, undefined])
  })

  it('keeps connections apart', () => {
    let state = rpcReducer(empty, socketRequestsChanged({ pending: 2 }))
    state = rpcReducer(state, prices.requestsChanged({ pending: 5 }))
    expect([selectPendingCount({ rpc: state }), selectPendingCount({ rpc: state }, 'prices')]).toEqual([2, 5])
    state = {
      ...state,
      subscriptions: { a: { ...news, status: 'active' }, b: { ...news, socket: 'prices', status: 'active' } },
    }
    const closed = { code: 1006, reason: '', wasClean: false, at: 0, next: 'reconnecting' as const }
    const after = rpcReducer(state, socketClosed(closed))
    expect([after.subscriptions['a']?.status, after.subscriptions['b']?.status]).toEqual(['pending', 'active'])
  })

  it('changes nothing for what it does not know', () => {
    expect(rpcReducer(empty, socketSubscribed({ recovered: true, ids: ['unknown', '__proto__'] }))).toEqual(empty)
    expect(({} as { status?: unknown }).status).toBeUndefined()
    for (const action of [
      socketPush({ id: 'a', channel: 'b', data: 1 }),
      { type: 'socket/toString', meta: { socket: 'default' } },
    ]) {
      expect(rpcReducer(empty, action)).toBe(empty)
    }
  })

  it('goes into combineSlices', () => {
    expect(combineSlices(rpcSlice)(undefined, { type: 'any' })).toEqual({ rpc: empty })
  })

  it('is silent about ending what there is not, also without a middleware', () => {
    const store = configureStore({ reducer: { rpc: rpcReducer } })
    store.dispatch(socketUnsubscribe('gone') as never)
    expect(takePrinted()).toEqual([])
  })

  it.each([socketRequest('a'), socketSubscribe('a')])('warns of a command that nobody took: %j', (command) => {
    const store = configureStore({ reducer: { rpc: rpcReducer } })
    store.dispatch(command as never)
    const warning = expect.stringContaining('no middleware of that connection took it')
    expect(takePrinted()).toEqual(isDevelopment ? [warning] : [])
  })

  it('is set right in a microtask when it was rehydrated', async () => {
    const socket = createSocketMiddleware({ protocol: jsonRpc() })
    const rpc: RpcState = {
      pending: { default: 3, prices: 1 },
      subscriptions: { old: { ...news, status: 'active' }, other: { ...news, socket: 'prices' } },
    }
    const store = configureStore({
      reducer: { rpc: rpcReducer },
      preloadedState: { rpc },
      middleware: (defaults) => defaults().prepend(socket.middleware),
    })
    const id = store.dispatch(socketSubscribe('fresh'))
    await Promise.resolve()
    const { pending, subscriptions } = store.getState().rpc
    expect(pending).toEqual({ default: 0, prices: 1 })
    expect(Object.keys(subscriptions).toSorted()).toEqual(['other', id].toSorted())
  })
})
