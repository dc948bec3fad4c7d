import { describe, expect, it } from '@jest/globals'
import { socketConnect, type HandshakeContext } from '../../../src/index.js'
import { socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { advanceTime, setupRpcStore, useFakeTime, type RpcStoreOptions, type RpcTestStore } from './harness.js'

useFakeTime()

/** Sends "hello" to a reconnected socket and waits for the answer. */
const handshake = async ({ receive, reconnected, send }: HandshakeContext) => {
  if (!reconnected) return
  send('hello')
  await receive()
}

const setup = async (options?: RpcStoreOptions) => {
  const store = setupRpcStore({ handshake, ...options })
  void store.dispatch(socketConnect())
  await advanceTime(1)
  return { ...store, old: store.network.last }
}

const handOver = async (store: RpcTestStore) => {
  void store.dispatch(socketConnect({ url: 'ws://b.example/ws', handover: true }))
  await advanceTime(1)
}
const welcome = async (store: RpcTestStore, ms = 20) => {
  store.network.last.sendRaw('"welcome"')
  await advanceTime(ms)
}
const reply = (id: number, result: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result })
const push = (id: unknown, data: unknown) =>
  JSON.stringify({ jsonrpc: '2.0', method: '$/push', params: { id, channel: 'news', data } })

describe('requests during a handover', () => {
  it('get the replies that come on the old socket', async () => {
    const store = await setup()
    const request = store.dispatch(socketRequest('slow'))
    await advanceTime(20)
    await handOver(store)
    store.old.sendRaw(reply(1, 'old'))
    await welcome(store)
    expect([await request, store.state().status]).toEqual([{ data: 'old' }, 'open'])
  })

  it('hold the new socket back until their replies have come on the old one', async () => {
    const store = await setup()
    const request = store.dispatch(socketRequest('slow'))
    await handOver(store)
    await welcome(store, 1_000)
    const later = store.dispatch(socketRequest('later'))
    store.old.sendRaw(reply(1, 'old'))
    await advanceTime(40)
    expect(store.lastSocketMessages()).toMatchObject(['hello', { id: 2, method: 'later' }])
    store.answer('new', 2)
    expect(await Promise.all([request, later])).toEqual([{ data: 'old' }, { data: 'new' }])
  })

  it('end with disconnected when the reply does not come within closeTimeout', async () => {
    const store = await setup()
    const request = store.dispatch(socketRequest('never', undefined, { timeout: 60_000 }))
    await handOver(store)
    await welcome(store, 2_100)
    expect([await request, store.state().status]).toMatchObject([{ error: { code: 'disconnected' } }, 'open'])
  })

  it('that may be repeated are sent again on the new socket', async () => {
    const store = await setup()
    const request = store.dispatch(socketRequest('get', undefined, { timeout: 60_000, idempotent: true }))
    await handOver(store)
    await welcome(store, 2_100)
    store.answer('new', 1)
    expect([await request, store.network.last.receivedRaw]).toMatchObject([
      { data: 'new' },
      ['"hello"', expect.stringContaining('get')],
    ])
  })

  it('leave no timer behind when the connection is disposed of while the new socket waits', async () => {
    const store = await setup()
    void store.dispatch(socketRequest('slow'))
    await handOver(store)
    await welcome(store, 50)
    store.dispose()
    expect(store.network.live).toBe(0)
  })
})

describe('subscriptions during a handover', () => {
  const subscribed = async (options?: RpcStoreOptions) => {
    const store = await setup(options)
    const received: unknown[] = []
    const id = store.dispatch(socketSubscribe('news', undefined, { listener: (data) => received.push(data) }))
    store.answer(7)
    await advanceTime(20)
    return { ...store, received, id }
  }

  it('get the pushes of the old socket until the new one is ready, and are then made again', async () => {
    const store = await subscribed()
    await handOver(store)
    store.old.sendRaw(push(7, 'old'))
    expect([store.received, store.subscription(store.id)?.status]).toEqual([['old'], 'active'])
    await welcome(store)
    expect([store.subscription(store.id)?.status, store.state().status]).toEqual(['pending', 'open'])
    store.answer(8)
    store.network.last.sendRaw(push(8, 'new'))
    await advanceTime(20)
    expect([store.received, store.subscription(store.id)?.status]).toEqual([['old', 'new'], 'active'])
  })

  it('do not get pushes of the old socket whose id means another subscription on the new one', async () => {
    const store = await subscribed()
    await handOver(store)
    await welcome(store)
    store.old.sendRaw(push(8, 'wrong'))
    store.answer(8)
    store.old.sendRaw(push(8, 'wrong too'))
    await advanceTime(20)
    expect([store.received, store.pushed()]).toEqual([[], []])
  })

  it('are made again after the old socket has died while the connection waits for a retry', async () => {
    let isFailing = false
    const provider = () => {
      if (isFailing) throw new Error('no url')
      return 'ws://a.example/ws'
    }
    const store = await subscribed({ url: provider })
    isFailing = true
    void store.dispatch(socketConnect({ protocols: 'v2', handover: true }))
    await advanceTime(1)
    store.old.sendRaw(push(7, 'old'))
    expect([store.received, store.state().status]).toEqual([['old'], 'reconnecting'])
    store.old.cut()
    await advanceTime(20)
    expect([store.subscription(store.id)?.status, store.state().retryAt]).toEqual(['pending', expect.any(Number)])
    isFailing = false
    await advanceTime(100)
    await welcome(store)
    store.answer(8)
    store.network.last.sendRaw(push(8, 'new'))
    expect(store.received).toEqual(['old', 'new'])
  })

  it('are made again after the old socket has died', async () => {
    const store = await subscribed()
    await handOver(store)
    store.old.cut()
    await advanceTime(1)
    expect(store.subscription(store.id)?.status).toBe('pending')
    await welcome(store)
    store.answer(8)
    store.network.last.sendRaw(push(8, 'new'))
    expect(store.received).toEqual(['new'])
  })
})
