import { createApi } from '@reduxjs/toolkit/query'
import { describe, expect, it } from '@jest/globals'
import { socketConnect } from '../../../src/index.js'
import { selectStream, socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import type { SocketServerSettings } from '../../../src/server/index.js'
import { createRpcStore } from '../../support/rpcStore.js'
import { startServer } from '../../server/support.js'

const createLinesApi = () => {
  const api = createApi({
    baseQuery: socketBaseQuery(),
    endpoints: (build) => ({
      getLines: build.query<number[], void>({
        query: () => 'lines',
        extraOptions: { position: true },
        onCacheEntryAdded: streamUpdates({
          api: (): StreamedApi => api,
          channel: 'lines',
          // It appends: what is in the data already would be doubled.
          apply: (lines, line: number) => void lines.push(line),
        }),
      }),
      getAnswer: build.query<unknown, void>({ query: () => 'lines' }),
      getNumber: build.query<unknown, void>({ query: () => 'number', extraOptions: { position: true } }),
    }),
  })
  return api
}

const serve = async (size: number, options: SocketServerSettings = {}) => {
  const running = await startServer(options)
  const { server } = running
  server.channel('lines', { history: { size, ttl: 60_000 } })
  const lines: number[] = []
  /** What the method waits for after it has read the data. */
  let gate: Promise<void> = Promise.resolve()
  let calls = 0
  server.methods({
    lines: async () => {
      calls++
      // Read in one task: they belong together.
      const at = server.position('lines')
      const data = [...lines]
      await gate
      return { data, at: await at }
    },
    number: () => 7,
  })
  return {
    ...running,
    [Symbol.asyncDispose]: running[Symbol.asyncDispose],
    lines,
    calls: () => calls,
    /** Adds a line and publishes it, in one task. */
    add: (count = 1) => {
      for (let index = 0; index < count; index++) {
        lines.push(lines.length + 1)
        void server.publish('lines', lines.length)
      }
    },
    close: () => {
      let open = (): void => {}
      gate = new Promise((resolve) => {
        open = resolve
      })
      return () => open()
    },
    cut: () => {
      for (const { ws } of server.connections) ws.terminate()
    },
  }
}

const open = async (url: string) => {
  const api = createLinesApi()
  const waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = []
  const store = createRpcStore({
    url,
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
  const { getLines } = api.endpoints
  const data = () => getLines.select()(store.app() as never).data
  const status = () => selectStream(store.app() as never, getLines)?.status
  const until = async (holds: () => boolean) =>
    holds() ? undefined : await new Promise<void>((resolve) => waiting.push({ holds, resolve }))
  return {
    api,
    dispatch: store.dispatch as unknown as (
      action: unknown,
    ) => Promise<{ data?: unknown; error?: unknown; meta?: unknown }>,
    data,
    load: () => void store.dispatch(getLines.initiate() as never),
    untilStatus: async (expected: string) => await until(() => status() === expected),
    /** Resolves when the stream is live and has so many lines. */
    untilLines: async (count: number) => await until(() => status() === 'live' && data()?.length === count),
    reset: () => store.dispatch(api.util.resetApiState()),
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

describe('a stream that is joined by position', () => {
  it('has every push once, from the first load on and over many cuts, with a single fetch', async () => {
    await using running = await serve(1_000)
    running.add(5)
    const store = await open(running.url)
    store.load()
    running.add(5)
    await store.untilLines(10)
    for (let round = 1; round <= 15; round++) {
      running.add(3)
      running.cut()
      running.add(4)
      await store.untilStatus('stale')
      running.add(3)
      await store.untilLines(10 + 10 * round)
      expect(store.data()).toEqual(running.lines)
    }
    expect(running.calls()).toBe(1)
    store.reset()
  })

  it('fetches once when the history does not reach back, and is exact again', async () => {
    await using running = await serve(2)
    const store = await open(running.url)
    store.load()
    running.add(3)
    await store.untilLines(3)
    running.cut()
    await store.untilStatus('stale')
    running.add(3)
    await store.untilLines(6)
    running.add(2)
    await store.untilLines(8)
    expect([store.data(), running.calls()]).toEqual([upTo(8), 2])
    store.reset()
  })

  it('puts only later pushes into a result that took its time', async () => {
    await using running = await serve(1_000)
    running.add(2)
    const release = running.close()
    const store = await open(running.url)
    store.load()
    const client = await running.connect()
    // The method has read the data by then.
    await client.request('subscribe', { channel: 'lines' })
    while (running.calls() === 0) await new Promise((resolve) => setImmediate(resolve))
    running.add(3)
    release()
    await store.untilLines(5)
    expect([store.data(), running.calls()]).toEqual([upTo(5), 1])
    store.reset()
  })

  it('goes on from the data when that is older than the subscription, without another fetch', async () => {
    let allow = (_isAllowed: boolean): void => {}
    const asked: unknown[] = []
    const first = new Promise<boolean>((resolve) => {
      allow = resolve
    })
    await using running = await serve(1_000, {
      authorizeChannel: async (_connection, channel) => {
        asked.push(channel)
        return await first
      },
    })
    running.add(2)
    const store = await open(running.url)
    store.load()
    while (store.data() === undefined) await new Promise((resolve) => setImmediate(resolve))
    running.add(3)
    allow(true)
    await store.untilLines(5)
    running.add()
    await store.untilLines(6)
    expect([store.data(), running.calls(), asked]).toEqual([upTo(6), 1, ['lines', 'lines']])
    store.reset()
  })
})

describe('the option "position" of an endpoint', () => {
  it('is needed for { data, at } to be read', async () => {
    await using running = await serve(10)
    const store = await open(running.url)
    const { getAnswer, getLines } = store.api.endpoints
    expect((await store.dispatch(getAnswer.initiate())).data).toEqual({
      data: [],
      at: { epoch: expect.any(String), offset: 0 },
    })
    expect((await store.dispatch(getLines.initiate())).data).toEqual([])
    store.reset()
  })

  it('fails with invalid_reply for an answer without a position', async () => {
    await using running = await serve(10)
    const store = await open(running.url)
    const { error } = await store.dispatch(store.api.endpoints.getNumber.initiate())
    expect(error).toMatchObject({ code: 'invalid_reply', message: 'Expected { data, at }, got 7.' })
    store.reset()
  })
})
