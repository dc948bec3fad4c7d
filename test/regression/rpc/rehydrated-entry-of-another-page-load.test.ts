import { describe, expect, it } from '@jest/globals'
import { combineReducers } from '@reduxjs/toolkit'
import { socketConnect, socketReducer } from '../../../src/index.js'
import { selectStream, type StreamSocketState } from '../../../src/query/index.js'
import { socketSubscribe, type RpcSocketState } from '../../../src/rpc/index.js'
import { createPostsApi, openQueryWorld } from '../../unit/query/harness.js'
import { createRpcWorld, passTime, useFakeTime, type RpcWorld } from '../../unit/rpc/harness.js'

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

const entryOf = (world: Pick<RpcWorld, 'state'>) => world.state() as RpcSocketState & Partial<StreamSocketState>
const live = (world: Pick<RpcWorld, 'state'>) => {
  const { status, pendingRequests, queued, streams, subscriptions } = entryOf(world)
  return { status, pendingRequests, queued, streams, subscriptions }
}
const nothing = { status: 'idle', pendingRequests: 0, queued: 0, streams: undefined, subscriptions: {} }

describe('an entry that was preloaded with the parts of another page load', () => {
  it('is put right by the next action of the app, before anything connects', () => {
    const world = createRpcWorld({ preloadedState })
    expect(live(world)).toMatchObject({ status: 'open' })
    world.dispatch({ type: 'any' })
    expect(live(world)).toEqual(nothing)
  })

  it('is put right by connecting and by subscribing', async () => {
    const world = createRpcWorld({ preloadedState })
    const id = world.dispatch(socketSubscribe('news'))
    expect(entryOf(world).subscriptions).toEqual({ [id]: { channel: 'news', status: 'pending' } })
    expect(entryOf(world).streams).toBeUndefined()
    void world.dispatch(socketConnect())
    await passTime(1)
    world.answer('s1')
    expect(entryOf(world).subscriptions).toEqual({ [id]: { channel: 'news', status: 'active' } })
    expect(entryOf(world).pendingRequests).toBe(0)
  })

  it('has the streams of this page load only', async () => {
    const api = createPostsApi()
    const world = await openQueryWorld(api, { preloadedState })
    expect(selectStream(world.root(), 'getPosts', 'sea')).toBeUndefined()
    void world.run(api.endpoints.getPosts.initiate('sky'))
    await passTime(20)
    expect(Object.keys(world.streams())).toEqual(['getPosts("sky")'])
  })
})

describe('an entry that is rehydrated while the connection is open', () => {
  const rehydrating = () => {
    const plain = combineReducers({ socket: socketReducer })
    return (state: ReturnType<typeof plain> | undefined, action: { type: string }) =>
      action.type === 'persist/REHYDRATE' ? (preloadedState as never) : plain(state, action)
  }

  it('gets the subscriptions of this page load back with the same action', async () => {
    const world = createRpcWorld({ rootReducer: rehydrating() as never })
    void world.dispatch(socketConnect())
    await passTime(1)
    const id = world.dispatch(socketSubscribe('news'))
    world.answer('s1')
    const before = live(world)
    expect(before.subscriptions).toEqual({ [id]: { channel: 'news', status: 'active' } })
    world.dispatch({ type: 'persist/REHYDRATE' })
    expect(live(world)).toEqual(before)
  })

  it('gets its streams back', async () => {
    const api = createPostsApi()
    const plain = combineReducers({ socket: socketReducer, [api.reducerPath]: api.reducer })
    const world = await openQueryWorld(api, {
      rootReducer: ((state: ReturnType<typeof plain> | undefined, action: { type: string }) =>
        action.type === 'persist/REHYDRATE' ? { ...state, ...preloadedState } : plain(state, action)) as never,
    })
    void world.run(api.endpoints.getPosts.initiate('sea'))
    world.answerTo('subscribe', 's1')
    world.answerTo('getPosts', [])
    await passTime(20)
    const before = world.streams()
    expect(selectStream(world.root(), 'getPosts', 'sea')?.status).toBe('live')
    world.dispatch({ type: 'persist/REHYDRATE' })
    expect(world.streams()).toEqual(before)
  })
})
