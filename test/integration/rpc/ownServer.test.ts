import { createServer } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { cbor } from '../../../src/codec/cbor.js'
import { msgpack } from '../../../src/codec/msgpack.js'
import { json, socketClose, socketConnect, socketOpened, type Codec } from '../../../src/index.js'
import {
  createRemote,
  socketBatch,
  socketNotify,
  socketPush,
  socketRequest,
  socketSubscribe,
  socketSubscribed,
  socketUnsubscribe,
} from '../../../src/rpc/index.js'
import {
  createSocketServer,
  RpcError,
  type CallContext,
  type ChannelContext,
  type SocketServer,
  type SocketServerSettings,
} from '../../../src/server/index.js'
import { createRpcStore } from '../../support/rpcStore.js'
import { createQueue, startServer, startOnHttp, type TestServer } from '../../server/support.js'

/** The functions of a server, and how the calls of `wait` ended. */
const createFunctions = () => {
  const aborted = createQueue<string>()
  const functions = {
    getPost: (id: number, { req }: CallContext) => ({ id, at: new Date(0), host: typeof req.headers.host }),
    add: ([a, b]: [number, number]) => a + b,
    echo: (params: unknown) => params,
    nothing: () => {},
    refuse: () => {
      throw new RpcError(403, 'not today', { why: ['it is Sunday'] })
    },
    crash: () => {
      throw new Error('a secret')
    },
    wait: async (name: string, { signal }: CallContext) =>
      await new Promise<string>((resolve) => {
        signal.addEventListener('abort', () => {
          aborted.push(name)
          resolve('too late')
        })
      }),
  }
  return { functions, aborted }
}

type Functions = ReturnType<typeof createFunctions>['functions']

const start = async (options: SocketServerSettings = {}) => {
  const { functions, aborted } = createFunctions()
  const running = await startServer(options)
  running.server.methods(functions)
  return { ...running, aborted }
}

const open = async (running: Pick<TestServer, 'url'>, options: Parameters<typeof createRpcStore>[0] = {}) => {
  const store = createRpcStore({ url: running.url, ...options })
  expect(await store.dispatch(socketConnect())).toBe('open')
  return store
}

const codecs: readonly (readonly [string, () => Codec])[] = [
  ['json', json],
  ['cbor', cbor],
  ['msgpack', msgpack],
]

