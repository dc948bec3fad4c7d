import { createServer } from 'node:http'
import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { Server as JaysonServer } from 'jayson'
import { Server as RpcWebSocketsServer } from 'rpc-websockets'
import { socketConnect, socketError, socketOpened } from '../../../src/index.js'
import {
  createRemote,
  ethDialect,
  rpcWebSocketsDialect,
  socketBatch,
  socketNotify,
  socketPush,
  socketRequest,
  socketSubscribe,
  socketSubscribed,
  socketUnsubscribe,
} from '../../../src/rpc/index.js'
import { createRpcStore } from '../../support/rpcStore.js'
import { startRpcServer, startSocketServer } from '../../support/rpcServers.js'

const disposers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const dispose of disposers.splice(0)) await dispose() // oxlint-disable-line no-await-in-loop
})

describe('a server of the package rpc-websockets', () => {
  const start = async () => {
    const http = createServer()
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    const server = new RpcWebSocketsServer({ server: http })
    server.register('sum', (params) => {
      const [a, b] = params as unknown as [number, number]
      return a + b
    })
    server.register('fail', () => {
      throw new Error('it failed')
    })
    const received: unknown[] = []
    server.register('log', (params) => void received.push(params))
    server.event('feed')
    disposers.push(async () => {
      await server.close()
      await new Promise((resolve) => http.close(resolve))
    })
    const cut = () => {
      for (const client of server.wss.clients) client.terminate()
    }
    return { server, received, cut, url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}` }
  }

  it('replies to requests, also with errors', async () => {
    const { url, received } = await start()
    const store = createRpcStore({ url, dialect: rpcWebSocketsDialect })
    await store.dispatch(socketConnect())
    store.dispatch(socketNotify('log', ['hello']))
    await expect(store.dispatch(socketRequest('sum', [1, 2]))).resolves.toEqual({ data: 3 })
    await expect(store.dispatch(socketRequest('fail'))).resolves.toMatchObject({ error: { code: expect.any(Number) } })
    await expect(store.dispatch(socketRequest('nothing'))).resolves.toMatchObject({ error: { code: -32601 } })
    expect(received).toEqual([['hello']])
  })

  it('pushes its events to all subscriptions, also after a reconnect', async () => {
    const { server, url, cut } = await start()
    const store = createRpcStore({ url, dialect: rpcWebSocketsDialect })
    await store.dispatch(socketConnect())
    const [first, second] = [store.dispatch(socketSubscribe('feed')), store.dispatch(socketSubscribe('feed'))]
    await store.recorder.take(socketSubscribed)
    server.emit('feed', 'a', 1)
    const payloads = (await store.recorder.takeMany(2, socketPush)).map(({ payload }) => payload)
    expect(payloads).toEqual([first, second].map((id) => ({ id, channel: 'feed', data: ['a', 1] })))

    cut()
    await store.recorder.take(socketSubscribed)
    store.dispatch(socketUnsubscribe(first))
    server.emit('feed', 'b')
    expect((await store.recorder.take(socketPush)).payload).toEqual({ id: second, channel: 'feed', data: ['b'] })

    const bad = store.dispatch(socketSubscribe('nothing'))
    await store.until(() => store.subscription(bad)?.status === 'failed')
    expect(store.subscription(bad)?.error?.message).toBe('provided event invalid')
  })

  it('is subscribed to in the end when an event is left and joined before the reply', async () => {
    const { server, url } = await start()
    const store = createRpcStore({ url, dialect: rpcWebSocketsDialect })
    await store.dispatch(socketConnect())
    const first = store.dispatch(socketSubscribe('feed'))
    await store.recorder.take(socketSubscribed)
    store.dispatch(socketUnsubscribe(first))
    const second = store.dispatch(socketSubscribe('feed'))
    await store.recorder.take(socketSubscribed)
    server.emit('feed', 'there')
    expect((await store.recorder.take(socketPush)).payload).toMatchObject({ id: second })
  })
})

describe('a server of the package jayson', () => {
  const start = async () => {
    const server = await startSocketServer()
    disposers.push(server[Symbol.asyncDispose])
    const replies = new EventEmitter()
    const jayson = new JaysonServer({
      add: ([a, b]: [number, number], done: (error: unknown, result?: number) => void) => {
        done(null, a + b)
        replies.emit('add')
      },
      count: (params: unknown[], done: (error: unknown, result?: number) => void) => done(null, params.length),
      // Replies after the next `add`.
      slow: (_params: unknown, done: (error: unknown, result?: string) => void) =>
        void replies.once('add', () => done(null, 'slow')),
      refuse: (_params: unknown, done: (error: unknown) => void) =>
        done({ code: 42, message: 'no', data: { why: 'because' } }),
    })
    // Its typings leave the method out.
    const { websocket } = jayson as unknown as { websocket: (options: object) => unknown }
    websocket.call(jayson, { wss: server.wss })
    return server
  }

  it('replies to requests out of order, with errors and their data', async () => {
    const { url } = await start()
    const store = createRpcStore({ url, dialect: {} })
    await store.dispatch(socketConnect())
    const order: string[] = []
    const slow = store.dispatch(socketRequest('slow', []))
    const quick = store.dispatch(socketRequest('add', [1, 2]))
    void slow.then(() => order.push('slow'))
    void quick.then(() => order.push('quick'))
    expect(await Promise.all([slow, quick])).toEqual([{ data: 'slow' }, { data: 3 }])
    expect(order).toEqual(['quick', 'slow'])
    await expect(store.dispatch(socketRequest('refuse', []))).resolves.toEqual({
      error: { code: 42, message: 'no', data: { why: 'because' } },
    })
    await expect(store.dispatch(socketRequest('nothing', []))).resolves.toMatchObject({ error: { code: -32601 } })
  })

  it('replies to a batch without its notifications', async () => {
    const { url } = await start()
    const store = createRpcStore({ url, dialect: {} })
    await store.dispatch(socketConnect())
    const [slow, , sum, refused] = store.dispatch(
      socketBatch([
        socketRequest('slow', []),
        socketNotify('add', [0, 0]),
        socketRequest('add', [1, 2]),
        socketRequest('refuse', []),
      ]),
    )
    expect(await Promise.all([slow, sum, refused])).toMatchObject([
      { data: 'slow' },
      { data: 3 },
      { error: { code: 42 } },
    ])
  })

  it('refuses params that are neither an object nor a list, and accepts a list of one', async () => {
    const { url } = await start()
    const store = createRpcStore({ url, dialect: {} })
    await store.dispatch(socketConnect())
    const bare = store.dispatch(socketRequest('add', 1))
    // Its reply has no id.
    expect((await store.recorder.take(socketError)).payload).toMatchObject({
      code: 'unexpected_reply',
      message: 'The server could not read a message: Invalid request',
    })
    bare.abort()
    const remote = createRemote<{ count: (of: number) => number }>({ overSocket: /.*/, positional: true })
    await expect(store.dispatch(remote.count(7))).resolves.toEqual({ data: 1 })
  })

  it('is called by typed functions with arguments by position', async () => {
    const { url } = await start()
    const store = createRpcStore({ url, dialect: {} })
    await store.dispatch(socketConnect())
    const remote = createRemote<{ add: (a: number, b: number) => number }>({ overSocket: /.*/, positional: true })
    await expect(store.dispatch(remote.add(3, 4)).unwrap()).resolves.toBe(7)
  })
})

describe('an Ethereum node', () => {
  it('pushes its heads, under a new id after a reconnect', async () => {
    let subscriptions = 0
    const server = await startRpcServer(({ method, params }, socket) => {
      if (method === 'eth_blockNumber') return '0x10'
      if (method === 'eth_unsubscribe') return true
      const subscription = `0x${String(++subscriptions)}`
      const [channel] = params as string[]
      setImmediate(() =>
        socket.send(
          JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result: { channel } } }),
        ),
      )
      return subscription
    })
    disposers.push(server[Symbol.asyncDispose])
    const store = createRpcStore({ url: server.url, dialect: ethDialect })
    await store.dispatch(socketConnect())
    await expect(store.dispatch(socketRequest('eth_blockNumber')).unwrap()).resolves.toBe('0x10')
    const id = store.dispatch(socketSubscribe('newHeads'))
    const push = { id, channel: 'newHeads', data: { channel: 'newHeads' } }
    expect((await store.recorder.take(socketPush)).payload).toEqual(push)
    await store.recorder.take(socketOpened)
    server.cut()
    await store.recorder.take(socketOpened)
    expect((await store.recorder.take(socketPush)).payload).toEqual(push)
    store.dispatch(socketUnsubscribe(id))
    await expect(store.dispatch(socketRequest('eth_blockNumber')).unwrap()).resolves.toBe('0x10')
    expect(server.calls.at(-2)).toMatchObject({ method: 'eth_unsubscribe', params: ['0x2'] })
  })
})
