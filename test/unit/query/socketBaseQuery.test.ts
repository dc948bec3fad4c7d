import { describe, expect, it } from '@jest/globals'
import { configureStore, type Middleware } from '@reduxjs/toolkit'
import { createApi, fetchBaseQuery, retry } from '@reduxjs/toolkit/query'
import { cbor } from '../../../src/codec/cbor.js'
import { createSocketActions, createSocketMiddleware, socketConnect } from '../../../src/index.js'
import { socketBaseQuery } from '../../../src/query/index.js'
import { createRpcActions, jsonRpc, socketRequest } from '../../../src/rpc/index.js'
import { sentence } from '../../support/mode.js'
import { setupQueryStore, setupOpenQueryStore, advanceTime, useFakeTime, type Post } from './harness.js'

useFakeTime()

const one: Post = { id: 1, title: 'one' }

/** An API of plain endpoints, without a stream. */
const createPlainApi = (baseQuery = socketBaseQuery()) =>
  createApi({
    baseQuery,
    tagTypes: ['Post'],
    endpoints: (build) => ({
      getPost: build.query<Post, number>({
        query: (id) => ({ method: 'getPost', params: { id } }),
        providesTags: ['Post'],
        keepUnusedDataFor: 0,
      }),
      getNews: build.query<string[] | null, void>({ query: () => 'getNews' }),
      getOnce: build.query<string, void>({ query: () => 'getOnce', extraOptions: { idempotent: false } }),
      getSoon: build.query<string, void>({ query: () => 'getSoon', extraOptions: { timeout: 50 } }),
      savePost: build.mutation<Post, Post>({
        query: (params) => ({ method: 'savePost', params }),
        invalidatesTags: ['Post'],
      }),
      putPost: build.mutation<Post, Post>({
        query: (params) => ({ method: 'putPost', params }),
        extraOptions: { idempotent: true },
      }),
    }),
  })

const open = async (options?: Parameters<typeof setupOpenQueryStore>[1], api = createPlainApi()) => {
  const store = await setupOpenQueryStore(api, options)
  return { ...store, api, ...api.endpoints }
}

describe('a query over the socket', () => {
  it('requests a method with params, or by its name alone', async () => {
    const store = await open()
    const post = store.run(store.getPost.initiate(1))
    const news = store.run(store.getNews.initiate())
    expect(store.sentMessages()).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'getPost', params: { id: 1 } },
      { jsonrpc: '2.0', id: 2, method: 'getNews' },
    ])
    store.answer(null, 2)
    store.answer(one, 1)
    expect((await post).data).toEqual(one)
    expect((await news).data).toBeNull()
  })

  it('is cached, and requested again after its tag is invalidated', async () => {
    const store = await open()
    const post = store.run(store.getPost.initiate(1))
    store.answerTo('getPost', one)
    await post
    await store.run(store.getPost.initiate(1))
    expect(store.sentMessages()).toHaveLength(1)
    const saved = store.run(store.savePost.initiate(one))
    store.answerTo('savePost', one)
    await saved
    await advanceTime(1)
    expect(store.requestsFor('getPost')).toHaveLength(2)
  })

  it('returns the server’s error as plain data, with its code', async () => {
    const store = await open()
    const post = store.run(store.getPost.initiate(1))
    store.refuseTo('getPost', { code: -32602, message: 'Invalid params', data: { issues: [] } })
    expect((await post).error).toEqual({ code: -32602, message: 'Invalid params', data: { issues: [] } })
    await expect(post.unwrap()).rejects.toEqual({ code: -32602, message: 'Invalid params', data: { issues: [] } })
  })

  it('asks the server to cancel it when it is aborted', async () => {
    const store = await open()
    const post = store.run(store.getPost.initiate(1))
    post.abort()
    expect(store.lastMessage()).toEqual({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } })
    expect((await post).error).toMatchObject({ name: 'AbortError' })
    store.answer(one, 1)
    await advanceTime(1)
    expect(store.pendingCount()).toBe(0)
  })

  it('is not sent when it is aborted while it waits for a connection', async () => {
    const api = createPlainApi()
    const store = setupQueryStore(api)
    const post = store.run(api.endpoints.getPost.initiate(1))
    post.abort()
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sentMessages()).toEqual([])
    await post
  })

  it('ends as request_timeout after the endpoint’s own timeout', async () => {
    const store = await open({}, createPlainApi(socketBaseQuery({ timeout: 1_000 })))
    const [post, soon] = [store.run(store.getPost.initiate(1)), store.run(store.getSoon.initiate())]
    await advanceTime(100)
    expect((await soon).error).toMatchObject({ code: 'request_timeout' })
    expect(store.pendingCount()).toBe(1)
    await advanceTime(1_000)
    expect((await post).error).toMatchObject({ code: 'request_timeout' })
  })

  it('is repeated after a lost connection, unless the endpoint says that it is not idempotent', async () => {
    const store = await open()
    const [post, once] = [store.run(store.getPost.initiate(1)), store.run(store.getOnce.initiate())]
    await store.reopen()
    expect((await once).error).toMatchObject({ code: 'disconnected' })
    expect(store.lastSocketMessages()).toMatchObject([{ method: 'getPost' }])
    store.answerTo('getPost', one)
    expect((await post).data).toEqual(one)
  })

  it('converts what another codec returns to plain data', async () => {
    const store = await open({ codec: cbor() })
    const receive = (value: unknown) => store.network.last.sendRaw(cbor().encode(value) as Uint8Array)
    const [post, news] = [store.run(store.getPost.initiate(1)), store.run(store.getNews.initiate())]
    receive({ jsonrpc: '2.0', id: 1, result: { at: new Date(0), big: 2n ** 64n, bytes: new Uint8Array(3) } })
    receive({ jsonrpc: '2.0', id: 2, error: { code: 1, message: 'no', data: { at: new Date(0) } } })
    expect((await post).data).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      big: '18446744073709551616',
      bytes: { byteLength: 3, type: '' },
    })
    expect((await news).error).toMatchObject({ data: { at: '1970-01-01T00:00:00.000Z' } })
  })

  it('ends with missing_feature for a result that is not plain data, without asyncFeature', async () => {
    const store = await open({ create: createSocketMiddleware, codec: cbor() })
    const post = store.run(store.getPost.initiate(1))
    store.network.last.sendRaw(
      cbor().encode({ jsonrpc: '2.0', id: 1, result: { at: new Map([['a', 1]]) } }) as Uint8Array,
    )
    expect((await post).error).toEqual({ code: 'missing_feature', message: expect.stringContaining('asyncFeature') })
  })

  it('is null when the result is undefined', async () => {
    const store = await open({ codec: cbor() })
    const news = store.run(store.getNews.initiate())
    store.network.last.sendRaw(cbor().encode({ jsonrpc: '2.0', id: 1, result: undefined }) as Uint8Array)
    expect(await news).toMatchObject({ data: null, isSuccess: true })
  })

  it('ends with no_protocol on a connection that does not speak JSON-RPC', async () => {
    const store = await open({ speaksRpc: false })
    const post = await store.run(store.getPost.initiate(1))
    expect(post.error).toMatchObject({ code: 'no_protocol', message: sentence(/"socket\/request"/) })
  })
})