describe.each(codecs)('the companion server, in %s', (_name, codec) => {
  const begin = async (options: SocketServerSettings = {}) => {
    const running = await start({ codec: codec(), ...options })
    return { ...running, store: await open(running, { codec: codec() }) }
  }

  it('replies with results, null, its own errors, and errors for a crash and an unknown method', async () => {
    await using setup = await begin()
    const { store } = setup
    const ask = async (method: string, params?: unknown) => await store.dispatch(socketRequest(method, params))
    expect(await ask('add', [1, 2])).toEqual({ data: 3 })
    expect(await ask('nothing')).toEqual({ data: null })
    expect(await ask('refuse')).toEqual({
      error: { code: 403, message: 'not today', data: { why: ['it is Sunday'] } },
    })
    expect(await ask('crash')).toEqual({ error: { code: -32603, message: 'Internal error' } })
    expect(await ask('unknown')).toEqual({ error: { code: -32601, message: 'Method not found' } })
  })

  it('pushes to a subscription, and stops its producer when that is ended and when the client has left', async () => {
    const stopped = createQueue<unknown>()
    await using setup = await begin({
      channels: {
        ticks: (params: { from: number }, { push, signal }: ChannelContext) => {
          push(params.from)
          push(params.from + 1)
          signal.addEventListener('abort', () => stopped.push(params.from))
        },
      },
    })
    const { store } = setup
    const id = store.dispatch(socketSubscribe('ticks', { from: 7 }))
    const pushes = await store.recorder.takeMany(2, socketPush)
    expect(pushes.map(({ payload }) => payload)).toEqual([
      { id, channel: 'ticks', data: 7 },
      { id, channel: 'ticks', data: 8 },
    ])
    expect(store.subscription(id)?.status).toBe('active')
    store.dispatch(socketUnsubscribe(id))
    expect(await stopped.next()).toBe(7)
    store.dispatch(socketSubscribe('ticks', { from: 70 }))
    await store.recorder.takeMany(2, socketPush)
    void store.dispatch(socketClose())
    expect(await stopped.next()).toBe(70)
  })

  it('replies to a batch of requests and notifications', async () => {
    const received = createQueue<unknown>()
    await using setup = await begin()
    const { store, server } = setup
    server.methods({ log: (params: unknown) => received.push(params) })
    const [sum, log, refused] = store.dispatch(
      socketBatch([socketRequest('add', [1, 2]), socketNotify('log', ['a']), socketRequest('refuse')]),
    )
    expect([await sum, log, await refused]).toMatchObject([{ data: 3 }, { delivery: 'sent' }, { error: { code: 403 } }])
    store.dispatch(socketBatch([socketNotify('log', ['b']), socketNotify('log', ['c'])]))
    expect([await received.next(), await received.next(), await received.next()]).toEqual([['a'], ['b'], ['c']])
  })

  it('requests from the client, and gets its result or its error', async () => {
    await using running = await start({ codec: codec() })
    const store = await open(running, {
      codec: codec(),
      methods: {
        whoAreYou: (params: { title: string }) => ({ name: `${params.title} Ann` }),
        double: (value: number) => value * 2,
        refuse: () => {
          throw Object.assign(new Error('not you'), { code: 7, data: [1] })
        },
      },
    })
    const [connection] = [...running.server.connections]
    expect(await connection!.request('whoAreYou', { title: 'Dr' })).toEqual({ name: 'Dr Ann' })
    expect(await connection!.request('double', 21)).toBe(42)
    await expect(connection!.request('refuse')).rejects.toMatchObject({ code: 7, message: 'not you', data: [1] })
    await expect(connection!.request('nothing')).rejects.toMatchObject({ code: -32601 })
    expect(store.recorder.types).not.toContain('socket/error')
  })
})

describe('a call of the server’s functions', () => {
  /** A server whose functions can be called over the socket and by HTTP. */
  const startBoth = async (options: SocketServerSettings = {}) => {
    const { functions, aborted } = createFunctions()
    let server: SocketServer | undefined
    const http = createServer((req, res) => void server?.handleHttp(req, res))
    const running = await startOnHttp(http, options, '/ws')
    server = running.server
    server.methods(functions)
    return { ...running, url: `${running.url}/ws`, aborted }
  }
  const remoteOf = (origin: string, way: 'socket' | 'http') =>
    createRemote<Functions>({ overSocket: way === 'socket' ? /.*/ : [], http: `${origin}/rpc`, timeout: 2_000 })

  it.each(['socket', 'http'] as const)('has the same results and errors over %s', async (way) => {
    await using running = await startBoth()
    const store = await open(running)
    const remote = remoteOf(running.origin, way)
    const post = await store.dispatch(remote.getPost(1)).unwrap()
    const at: string = post.at
    expect({ ...post, at }).toEqual({ id: 1, at: '1970-01-01T00:00:00.000Z', host: 'string' })
    expect(await store.dispatch(remote.add([1, 2]))).toEqual({ data: 3 })
    for (const value of [0, '', false, null, 'text', [], { a: [1] }]) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await store.dispatch(remote.echo(value))).toEqual({ data: value })
    }
    expect(await store.dispatch(remote.nothing())).toEqual({ data: null })
    expect(await store.dispatch(remote.refuse())).toEqual({
      error: { code: 403, message: 'not today', data: { why: ['it is Sunday'] } },
    })
    expect(await store.dispatch(remote.crash())).toEqual({ error: { code: -32603, message: 'Internal error' } })
    const unknown = createRemote<{ unknown: () => void }>({
      overSocket: way === 'socket' ? /.*/ : [],
      http: `${running.origin}/rpc`,
    })
    expect(await store.dispatch(unknown.unknown())).toEqual({ error: { code: -32601, message: 'Method not found' } })
    expect(await store.dispatch(remote.echo(1n))).toMatchObject({ error: { code: 'invalid' } })
  })

  it.each(['socket', 'http'] as const)('stops at the server when it is aborted, over %s', async (way) => {
    await using running = await startBoth()
    const store = await open(running)
    const call = store.dispatch(remoteOf(running.origin, way).wait('aborted'))
    // The server gets it before it replies to the next one.
    await store.dispatch(remoteOf(running.origin, way).nothing())
    call.abort()
    expect(await call).toMatchObject({ error: { code: 'request_aborted' } })
    expect(await running.aborted.next()).toBe('aborted')
  })

  it.each(['socket', 'http'] as const)('stops at the server when it times out, over %s', async (way) => {
    await using running = await startBoth()
    const store = await open(running)
    const remote = createRemote<Functions>({
      overSocket: way === 'socket' ? /.*/ : [],
      http: `${running.origin}/rpc`,
      timeout: 100,
    })
    expect(await store.dispatch(remote.wait('late'))).toMatchObject({ error: { code: 'request_timeout' } })
    expect(await running.aborted.next()).toBe('late')
  })
})

