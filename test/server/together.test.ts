import { configureStore, createEntityAdapter, createSlice, type PayloadAction } from '@reduxjs/toolkit'
import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import {
  createSocketMiddleware,
  selectLastClose,
  selectSocketStatus,
  socketConnect,
  socketReducer,
  socketSend,
} from '../../src/index.js'
import { startServer, type TestServer } from './support.js'

interface Post {
  readonly id: number
  readonly title: string
}

const posts = createSlice({
  name: 'posts',
  initialState: [] as Post[],
  reducers: {
    create: (state, { payload }: PayloadAction<Post>) => {
      state.push(payload)
    },
    update: (state, { payload }: PayloadAction<Post>) => state.map((post) => (post.id === payload.id ? payload : post)),
  },
})

const storeFor = (running: TestServer) => {
  const socket = createSocketMiddleware({
    url: running.url,
    WebSocket,
    accept: [posts.actions.create, posts.actions.update],
    forward: /chat\/.+/,
    heartbeat: { interval: 1_000, timeout: 1_000 },
  })
  const store = configureStore({
    reducer: { socket: socketReducer, posts: posts.reducer },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
  const until = async (holds: (state: ReturnType<typeof store.getState>) => boolean) =>
    await new Promise<void>((resolve) => {
      if (holds(store.getState())) return resolve()
      const end = store.subscribe(() => {
        if (!holds(store.getState())) return
        end()
        resolve()
      })
    })
  return { store, until, [Symbol.dispose]: () => socket.dispose() }
}

describe('client and server together', () => {
  it('exchange actions: emit dispatches in the store, and socketSend calls onMessage', async () => {
    await using running = await startServer()
    const { server } = running
    server.onMessage('posts/wanted', (payload, sender) => {
      sender.emit('posts/create', { id: 1, title: payload })
      server.emit('posts/update', { id: 1, title: `${String(payload)}!` })
      server.emit('users/create', { id: 9 })
    })
    using app = storeFor(running)
    expect(await app.store.dispatch(socketConnect())).toBe('open')
    app.store.dispatch(socketSend({ type: 'posts/wanted', payload: 'hello' }))
    await app.until(({ posts: [post] }) => post?.title === 'hello!')
    expect(app.store.getState().posts).toEqual([{ id: 1, title: 'hello!' }])
  })

  it('convert { action, post } of one message to create and update actions of a sorted list', async () => {
    await using running = await startServer()
    const adapter = createEntityAdapter<Post>({ sortComparer: (one, other) => one.id - other.id })
    const list = createSlice({
      name: 'list',
      initialState: adapter.getInitialState(),
      reducers: {
        create: (state, { payload }: PayloadAction<Post>) => adapter.addOne(state, payload),
        update: (state, { payload }: PayloadAction<Post>) => adapter.setOne(state, payload),
      },
    })
    interface Change {
      readonly type: string
      readonly payload: { readonly action: 'create' | 'update'; readonly post: Post }
    }
    const socket = createSocketMiddleware({
      url: running.url,
      WebSocket,
      toActions: (message) => {
        const { type, payload } = message as Change
        return type === 'posts' ? list.actions[payload.action](payload.post) : undefined
      },
    })
    const store = configureStore({
      reducer: { socket: socketReducer, list: list.reducer },
      middleware: (defaults) => defaults().prepend(socket.middleware),
    })
    await store.dispatch(socketConnect())
    const updated = new Promise<void>((resolve) => {
      const end = store.subscribe(() => {
        if (store.getState().list.entities[2]?.title !== 'two!') return
        end()
        resolve()
      })
    })
    const { server } = running
    server.emit('posts', { action: 'create', post: { id: 2, title: 'two' } })
    server.emit('users', { action: 'create', post: { id: 9, title: 'a user' } })
    server.emit('posts', { action: 'create', post: { id: 1, title: 'one' } })
    server.emit('posts', { action: 'update', post: { id: 2, title: 'two!' } })
    await updated
    expect(adapter.getSelectors().selectAll(store.getState().list)).toEqual([
      { id: 1, title: 'one' },
      { id: 2, title: 'two!' },
    ])
    socket.dispose()
  })

  it('exchange actions that the store forwards', async () => {
    await using running = await startServer()
    const received = new Promise((resolve) => void running.server.onMessage('chat/said', resolve))
    using app = storeFor(running)
    await app.store.dispatch(socketConnect())
    app.store.dispatch({ type: 'chat/said', payload: 'hi', meta: { local: true } })
    expect(await received).toBe('hi')
  })

  it('end in the phase failed, with the reason, after a refusal', async () => {
    await using running = await startServer({ origin: [], params: undefined as never, authorize: () => false })
    using app = storeFor(running)
    const outcome = await app.store.dispatch(socketConnect())
    await app.until((state) => selectSocketStatus(state) === 'failed')
    expect(['open', 'failed']).toContain(outcome)
    expect(selectLastClose(app.store.getState())).toMatchObject({ code: 4401, reason: 'not signed in' })
  })

  it('reconnect after the graceful close of a server', async () => {
    const running = await startServer()
    using app = storeFor(running)
    await app.store.dispatch(socketConnect())
    await running.server.close()
    await app.until((state) => selectSocketStatus(state) === 'reconnecting')
    expect(selectLastClose(app.store.getState())).toMatchObject({ code: 1012 })
  })
})
