import { describe, expect, it } from '@jest/globals'
import { combineReducers } from '@reduxjs/toolkit'
import { socketConnect, socketReducer } from '../../../src/index.js'
import { selectStream, type StreamSocketState } from '../../../src/query/index.js'
import { socketSubscribe, type RpcSocketState } from '../../../src/rpc/index.js'
import { createPostsApi, setupOpenQueryStore } from '../../unit/query/harness.js'
import { setupRpcStore, advanceTime, useFakeTime, type RpcTestStore } from '../../unit/rpc/harness.js'

useFakeTime()

/** The entry as an earlier page load left it: open, with a live subscription, a live stream and a request. */
const stale = {
  status: 'open',
  url: 'ws://localhost/ws',
  protocol: '',
  attempt: 0,
  retryAt: null,
  openedAt: 7,
  lastClose: null,
  error: null,
  queued: 2,
  buffered: 0,
  congested: false,
  latency: 5,
  pendingRequests: 3,
  subscriptions: { 'rpc:old:s1': { channel: 'news', status: 'active' } },
  streams: { 'getPosts("sea")': { id: 'old', status: 'live' } },
}
const preloadedState = { socket: { default: stale } }

const entryOf = (store: Pick<RpcTestStore, 'state'>) => store.state() as RpcSocketState & Partial<StreamSocketState>
const live = (store: Pick<RpcTestStore, 'state'>) => {
  const { status, pendingRequests, queued, streams, subscriptions } = entryOf(store)
  return { status, pendingRequests, queued, streams, subscriptions }
}
const nothing = { status: 'idle', pendingRequests: 0, queued: 0, streams: undefined, subscriptions: {} }

describe('an entry that was preloaded with the parts of another page load', () => {
  it('is put right by the next action of the app, before anything connects', () => {
    const store = setupRpcStore({ preloadedState })
    expect(live(store)).toMatchObject({ status: 'open' })
    store.dispatch({ type: 'any' })
    expect(live(store)).toEqual(nothing)
  })

  it('is put right by connecting and by subscribing', async () => {
    const store = setupRpcStore({ preloadedState })
    const id = store.dispatch(socketSubscribe('news'))
    expect(entryOf(store).subscriptions).toEqual({ [id]: { channel: 'news', status: 'pending' } })
    expect(entryOf(store).streams).toBeUndefined()
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.answer('s1')
    expect(entryOf(store).subscriptions).toEqual({ [id]: { channel: 'news', status: 'active' } })
    expect(entryOf(store).pendingRequests).toBe(0)
  })

  it('has the streams of this page load only', async () => {
    const api = createPostsApi()
    const store = await setupOpenQueryStore(api, { preloadedState })
    expect(selectStream(store.root(), 'getPosts', 'sea')).toBeUndefined()
    void store.run(api.endpoints.getPosts.initiate('sky'))
    await advanceTime(20)
    expect(Object.keys(store.streams())).toEqual(['getPosts("sky")'])
  })
})

describe('an entry that is rehydrated while the connection is open', () => {
  const rehydrating = () => {
    const plain = combineReducers({ socket: socketReducer })
    return (state: ReturnType<typeof plain> | undefined, action: { type: string }) =>
      action.type === 'persist/REHYDRATE' ? (preloadedState as never) : plain(state, action)
  }

  it('gets the subscriptions of this page load back with the same action', async () => {
    const store = setupRpcStore({ rootReducer: rehydrating() as never })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    const id = store.dispatch(socketSubscribe('news'))
    store.answer('s1')
    const before = live(store)
    expect(before.subscriptions).toEqual({ [id]: { channel: 'news', status: 'active' } })
    store.dispatch({ type: 'persist/REHYDRATE' })
    expect(live(store)).toEqual(before)
  })

  it('gets its streams back', async () => {
    const api = createPostsApi()
    const plain = combineReducers({ socket: socketReducer, [api.reducerPath]: api.reducer })
    const store = await setupOpenQueryStore(api, {
      rootReducer: ((state: ReturnType<typeof plain> | undefined, action: { type: string }) =>
        action.type === 'persist/REHYDRATE' ? { ...state, ...preloadedState } : plain(state, action)) as never,
    })
    void store.run(api.endpoints.getPosts.initiate('sea'))
    store.answerTo('subscribe', 's1')
    store.answerTo('getPosts', [])
    await advanceTime(20)
    const before = store.streams()
    expect(selectStream(store.root(), 'getPosts', 'sea')?.status).toBe('live')
    store.dispatch({ type: 'persist/REHYDRATE' })
    expect(store.streams()).toEqual(before)
  })
})