describe('a request to the companion server', () => {
  it('stops there when the connection is closed', async () => {
    await using running = await start()
    const store = await open(running)
    const request = store.dispatch(socketRequest('wait', 'cut'))
    await store.dispatch(socketRequest('nothing'))
    void store.dispatch(socketClose())
    expect(await request).toMatchObject({ error: { code: 'disconnected' } })
    expect(await running.aborted.next()).toBe('cut')
  })

  it('gets its own reply, as one of ten thousand', async () => {
    await using running = await start({ rate: false, maxPending: 10_000 })
    const store = await open(running)
    const results = await Promise.all(
      Array.from(
        { length: 10_000 },
        async (_none, index) => await store.dispatch(socketRequest('echo', [index], { timeout: 50_000 })),
      ),
    )
    expect(results.every(({ data }, index) => (data as number[])[0] === index)).toBe(true)
    await store.until(() => store.pendingCount() === 0)
  }, 60_000)
})

describe('a channel of the companion server', () => {
  it('fails with the server’s error when it is refused', async () => {
    await using running = await start({ authorizeChannel: (_connection, channel) => channel !== 'secret' })
    const store = await open(running)
    const id = store.dispatch(socketSubscribe('secret'))
    await store.until(() => store.subscription(id)?.status === 'failed')
    expect(store.subscription(id)?.error).toEqual({
      code: -32003,
      message: 'Subscribing to this channel is not allowed',
    })
  })

  it('fails when its producer fails, and is not subscribed to again', async () => {
    let runs = 0
    await using running = await start({
      channels: {
        broken: async (_params: undefined, { push }: ChannelContext) => {
          runs++
          push('one')
          await Promise.resolve()
          throw new RpcError(17, 'out of paper', { tray: 2 })
        },
      },
    })
    const store = await open(running)
    const id = store.dispatch(socketSubscribe('broken'))
    await store.until(() => store.subscription(id)?.status === 'failed')
    expect(store.subscription(id)?.error).toEqual({ code: 17, message: 'out of paper', data: { tray: 2 } })
    expect(store.recorder.of(socketPush).map(({ payload }) => payload)).toEqual([
      { id, channel: 'broken', data: 'one' },
    ])
    for (const { ws } of running.server.connections) ws.terminate()
    await store.until(({ status }) => status === 'reconnecting')
    await store.until(({ status }) => status === 'open')
    await store.dispatch(socketRequest('nothing'))
    expect(runs).toBe(1)
  })

  it('reaches each subscription once', async () => {
    await using running = await start()
    const [one, two] = [await open(running), await open(running)]
    const ids = [one.dispatch(socketSubscribe('news')), one.dispatch(socketSubscribe('news'))]
    const other = two.dispatch(socketSubscribe('news'))
    await one.recorder.takeMany(2, socketSubscribed)
    await two.recorder.take(socketSubscribed)
    await one.dispatch(socketRequest('nothing'))
    await two.dispatch(socketRequest('nothing'))
    expect(await running.server.publish('news', { wave: 1 })).toEqual({ reached: 3 })
    const received = await one.recorder.takeMany(2, socketPush)
    expect(received.map(({ payload }) => payload)).toEqual(
      ids.map((id) => ({ id, channel: 'news', data: { wave: 1 } })),
    )
    expect((await two.recorder.take(socketPush)).payload).toMatchObject({ id: other })
  })
})

