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
import { setupRpcStore, setupOpenRpcStore, advanceTime, useFakeTime, type RpcTestStore } from './harness.js'

useFakeTime()

const reopen = async (store: RpcTestStore) => {
  store.network.last.cut()
  await advanceTime(150)
}

const methods = (store: RpcTestStore) => store.sentMessages().map(({ method }) => method)

describe('a subscription', () => {
  it('has an id at once, which its pushes carry', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news', { topic: 'sea' }))
    expect(store.sentMessages()).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'subscribe', params: { channel: 'news', params: { topic: 'sea' } } },
    ])
    expect(store.subscription(id)).toEqual({
      channel: 'news',
      params: { topic: 'sea' },
      status: 'pending',
    })
    store.answer('s1')
    expect(store.subscription(id)?.status).toBe('active')
    store.push('s1', { wave: 1 })
    store.push('s1', 0)
    expect(store.pushed()).toEqual([
      { id, channel: 'news', data: { wave: 1 } },
      { id, channel: 'news', data: 0 },
    ])
    expect(store.takeActions().find(socketPush.match)?.meta).toEqual({ socket: 'default', RTK_autoBatch: true })
  })

  it('is ended by its own id; unknown ids are ignored', async () => {
    const store = await setupOpenRpcStore()
    const [first, second] = [store.dispatch(socketSubscribe('news')), store.dispatch(socketSubscribe('news'))]
    store.answer('s1', 1)
    store.answer('s2', 2)
    store.dispatch(socketUnsubscribe(first))
    store.dispatch(socketUnsubscribe(first))
    store.dispatch(socketUnsubscribe('unknown'))
    expect(store.sentMessages().slice(2)).toEqual([
      { jsonrpc: '2.0', id: 3, method: 'unsubscribe', params: { id: 's1' } },
    ])
    store.push('s1', 'late')
    store.push('s2', 'there')
    expect(store.pushed()).toEqual([{ id: second, channel: 'news', data: 'there' }])
    expect(store.subscription(first)).toBeUndefined()
    expect(store.subscription(second)?.status).toBe('active')
  })

  it('fails when the server refuses it, and is not subscribed to again', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('secrets'))
    const error = { code: -32003, message: 'Not allowed', data: 7 }
    store.refuse(error)
    expect(store.subscription(id)).toMatchObject({ status: 'failed', error })
    expect(store.takeActions().filter(socketSubscribeFailed.match)).toHaveLength(1)
    await reopen(store)
    expect(store.lastSocketMessages()).toEqual([])
    expect(store.subscription(id)?.status).toBe('failed')
    store.dispatch(socketUnsubscribe(id))
    expect(store.lastSocketMessages()).toEqual([])
    expect(store.subscription(id)).toBeUndefined()
  })

  it('fails when the reply is not an id', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    store.answer({ not: 'an id' })
    expect(store.subscription(id)?.error).toMatchObject({ code: 'invalid_reply' })
  })

  it('fails when the dialect has no subscriptions', async () => {
    const store = await setupOpenRpcStore({ rpcOptions: { dialect: {} } })
    const id = store.dispatch(socketSubscribe('news'))
    expect(store.subscription(id)?.error).toMatchObject({ code: 'unsupported' })
    expect(store.sentMessages()).toEqual([])
  })

  it('is ended at the server after the reply when it was ended before', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    store.dispatch(socketUnsubscribe(id))
    expect(methods(store)).toEqual(['subscribe'])
    store.push('s1', 'early')
    store.answer('s1')
    expect(store.lastMessage()).toMatchObject({ method: 'unsubscribe', params: { id: 's1' } })
    store.push('s1', 'late')
    store.answer(true)
    expect(store.pushed()).toEqual([])
  })

  it('gets what was pushed before the reply that says whose it is', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    store.push('s1', 1)
    store.push('s9', 'of another')
    store.push('s1', 2)
    expect(store.pushed()).toEqual([])
    store.answer('s1')
    expect(store.pushed()).toEqual([
      { id, channel: 'news', data: 1 },
      { id: null, channel: 'news', data: 'of another' },
      { id, channel: 'news', data: 2 },
    ])
  })

  it('gets no more pushes when it is ended inside one', async () => {
    const store = await setupOpenRpcStore({ autoBatch: false })
    const id = store.dispatch(socketSubscribe('news'))
    store.answer('s1')
    const stop = store.store.subscribe(() => {
      stop()
      store.dispatch(socketUnsubscribe(id))
    })
    store.receiveJson([1, 2, 3].map((data) => ({ jsonrpc: '2.0', method: '$/push', params: { id: 's1', data } })))
    store.push('s1', 4)
    expect(store.pushed()).toEqual([{ id, channel: 'news', data: 1 }])
    expect(store.lastMessage().method).toBe('unsubscribe')
  })

  it('leaves pushes that no subscription asked for without an id', async () => {
    const store = await setupOpenRpcStore()
    store.push(undefined, 'hello')
    store.push('s7', 'hello')
    expect(store.pushed()).toEqual([
      { id: null, channel: 'news', data: 'hello' },
      { id: null, channel: 'news', data: 'hello' },
    ])
  })

  it('is reported when the server cannot end it', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    store.answer('s1')
    store.dispatch(socketUnsubscribe(id))
    store.refuse({ code: 1, message: 'never' })
    expect(store.errors()).toEqual(['unsubscribe_failed'])
    expect(store.state().error?.message).toEqual(sentence('Unsubscribing failed: never', 'never'))
  })
})