describe('a middleware before the socket’s that throws', () => {
  it('fails the query with callback_failed', async () => {
    const api = createPlainApi()
    const refuse: Middleware = () => (next) => (action) => {
      if (socketRequest.match(action)) throw new TypeError('No requests today.')
      return next(action)
    }
    const { dispose, middleware } = createSocketMiddleware({ url: 'ws://a.example/', protocol: jsonRpc() })
    const store = configureStore({
      reducer: { [api.reducerPath]: api.reducer },
      middleware: (defaults) => defaults().prepend(refuse, middleware).concat(api.middleware),
    })
    const post = await store.dispatch(api.endpoints.getPost.initiate(1))
    expect(post.error).toEqual({ code: 'callback_failed', message: 'No requests today.' })
    store.dispatch(api.util.resetApiState())
    dispose()
  })
})

describe('a store without the middleware of the connection', () => {
  it('fails the query with no_protocol', async () => {
    const api = createPlainApi()
    const store = configureStore({
      reducer: { [api.reducerPath]: api.reducer },
      middleware: (defaults) => defaults({ serializableCheck: false }).concat(api.middleware),
    })
    const post = await store.dispatch(api.endpoints.getPost.initiate(1))
    expect(post.error).toMatchObject({
      code: 'no_protocol',
      message: sentence(/^No middleware of the connection "default" carried out "socket\/request"/),
    })
    store.dispatch(api.util.resetApiState())
  })
})

describe('a mutation over the socket', () => {
  it('is not repeated, unless its endpoint says that it is idempotent', async () => {
    const store = await open()
    const [saved, put] = [store.run(store.savePost.initiate(one)), store.run(store.putPost.initiate(one))]
    await store.reopen()
    expect(await saved).toMatchObject({ error: { code: 'disconnected' } })
    expect(store.lastSocketMessages()).toMatchObject([{ method: 'putPost' }])
    store.answerTo('putPost', one)
    expect(await put).toEqual({ data: one })
  })
})

describe('RTK Query’s own features', () => {
  it('work: retry() requests again after an error', async () => {
    const api = createApi({
      baseQuery: retry(socketBaseQuery(), { maxRetries: 1, backoff: async () => {} }),
      endpoints: (build) => ({
        getOne: build.query<number, void>({ query: () => 'getOne', extraOptions: { timeout: 50 } }),
      }),
    })
    const store = await setupOpenQueryStore(api)
    const got = store.run(api.endpoints.getOne.initiate())
    store.refuseTo('getOne', { code: 1, message: 'busy' })
    await advanceTime(1)
    store.answerTo('getOne', 7)
    expect((await got).data).toBe(7)
  })

  it('work: injected endpoints, and endpoints over HTTP beside those over the socket', async () => {
    const answer = new Response('["over HTTP"]', { headers: { 'content-type': 'application/json' } })
    const overHttp = fetchBaseQuery({ baseUrl: 'http://a.example', fetchFn: async () => await Promise.resolve(answer) })
    const api = createPlainApi().injectEndpoints({
      endpoints: (build) => ({
        getOld: build.query<string[], void>({
          queryFn: async (_arg, queryApi, options) => (await overHttp('/old', queryApi, options)) as { data: string[] },
        }),
        getLate: build.query<string, void>({ query: () => 'getLate' }),
      }),
    })
    const store = await setupOpenQueryStore(api)
    const late = store.run(api.endpoints.getLate.initiate())
    store.answerTo('getLate', 'here')
    expect((await late).data).toBe('here')
    expect((await store.run(api.endpoints.getOld.initiate())).data).toEqual(['over HTTP'])
    expect(store.sentMessages()).toHaveLength(1)
  })

  it('work on a named connection', async () => {
    const prices = createSocketActions('prices')
    const rpc = createRpcActions(prices)
    const api = createPlainApi(socketBaseQuery({ actions: rpc }))
    const store = setupQueryStore(api, { actions: prices })
    void store.dispatch(prices.connect())
    await advanceTime(1)
    const post = store.run(api.endpoints.getPost.initiate(1))
    store.answerTo('getPost', one)
    expect((await post).data).toEqual(one)
  })
})
