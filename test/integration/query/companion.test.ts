import type { ThunkDispatch, UnknownAction } from '@reduxjs/toolkit'
import { createApi } from '@reduxjs/toolkit/query'
import { afterEach, describe, expect, it } from '@jest/globals'
import { Server as RpcWebSocketsServer } from 'rpc-websockets'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { selectStream, socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import { rpcWebSocketsDialect, type RpcDialect } from '../../../src/rpc/index.js'
import { socketConnect } from '../../../src/index.js'
import { RpcError } from '../../../src/server/index.js'
import { createRpcStore } from '../../support/rpcStore.js'
import { startServer } from '../../server/support.js'

interface Post {
  readonly id: number
  readonly title: string
}

const disposers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const dispose of disposers.splice(0)) await dispose() // oxlint-disable-line no-await-in-loop
})

const api = createApi({
  baseQuery: socketBaseQuery(),
  endpoints: (build) => ({
    getPosts: build.query<Post[], void>({
      query: () => 'getPosts',
      onCacheEntryAdded: streamUpdates({
        api: (): StreamedApi => api,
        channel: 'posts',
        apply: (posts, post: Post) => {
          const at = posts.findIndex(({ id }) => id === post.id)
          posts.splice(at < 0 ? posts.length : at, 1, post)
        },
      }),
    }),
    rename: build.mutation<Post, Post>({
      query: (params) => ({ method: 'rename', params }),
      onQueryStarted: async (post, { dispatch, queryFulfilled }) => {
        const patch = dispatch(
          api.util.updateQueryData('getPosts', undefined, (posts) =>
            posts.map((one) => (one.id === post.id ? post : one)),
          ),
        )
        await queryFulfilled.catch(patch.undo)
      },
    }),
  }),
})

/** A store on a real socket. What is waited for is checked after every action. */
const open = async (url: string, dialect?: RpcDialect) => {
  const waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = []
  const store = createRpcStore({
    url,
    ...(dialect && { dialect }),
    reducer: { [api.reducerPath]: api.reducer },
    middleware: [
      api.middleware as never,
      () => (next) => (action) => {
        const result = next(action)
        for (const one of waiting.filter(({ holds }) => holds())) {
          waiting.splice(waiting.indexOf(one), 1)
          one.resolve()
        }
        return result
      },
    ],
  })
  await store.dispatch(socketConnect())
  const titles = () =>
    api.endpoints.getPosts
      .select()(store.app() as never)
      .data?.map(({ title }) => title)
  const status = () => selectStream(store.app() as never, api.endpoints.getPosts)?.status
  const until = async (holds: () => boolean) =>
    holds() ? undefined : await new Promise<void>((resolve) => waiting.push({ holds, resolve }))
  return {
    ...store,
    /** Removes all cache entries, and with them the timers of RTK Query. */
    reset: () => store.dispatch(api.util.resetApiState()),
    titles,
    status,
    untilTitles: async (...expected: string[]) => await until(() => String(titles()) === String(expected)),
    untilStatus: async (expected: string) => await until(() => status() === expected),
  }
}

describe('the companion server', () => {
  const serve = async () => {
    const running = await startServer()
    disposers.push(async () => await running[Symbol.asyncDispose]())
    const posts = new Map([[1, 'one']])
    const list = () => Array.from(posts, ([id, title]) => ({ id, title }))
    const set = (id: number, title: string) => {
      posts.set(id, title)
      void running.server.publish('posts', { id, title })
      return { id, title }
    }
    const calls: string[] = []
    running.server.methods({
      getPosts: () => {
        calls.push('getPosts')
        return list()
      },
      rename: ({ id, title }: Post, { connection }: { connection: { ws: { terminate: () => void } } }) => {
        if (title === '') throw new RpcError(4711, 'No title', { id })
        if (title === 'cut') {
          connection.ws.terminate()
          return null
        }
        return set(id, title)
      },
    } as never)
    const cut = () => {
      for (const { ws } of running.server.connections) (ws as { terminate: () => void }).terminate()
    }
    return { ...running, posts, calls, set, cut }
  }

  it('keeps a cache entry up to date, also when the connection is lost', async () => {
    const { url, set, posts, cut, calls } = await serve()
    const store = await open(url)
    void store.dispatch(api.endpoints.getPosts.initiate() as never)
    await store.untilStatus('live')
    set(2, 'two')
    await store.untilTitles('one', 'two')
    cut()
    await store.untilStatus('stale')
    posts.set(3, 'missed')
    await store.untilTitles('one', 'two', 'missed')
    await store.untilStatus('live')
    expect(calls).toHaveLength(2)
    set(1, 'ONE')
    await store.untilTitles('ONE', 'two', 'missed')
    store.reset()
  })

  it('causes an optimistic mutation to be rolled back when it refuses it, and when the connection is lost', async () => {
    const { url } = await serve()
    const store = await open(url)
    void store.dispatch(api.endpoints.getPosts.initiate() as never)
    await store.untilStatus('live')
    const rename = async (title: string) =>
      await (store.dispatch as ThunkDispatch<unknown, unknown, UnknownAction>)(
        api.endpoints.rename.initiate({ id: 1, title }),
      )
    const refused = rename('')
    expect(store.titles()).toEqual([''])
    expect(await refused).toMatchObject({ error: { code: 4711, message: 'No title', data: { id: 1 } } })
    await store.untilTitles('one')
    const cut = rename('cut')
    expect(store.titles()).toEqual(['cut'])
    expect(await cut).toMatchObject({ error: { code: 'disconnected' } })
    await store.untilTitles('one')
    await store.untilStatus('live')
    expect(await rename('two')).toEqual({ data: { id: 1, title: 'two' } })
    expect(store.titles()).toEqual(['two'])
    store.reset()
  })
})

describe('a server of the package rpc-websockets', () => {
  it('keeps a cache entry up to date', async () => {
    const http = createServer()
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const server = new RpcWebSocketsServer({ server: http })
    disposers.push(async () => {
      await server.close()
      await new Promise((resolve) => http.close(resolve))
    })
    const rows = [{ id: 1, title: 'one' }]
    server.register('getPosts', () => rows)
    server.event('posts')
    const store = await open(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`, rpcWebSocketsDialect)
    void store.dispatch(api.endpoints.getPosts.initiate() as never)
    await store.untilStatus('live')
    server.emit('posts', { id: 2, title: 'two' })
    await store.untilTitles('one', 'two')
    rows.push({ id: 3, title: 'missed' })
    for (const client of server.wss.clients) client.terminate()
    await store.untilStatus('stale')
    await store.untilTitles('one', 'missed')
    await store.untilStatus('live')
    expect(store.titles()).toEqual(['one', 'missed'])
    store.reset()
  })
})