describe('a subscription with "resume"', () => {
  it('continues from its last push after a reconnect, and reports whether that was enough', async () => {
    const log = ['a', 'b', 'c', 'd']
    await using running = await start({
      channels: {
        log: ({ since }: { since: number }, { push }: ChannelContext) => {
          // Two at a time, so that some are left for the time after the cut.
          for (const [at, line] of log.entries()) if (at > since && at <= since + 2) push({ at, line })
        },
      },
    })
    const store = await open(running)
    const id = store.dispatch(
      socketSubscribe('log', { since: -1 }, { resume: ({ last }) => ({ since: (last as { at: number }).at }) }),
    )
    await store.recorder.takeMany(2, socketPush)
    expect((await store.recorder.take(socketSubscribed)).payload).toEqual({ ids: [id], recovered: true })
    for (const { ws } of running.server.connections) ws.terminate()
    const missed = await store.recorder.takeMany(2, socketPush)
    expect(missed.map(({ payload }) => payload.data)).toEqual([
      { at: 2, line: 'c' },
      { at: 3, line: 'd' },
    ])
    expect((await store.recorder.take(socketSubscribed)).payload).toEqual({ ids: [id], recovered: false })
  })
})

describe('the companion server, restarted on its port', () => {
  it('gets the handshake, each live subscription once, the repeated requests, and then the queue', async () => {
    const { functions } = createFunctions()
    const first = await startServer()
    first.server.methods({ ...functions, get: async () => await new Promise(() => {}) })
    const store = createRpcStore({
      url: first.url,
      reconnect: { backoff: () => 20 },
      handshake: ({ send }) => send({ type: 'hello' }),
    })
    await store.dispatch(socketConnect())
    const kept = store.dispatch(socketSubscribe('news'))
    const ended = store.dispatch(socketSubscribe('gone'))
    await store.recorder.takeMany(2, socketSubscribed)
    await store.recorder.take(socketOpened)
    store.dispatch(socketUnsubscribe(ended))
    const again = store.dispatch(socketRequest('get', undefined, { idempotent: true }))
    const lost = store.dispatch(socketRequest('get'))
    await store.dispatch(socketRequest('nothing'))
    for (const { ws } of first.server.connections) ws.terminate()
    expect(await lost).toMatchObject({ error: { code: 'disconnected' } })
    await first[Symbol.asyncDispose]()
    store.dispatch(socketNotify('queued'))

    const second = createSocketServer({ port: first.port, host: '127.0.0.1' })
    const order: string[] = []
    second.on('add', ({ ws }) => {
      ws.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { type?: string; method?: string; params?: { channel?: string } }
        order.push(message.type ?? message.params?.channel ?? message.method ?? 'nothing')
      })
    })
    second.methods({ get: () => 'there', queued: () => {} })
    await second.ready
    try {
      await store.recorder.take(socketOpened)
      expect(await again).toEqual({ data: 'there' })
      await store.until(() => store.subscription(kept)?.status === 'active')
      await store.dispatch(socketRequest('get'))
      expect(order).toEqual(['hello', 'news', 'get', 'queued', 'get'])
      expect(await second.publish('news', 1)).toEqual({ reached: 1 })
      expect((await store.recorder.take(socketPush)).payload).toEqual({ id: kept, channel: 'news', data: 1 })
    } finally {
      await second.close({ within: 0 })
    }
  })
})
