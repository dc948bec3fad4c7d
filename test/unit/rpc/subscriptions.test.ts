import { describe, expect, it } from '@jest/globals'
import { cbor } from '../../../src/codec/cbor.js'
import { socketClose, socketConnect, socketSend } from '../../../src/index.js'
import {
  ethDialect,
  rpcWebSocketsDialect,
  socketPush,
  socketSubscribe,
  socketSubscribed,
  socketSubscribeFailed,
  socketUnsubscribe,
} from '../../../src/rpc/index.js'
import { sentence } from '../../support/mode.js'
import { createRpcWorld, openRpcWorld, passTime, useFakeTime, type RpcWorld } from './harness.js'

useFakeTime()

const reopen = async (world: RpcWorld) => {
  world.network.last.drop()
  await passTime(150)
}

const methods = (world: RpcWorld) => world.asked().map(({ method }) => method)

describe('a subscription', () => {
  it('has an id at once, which its pushes carry', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news', { topic: 'sea' }))
    expect(world.asked()).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'subscribe', params: { channel: 'news', params: { topic: 'sea' } } },
    ])
    expect(world.subscription(id)).toEqual({
      channel: 'news',
      params: { topic: 'sea' },
      status: 'pending',
    })
    world.answer('s1')
    expect(world.subscription(id)?.status).toBe('active')
    world.push('s1', { wave: 1 })
    world.push('s1', 0)
    expect(world.pushed()).toEqual([
      { id, channel: 'news', data: { wave: 1 } },
      { id, channel: 'news', data: 0 },
    ])
    expect(world.news().find(socketPush.match)?.meta).toEqual({ socket: 'default', RTK_autoBatch: true })
  })

  it('is ended by its own id; unknown ids are ignored', async () => {
    const world = await openRpcWorld()
    const [first, second] = [world.dispatch(socketSubscribe('news')), world.dispatch(socketSubscribe('news'))]
    world.answer('s1', 1)
    world.answer('s2', 2)
    world.dispatch(socketUnsubscribe(first))
    world.dispatch(socketUnsubscribe(first))
    world.dispatch(socketUnsubscribe('unknown'))
    expect(world.asked().slice(2)).toEqual([{ jsonrpc: '2.0', id: 3, method: 'unsubscribe', params: { id: 's1' } }])
    world.push('s1', 'late')
    world.push('s2', 'there')
    expect(world.pushed()).toEqual([{ id: second, channel: 'news', data: 'there' }])
    expect(world.subscription(first)).toBeUndefined()
    expect(world.subscription(second)?.status).toBe('active')
  })

  it('fails when the server refuses it, and is not subscribed to again', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('secrets'))
    const error = { code: -32003, message: 'Not allowed', data: 7 }
    world.refuse(error)
    expect(world.subscription(id)).toMatchObject({ status: 'failed', error })
    expect(world.news().filter(socketSubscribeFailed.match)).toHaveLength(1)
    await reopen(world)
    expect(world.askedLast()).toEqual([])
    expect(world.subscription(id)?.status).toBe('failed')
    world.dispatch(socketUnsubscribe(id))
    expect(world.askedLast()).toEqual([])
    expect(world.subscription(id)).toBeUndefined()
  })

  it('fails when the reply is not an id', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    world.answer({ not: 'an id' })
    expect(world.subscription(id)?.error).toMatchObject({ code: 'invalid_reply' })
  })

  it('fails when the dialect has no subscriptions', async () => {
    const world = await openRpcWorld({ rpcOptions: { dialect: {} } })
    const id = world.dispatch(socketSubscribe('news'))
    expect(world.subscription(id)?.error).toMatchObject({ code: 'unsupported' })
    expect(world.asked()).toEqual([])
  })

  it('is ended at the server after the reply when it was ended before', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    world.dispatch(socketUnsubscribe(id))
    expect(methods(world)).toEqual(['subscribe'])
    world.push('s1', 'early')
    world.answer('s1')
    expect(world.lastAsked()).toMatchObject({ method: 'unsubscribe', params: { id: 's1' } })
    world.push('s1', 'late')
    world.answer(true)
    expect(world.pushed()).toEqual([])
  })

  it('gets what was pushed before the reply that says whose it is', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    world.push('s1', 1)
    world.push('s9', 'of another')
    world.push('s1', 2)
    expect(world.pushed()).toEqual([])
    world.answer('s1')
    expect(world.pushed()).toEqual([
      { id, channel: 'news', data: 1 },
      { id: null, channel: 'news', data: 'of another' },
      { id, channel: 'news', data: 2 },
    ])
  })

  it('gets no more pushes when it is ended inside one', async () => {
    const world = await openRpcWorld({ autoBatch: false })
    const id = world.dispatch(socketSubscribe('news'))
    world.answer('s1')
    const stop = world.store.subscribe(() => {
      stop()
      world.dispatch(socketUnsubscribe(id))
    })
    world.hearJson([1, 2, 3].map((data) => ({ jsonrpc: '2.0', method: '$/push', params: { id: 's1', data } })))
    world.push('s1', 4)
    expect(world.pushed()).toEqual([{ id, channel: 'news', data: 1 }])
    expect(world.lastAsked().method).toBe('unsubscribe')
  })

  it('leaves pushes that no subscription asked for without an id', async () => {
    const world = await openRpcWorld()
    world.push(undefined, 'hello')
    world.push('s7', 'hello')
    expect(world.pushed()).toEqual([
      { id: null, channel: 'news', data: 'hello' },
      { id: null, channel: 'news', data: 'hello' },
    ])
  })

  it('is reported when the server cannot end it', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    world.answer('s1')
    world.dispatch(socketUnsubscribe(id))
    world.refuse({ code: 1, message: 'never' })
    expect(world.errors()).toEqual(['unsubscribe_failed'])
    expect(world.state().error?.message).toEqual(sentence('Unsubscribing failed: never', 'never'))
  })
})