describe('a reconnect', () => {
  it('subscribes again, once on each connection: after the handshake, before the queue', async () => {
    const store = setupRpcStore({ handshake: ({ send }) => send({ auth: 'token' }) })
    const ids = ['a', 'b', 'c'].map((channel) => store.dispatch(socketSubscribe(channel)))
    store.dispatch(socketUnsubscribe(ids[1]!))
    void store.dispatch(socketConnect())
    void store.dispatch(socketSend('queued'))
    await advanceTime(1)
    const expected = [
      { auth: 'token' },
      { jsonrpc: '2.0', id: 1, method: 'subscribe', params: { channel: 'a' } },
      { jsonrpc: '2.0', id: 2, method: 'subscribe', params: { channel: 'c' } },
      'queued',
    ]
    expect(store.sentMessages()).toEqual(expected)
    expect(store.state().status).toBe('open')
    for (let open = 0; open < 3; open++) {
      // oxlint-disable-next-line no-await-in-loop
      await reopen(store)
      expect(store.lastSocketMessages()).toMatchObject([
        { auth: 'token' },
        { params: { channel: 'a' } },
        { params: { channel: 'c' } },
      ])
    }
    expect(store.subscription(ids[0]!)?.status).toBe('pending')
    store.answer('s1')
    expect(store.subscription(ids[2]!)?.status).toBe('active')
    store.network.last.cut()
    expect(store.subscription(ids[2]!)?.status).toBe('pending')
  })

  it('uses the new id of the server', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    store.answer('s1')
    await reopen(store)
    store.answer('s2')
    store.push('s2', 'new')
    store.dispatch(socketUnsubscribe(id))
    expect(store.lastMessage().params).toEqual({ id: 's2' })
    expect(store.pushed()).toEqual([{ id, channel: 'news', data: 'new' }])
  })

  it('ignores the ids of the server on the socket before', async () => {
    const store = await setupOpenRpcStore()
    const [kept, gone] = [store.dispatch(socketSubscribe('kept')), store.dispatch(socketSubscribe('gone'))]
    store.answer('s1', 1)
    store.answer('s2', 2)
    store.dispatch(socketUnsubscribe(gone))
    await reopen(store)
    // A server may count from one on each socket.
    store.push('s1', 'of another')
    store.push('s2', 'early')
    expect(store.pushed()).toEqual([])
    store.answer('s2')
    expect(store.pushed()).toEqual([
      { id: null, channel: 'news', data: 'of another' },
      { id: kept, channel: 'kept', data: 'early' },
    ])
  })

  it('does not subscribe to what was ended while the connection was lost', async () => {
    const store = await setupOpenRpcStore()
    const [gone, kept] = [store.dispatch(socketSubscribe('a')), store.dispatch(socketSubscribe('b'))]
    store.answer('s1', 1)
    store.answer('s2', 2)
    store.network.last.cut()
    store.dispatch(socketUnsubscribe(gone))
    await advanceTime(150)
    expect(store.lastSocketMessages()).toMatchObject([{ method: 'subscribe', params: { channel: 'b' } }])
    expect(store.subscription(kept)?.status).toBe('pending')
  })

  it('subscribes again also after socketClose', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    store.answer('s1')
    await store.dispatch(socketClose())
    expect(store.subscription(id)?.status).toBe('pending')
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.lastSocketMessages()).toMatchObject([{ method: 'subscribe' }])
  })
})

