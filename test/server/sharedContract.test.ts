import { configureStore, createAction, createSlice, type PayloadAction } from '@reduxjs/toolkit'
import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { cbor } from '../../src/codec/cbor.js'
import { msgpack } from '../../src/codec/msgpack.js'
import {
  createSocketActions,
  json,
  selectSocketError,
  socketReducer,
  type Codec,
  createListening,
} from '../../src/index.js'
import { createSocketMiddleware } from '../support/allFeatures.js'
import { createSocketServer } from '../../src/server/index.js'
import { createQueue } from './support.js'

const post = z.object({ id: z.number(), title: z.string() })
type Post = z.infer<typeof post>

/** What a client sends and receives: the one definition that both ends have. */
const schema = {
  send: z.discriminatedUnion('type', [
    z.object({ type: z.literal('posts/wanted'), payload: z.string() }),
    z.object({ type: z.literal('posts/liked'), payload: z.number() }),
  ]),
  receive: z.discriminatedUnion('type', [
    z.object({ type: z.literal('posts/created'), payload: post }),
    z.object({ type: z.literal('posts/updated'), payload: post }),
  ]),
}

const posts = createSlice({
  name: 'posts',
  initialState: [] as Post[],
  reducers: {
    created: (state, { payload }: PayloadAction<Post>) => {
      state.push(payload)
    },
    updated: (state, { payload }: PayloadAction<Post>) => state.map((one) => (one.id === payload.id ? payload : one)),
  },
})
const liked = createAction<number>('posts/liked')

/** One definition of the codecs, too. */
const codecs = { json, cbor, msgpack } as const satisfies Record<string, () => Codec>

interface Setup {
  /** What each end is given. */
  readonly client: { readonly codec: Codec } | { readonly codecs: Codec[] }
  readonly server: Codec | Codec[]
}

const start = async ({ client: clientCodec, server: serverCodec }: Setup) => {
  const problems = createQueue<string>()
  const server = createSocketServer({
    port: 0,
    host: '127.0.0.1',
    codec: serverCodec,
    schema: { receive: schema.send, send: schema.receive },
    onError: ({ code }) => problems.push(code),
  })
  await server.ready
  const actions = createSocketActions({ name: 'live', schema })
  const socket = createSocketMiddleware({
    actions,
    url: `ws://127.0.0.1:${String(server.port)}`,
    WebSocket,
    ...clientCodec,
    accept: [posts.actions.created, posts.actions.updated],
    forward: [liked],
  })
  const store = configureStore({
    reducer: { socket: socketReducer, posts: posts.reducer },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
  return {
    server,
    problems,
    actions,
    store,
    until: async (holds: (state: ReturnType<typeof store.getState>) => boolean) =>
      await new Promise<void>((resolve) => {
        if (holds(store.getState())) return resolve()
        const end = store.subscribe(() => {
          if (!holds(store.getState())) return
          end()
          resolve()
        })
      }),
    [Symbol.asyncDispose]: async () => {
      socket.dispose()
      await server.close({ within: 0 })
    },
  }
}

const setups = Object.entries(codecs).flatMap(([name, make]): [string, Setup, string][] => [
  [`${name} alone`, { client: { codec: make() }, server: make() }, ''],
  // The first that the client offers.
  [
    `${name} of three`,
    { client: { codecs: [make(), cbor(), json(), msgpack()] }, server: [json(), cbor(), msgpack()] },
    name,
  ],
])

describe.each(setups)('client and server with one schema and the codec %s', (_, setup, protocol) => {
  it('send, forward, accept and listen to each other', async () => {
    await using app = await start(setup)
    const { actions, server, store } = app
    const likes = createQueue<[number, string]>()
    const listened = createQueue<string>()
    server.messages.forEach((message, sender) => {
      if (message.type === 'posts/liked') return likes.push([message.payload, sender.protocol])
      sender.send({ type: 'posts/created', payload: { id: 1, title: message.payload } })
      return server.broadcast({ type: 'posts/updated', payload: { id: 1, title: `${message.payload}!` } })
    })
    store.dispatch(
      createListening(actions).listen(
        ({ type }) => type === 'posts/updated',
        ({ payload }) => listened.push(payload.title),
      ),
    )
    expect(await store.dispatch(actions.connect())).toBe('open')
    store.dispatch(actions.send({ type: 'posts/wanted', payload: 'héllo' }))
    store.dispatch(liked(1))
    expect(await likes.next()).toEqual([1, protocol])
    expect(await listened.next()).toBe('héllo!')
    await app.until((state) => state.posts[0]?.title === 'héllo!')
    expect(store.getState().posts).toEqual([{ id: 1, title: 'héllo!' }])
    expect(app.problems.all).toEqual([])
  })

  it('report an invalid value where it is sent, and do not send it', async () => {
    await using app = await start(setup)
    const { actions, server, store } = app
    const added = createQueue<() => boolean>()
    // @ts-expect-error -- that is what a client sends
    server.on('add', ({ send }) => added.push(() => send({ type: 'posts/wanted', payload: 'x' })))
    await store.dispatch(actions.connect())
    // @ts-expect-error -- that is what a server sends
    const wrong = actions.send({ type: 'posts/created', payload: { id: 1, title: 'x' } })
    expect(store.dispatch(wrong)).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
    const sendInvalid = await added.next()
    expect(sendInvalid()).toBe(false)
    expect(app.problems.all).toEqual(['encode_failed'])
    expect(selectSocketError(store.getState(), 'live')).toMatchObject({ code: 'invalid_message' })
  })

  it('reject an invalid value that the other end sent unchecked', async () => {
    await using app = await start(setup)
    const { actions, server, store } = app
    const codec = 'codec' in setup.client ? setup.client.codec : setup.client.codecs[0]!
    const emitted = createQueue<unknown>()
    server.on('add', ({ sendRaw }) => emitted.push(sendRaw))
    server.messages.forEach(emitted.push)
    await store.dispatch(actions.connect())
    const sendRaw = (await emitted.next()) as (frame: never) => boolean
    const frame = await codec.encode({ type: 'posts/created', payload: { id: 'one' } })
    sendRaw(frame as never)
    await app.until((state) => selectSocketError(state, 'live')?.code === 'invalid_message')
    store.dispatch(actions.sendRaw(await codec.encode({ type: 'posts/created', payload: { id: 1, title: 'x' } })))
    expect(await app.problems.next()).toBe('invalid_message')
    expect(store.getState().posts).toEqual([])
    expect(emitted.all).toHaveLength(1)
  })
})