describe('a reconnect', () => {
  it('subscribes again, once on each connection: after the handshake, before the queue', async () => {
    const world = createRpcWorld({ handshake: ({ send }) => send({ auth: 'token' }) })
    const ids = ['a', 'b', 'c'].map((channel) => world.dispatch(socketSubscribe(channel)))
    world.dispatch(socketUnsubscribe(ids[1]!))
    void world.dispatch(socketConnect())
    void world.dispatch(socketSend('queued'))
    await passTime(1)
    const expected = [
      { auth: 'token' },
      { jsonrpc: '2.0', id: 1, method: 'subscribe', params: { channel: 'a' } },
      { jsonrpc: '2.0', id: 2, method: 'subscribe', params: { channel: 'c' } },
      'queued',
    ]
    expect(world.asked()).toEqual(expected)
    expect(world.state().status).toBe('open')
    for (let open = 0; open < 3; open++) {
      // oxlint-disable-next-line no-await-in-loop
      await reopen(world)
      expect(world.askedLast()).toMatchObject([
        { auth: 'token' },
        { params: { channel: 'a' } },
        { params: { channel: 'c' } },
      ])
    }
    expect(world.subscription(ids[0]!)?.status).toBe('pending')
    world.answer('s1')
    expect(world.subscription(ids[2]!)?.status).toBe('active')
    world.network.last.drop()
    expect(world.subscription(ids[2]!)?.status).toBe('pending')
  })

  it('uses the new id of the server', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    world.answer('s1')
    await reopen(world)
    world.answer('s2')
    world.push('s2', 'new')
    world.dispatch(socketUnsubscribe(id))
    expect(world.lastAsked().params).toEqual({ id: 's2' })
    expect(world.pushed()).toEqual([{ id, channel: 'news', data: 'new' }])
  })

  it('ignores the ids of the server on the socket before', async () => {
    const world = await openRpcWorld()
    const [kept, gone] = [world.dispatch(socketSubscribe('kept')), world.dispatch(socketSubscribe('gone'))]
    world.answer('s1', 1)
    world.answer('s2', 2)
    world.dispatch(socketUnsubscribe(gone))
    await reopen(world)
    // A server may count from one on each socket.
    world.push('s1', 'of another')
    world.push('s2', 'early')
    expect(world.pushed()).toEqual([])
    world.answer('s2')
    expect(world.pushed()).toEqual([
      { id: null, channel: 'news', data: 'of another' },
      { id: kept, channel: 'kept', data: 'early' },
    ])
  })

  it('does not subscribe to what was ended while the connection was lost', async () => {
    const world = await openRpcWorld()
    const [gone, kept] = [world.dispatch(socketSubscribe('a')), world.dispatch(socketSubscribe('b'))]
    world.answer('s1', 1)
    world.answer('s2', 2)
    world.network.last.drop()
    world.dispatch(socketUnsubscribe(gone))
    await passTime(150)
    expect(world.askedLast()).toMatchObject([{ method: 'subscribe', params: { channel: 'b' } }])
    expect(world.subscription(kept)?.status).toBe('pending')
  })

  it('subscribes again also after socketClose', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    world.answer('s1')
    await world.dispatch(socketClose())
    expect(world.subscription(id)?.status).toBe('pending')
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.askedLast()).toMatchObject([{ method: 'subscribe' }])
  })
})