describe('a subscription that waits in the queue of a congested socket', () => {
  it('is not sent when it is ended', async () => {
    const store = await setupOpenRpcStore({ queue: { highWaterMark: 10 } })
    store.network.last.slow = true
    void store.dispatch(socketSend('x'.repeat(100)))
    const id = store.dispatch(socketSubscribe('news'))
    store.dispatch(socketUnsubscribe(id))
    void store.dispatch(socketSend('after'))
    store.network.last.slow = false
    store.network.last.read()
    await advanceTime(100)
    expect(store.sent().slice(1)).toEqual(['"after"'])
  })

  it('is sent once on the next socket when this one is lost', async () => {
    const store = await setupOpenRpcStore({ queue: { highWaterMark: 10 } })
    store.network.last.slow = true
    void store.dispatch(socketSend('x'.repeat(100)))
    const id = store.dispatch(socketSubscribe('news'))
    await reopen(store)
    await advanceTime(100)
    expect(store.lastSocketMessages().filter(({ method }) => method === 'subscribe')).toHaveLength(1)
    store.answer('s1', store.lastSocketMessages().find(({ method }) => method === 'subscribe')?.id)
    expect(store.subscription(id)?.status).toBe('active')
  })

  it('is sent on the next connection when this one is closed', async () => {
    const store = await setupOpenRpcStore({ queue: { highWaterMark: 10 } })
    store.network.last.slow = true
    void store.dispatch(socketSend('x'.repeat(100)))
    const id = store.dispatch(socketSubscribe('news'))
    void store.dispatch(socketClose())
    await advanceTime(3_000)
    expect(store.subscription(id)?.status).toBe('pending')
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.lastSocketMessages()).toMatchObject([{ method: 'subscribe' }])
  })
})

describe('a lazy connection', () => {
  it('is opened by a subscription, and stays open while there is one', async () => {
    const store = setupRpcStore({ lazy: true, idleTimeout: 1_000 })
    const id = store.dispatch(socketSubscribe('news'))
    await advanceTime(1)
    store.answer('s1')
    await advanceTime(60_000)
    expect(store.state().status).toBe('open')
    store.dispatch(socketUnsubscribe(id))
    store.answer(true)
    await advanceTime(2_500)
    expect(store.state().status).toBe('closed')
  })
})

describe('the dialect of Ethereum nodes', () => {
  it('uses eth_subscribe', async () => {
    const store = await setupOpenRpcStore({ rpcOptions: { dialect: ethDialect } })
    const heads = store.dispatch(socketSubscribe('newHeads'))
    const logs = store.dispatch(socketSubscribe('logs', { address: '0x1' }))
    expect(store.sentMessages()).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] },
      { jsonrpc: '2.0', id: 2, method: 'eth_subscribe', params: ['logs', { address: '0x1' }] },
    ])
    store.answer('0xb', 2)
    store.answer('0xa', 1)
    const result = { number: '0x10' }
    store.receiveJson({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: '0xa', result } })
    expect(store.pushed()).toEqual([{ id: heads, channel: 'newHeads', data: result }])
    store.dispatch(socketUnsubscribe(logs))
    expect(store.lastMessage()).toEqual({ jsonrpc: '2.0', id: 3, method: 'eth_unsubscribe', params: ['0xb'] })
  })
})