describe('a subscription that waits in the queue of a congested socket', () => {
  it('is not sent when it is ended', async () => {
    const world = await openRpcWorld({ queue: { highWaterMark: 10 } })
    world.network.last.slow = true
    void world.dispatch(socketSend('x'.repeat(100)))
    const id = world.dispatch(socketSubscribe('news'))
    world.dispatch(socketUnsubscribe(id))
    void world.dispatch(socketSend('after'))
    world.network.last.slow = false
    world.network.last.read()
    await passTime(100)
    expect(world.sent().slice(1)).toEqual(['"after"'])
  })

  it('is sent once on the next socket when this one is lost', async () => {
    const world = await openRpcWorld({ queue: { highWaterMark: 10 } })
    world.network.last.slow = true
    void world.dispatch(socketSend('x'.repeat(100)))
    const id = world.dispatch(socketSubscribe('news'))
    await reopen(world)
    await passTime(100)
    expect(world.askedLast().filter(({ method }) => method === 'subscribe')).toHaveLength(1)
    world.answer('s1', world.askedLast().find(({ method }) => method === 'subscribe')?.id)
    expect(world.subscription(id)?.status).toBe('active')
  })

  it('is sent on the next connection when this one is closed', async () => {
    const world = await openRpcWorld({ queue: { highWaterMark: 10 } })
    world.network.last.slow = true
    void world.dispatch(socketSend('x'.repeat(100)))
    const id = world.dispatch(socketSubscribe('news'))
    void world.dispatch(socketClose())
    await passTime(3_000)
    expect(world.subscription(id)?.status).toBe('pending')
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.askedLast()).toMatchObject([{ method: 'subscribe' }])
  })
})

describe('a lazy connection', () => {
  it('is opened by a subscription, and stays open while there is one', async () => {
    const world = createRpcWorld({ lazy: true, idleTimeout: 1_000 })
    const id = world.dispatch(socketSubscribe('news'))
    await passTime(1)
    world.answer('s1')
    await passTime(60_000)
    expect(world.state().status).toBe('open')
    world.dispatch(socketUnsubscribe(id))
    world.answer(true)
    await passTime(2_500)
    expect(world.state().status).toBe('closed')
  })
})

describe('the dialect of Ethereum nodes', () => {
  it('uses eth_subscribe', async () => {
    const world = await openRpcWorld({ rpcOptions: { dialect: ethDialect } })
    const heads = world.dispatch(socketSubscribe('newHeads'))
    const logs = world.dispatch(socketSubscribe('logs', { address: '0x1' }))
    expect(world.asked()).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] },
      { jsonrpc: '2.0', id: 2, method: 'eth_subscribe', params: ['logs', { address: '0x1' }] },
    ])
    world.answer('0xb', 2)
    world.answer('0xa', 1)
    const result = { number: '0x10' }
    world.hearJson({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: '0xa', result } })
    expect(world.pushed()).toEqual([{ id: heads, channel: 'newHeads', data: result }])
    world.dispatch(socketUnsubscribe(logs))
    expect(world.lastAsked()).toEqual({ jsonrpc: '2.0', id: 3, method: 'eth_unsubscribe', params: ['0xb'] })
  })
})