describe('a push over another codec', () => {
  it('reaches the store as plain data', async () => {
    const store = await setupOpenRpcStore({ codec: cbor() })
    const receive = (value: unknown) => store.network.last.sendRaw(cbor().encode(value) as Uint8Array)
    const id = store.dispatch(socketSubscribe('news'))
    receive({ jsonrpc: '2.0', id: 1, result: 's1' })
    const data = { at: new Date(0), bytes: new Uint8Array(4) }
    receive({ jsonrpc: '2.0', method: '$/push', params: { id: 's1', channel: 'news', data } })
    const plain = { at: '1970-01-01T00:00:00.000Z', bytes: { id: expect.any(String), byteLength: 4, type: '' } }
    expect(store.pushed()).toEqual([{ id, channel: 'news', data: plain }])
  })
})

describe('two subscriptions of a shared channel', () => {
  it('get no push after a reducer of the same push has ended them', async () => {
    const store = await setupOpenRpcStore({ autoBatch: false, rpcOptions: { dialect: rpcWebSocketsDialect } })
    store.dispatch(socketSubscribe('feed'))
    const second = store.dispatch(socketSubscribe('feed'))
    store.answer({ feed: 'ok' })
    const stop = store.store.subscribe(() => {
      stop()
      store.dispatch(socketUnsubscribe(second))
    })
    store.receiveJson({ notification: 'feed', params: [1] })
    expect(store.pushed()).toHaveLength(1)
  })
})

describe('a dialect whose pushes name the channel', () => {
  const open = async () => await setupOpenRpcStore({ rpcOptions: { dialect: rpcWebSocketsDialect } })
  const push = (store: RpcTestStore, ...params: unknown[]) => store.receiveJson({ notification: 'feed', params })

  it('has one subscription at the server for each channel', async () => {
    const store = await open()
    const [first, second] = [store.dispatch(socketSubscribe('feed')), store.dispatch(socketSubscribe('feed'))]
    expect(store.sentMessages()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'rpc.on', params: ['feed'] }])
    store.answer({ feed: 'ok' })
    expect(store.takeActions().filter(socketSubscribed.match)).toMatchObject([{ payload: { ids: [first, second] } }])
    const third = store.dispatch(socketSubscribe('feed'))
    expect(store.subscription(third)?.status).toBe('active')
    push(store, 1)
    expect(store.pushed()).toEqual([first, second, third].map((id) => ({ id, channel: 'feed', data: [1] })))
    for (const id of [first, second]) store.dispatch(socketUnsubscribe(id))
    expect(store.sentMessages()).toHaveLength(1)
    store.dispatch(socketUnsubscribe(third))
    expect(store.lastMessage()).toEqual({ jsonrpc: '2.0', id: 2, method: 'rpc.off', params: ['feed'] })
    push(store, 2)
    expect(store.pushed()).toHaveLength(3)
  })

  it('is subscribed in the end when it is ended and started again before the reply', async () => {
    const store = await open()
    const first = store.dispatch(socketSubscribe('feed'))
    store.answer({ feed: 'ok' })
    store.dispatch(socketUnsubscribe(first))
    const second = store.dispatch(socketSubscribe('feed'))
    expect(methods(store)).toEqual(['rpc.on', 'rpc.off'])
    expect(store.subscription(second)?.status).toBe('pending')
    store.answer({ feed: 'ok' })
    expect(methods(store)).toEqual(['rpc.on', 'rpc.off', 'rpc.on'])
    push(store, 'early')
    store.answer({ feed: 'ok' })
    push(store, 'back')
    expect(store.pushed()).toEqual(['early', 'back'].map((data) => ({ id: second, channel: 'feed', data: [data] })))
  })

  it('is subscribed in the end also when that happens before the first reply', async () => {
    const store = await open()
    store.dispatch(socketUnsubscribe(store.dispatch(socketSubscribe('feed'))))
    const id = store.dispatch(socketSubscribe('feed'))
    store.answer({ feed: 'ok' })
    expect(methods(store)).toEqual(['rpc.on'])
    expect(store.subscription(id)?.status).toBe('active')
  })

  it('fails with the text of a refusal, and can be subscribed to again', async () => {
    const store = await open()
    const id = store.dispatch(socketSubscribe('feed'))
    store.answer({ feed: 'provided event invalid' })
    expect(store.subscription(id)?.error).toMatchObject({ code: 'invalid_reply', message: 'provided event invalid' })
    store.dispatch(socketSubscribe('feed'))
    expect(methods(store)).toEqual(['rpc.on', 'rpc.on'])
  })
})