describe('a push over another codec', () => {
  it('reaches the store as plain data', async () => {
    const world = await openRpcWorld({ codec: cbor() })
    const receive = (value: unknown) => world.network.last.receive(cbor().encode(value) as Uint8Array)
    const id = world.dispatch(socketSubscribe('news'))
    receive({ jsonrpc: '2.0', id: 1, result: 's1' })
    const data = { at: new Date(0), bytes: new Uint8Array(4) }
    receive({ jsonrpc: '2.0', method: '$/push', params: { id: 's1', channel: 'news', data } })
    const plain = { at: '1970-01-01T00:00:00.000Z', bytes: { id: expect.any(String), byteLength: 4, type: '' } }
    expect(world.pushed()).toEqual([{ id, channel: 'news', data: plain }])
  })
})

describe('two subscriptions of a shared channel', () => {
  it('get no push after a reducer of the same push has ended them', async () => {
    const world = await openRpcWorld({ autoBatch: false, rpcOptions: { dialect: rpcWebSocketsDialect } })
    world.dispatch(socketSubscribe('feed'))
    const second = world.dispatch(socketSubscribe('feed'))
    world.answer({ feed: 'ok' })
    const stop = world.store.subscribe(() => {
      stop()
      world.dispatch(socketUnsubscribe(second))
    })
    world.hearJson({ notification: 'feed', params: [1] })
    expect(world.pushed()).toHaveLength(1)
  })
})

describe('a dialect whose pushes name the channel', () => {
  const open = async () => await openRpcWorld({ rpcOptions: { dialect: rpcWebSocketsDialect } })
  const push = (world: RpcWorld, ...params: unknown[]) => world.hearJson({ notification: 'feed', params })

  it('has one subscription at the server for each channel', async () => {
    const world = await open()
    const [first, second] = [world.dispatch(socketSubscribe('feed')), world.dispatch(socketSubscribe('feed'))]
    expect(world.asked()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'rpc.on', params: ['feed'] }])
    world.answer({ feed: 'ok' })
    expect(world.news().filter(socketSubscribed.match)).toMatchObject([{ payload: { ids: [first, second] } }])
    const third = world.dispatch(socketSubscribe('feed'))
    expect(world.subscription(third)?.status).toBe('active')
    push(world, 1)
    expect(world.pushed()).toEqual([first, second, third].map((id) => ({ id, channel: 'feed', data: [1] })))
    for (const id of [first, second]) world.dispatch(socketUnsubscribe(id))
    expect(world.asked()).toHaveLength(1)
    world.dispatch(socketUnsubscribe(third))
    expect(world.lastAsked()).toEqual({ jsonrpc: '2.0', id: 2, method: 'rpc.off', params: ['feed'] })
    push(world, 2)
    expect(world.pushed()).toHaveLength(3)
  })

  it('is subscribed in the end when it is ended and started again before the reply', async () => {
    const world = await open()
    const first = world.dispatch(socketSubscribe('feed'))
    world.answer({ feed: 'ok' })
    world.dispatch(socketUnsubscribe(first))
    const second = world.dispatch(socketSubscribe('feed'))
    expect(methods(world)).toEqual(['rpc.on', 'rpc.off'])
    expect(world.subscription(second)?.status).toBe('pending')
    world.answer({ feed: 'ok' })
    expect(methods(world)).toEqual(['rpc.on', 'rpc.off', 'rpc.on'])
    push(world, 'early')
    world.answer({ feed: 'ok' })
    push(world, 'back')
    expect(world.pushed()).toEqual(['early', 'back'].map((data) => ({ id: second, channel: 'feed', data: [data] })))
  })

  it('is subscribed in the end also when that happens before the first reply', async () => {
    const world = await open()
    world.dispatch(socketUnsubscribe(world.dispatch(socketSubscribe('feed'))))
    const id = world.dispatch(socketSubscribe('feed'))
    world.answer({ feed: 'ok' })
    expect(methods(world)).toEqual(['rpc.on'])
    expect(world.subscription(id)?.status).toBe('active')
  })

  it('fails with the text of a refusal, and can be subscribed to again', async () => {
    const world = await open()
    const id = world.dispatch(socketSubscribe('feed'))
    world.answer({ feed: 'provided event invalid' })
    expect(world.subscription(id)?.error).toMatchObject({ code: 'invalid_reply', message: 'provided event invalid' })
    world.dispatch(socketSubscribe('feed'))
    expect(methods(world)).toEqual(['rpc.on', 'rpc.on'])
  })
})
