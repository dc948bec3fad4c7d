import { describe, expect, it, jest } from '@jest/globals'
import { socketClose, socketConnect } from '../../../src/index.js'
import {
  ethDialect,
  rpcWebSocketsDialect,
  socketSubscribe,
  socketSubscribed,
  socketUnsubscribe,
  type SubscribeOptions,
} from '../../../src/rpc/index.js'
import { advanceTime, setupOpenRpcStore, useFakeTime, type RpcTestStore } from './harness.js'

useFakeTime()

const reopen = async (store: RpcTestStore) => {
  store.network.last.cut()
  await advanceTime(150)
}

const push = (store: RpcTestStore, offset: number | undefined, id = 's1') =>
  store.receiveJson({
    jsonrpc: '2.0',
    method: '$/push',
    params: { id, channel: 'news', data: `data ${offset}`, offset },
  })

const since = (store: RpcTestStore) => (store.lastMessage().params as { readonly since?: unknown }).since
const dataOf = (store: RpcTestStore) => store.pushed().map((payload) => (payload as { data: unknown }).data)
const reported = (store: RpcTestStore) =>
  store.recorder.of(socketSubscribed).map(({ payload }) => (payload as { recovered: boolean }).recovered)

const setup = async (options?: SubscribeOptions) => {
  const store = await setupOpenRpcStore()
  const id = store.dispatch(socketSubscribe('news', { tag: 'x' }, options))
  return { store, id }
}

describe('a subscription to a channel with history', () => {
  it('goes on after the last push on each later connection', async () => {
    const { store } = await setup()
    expect(store.lastMessage().params).toEqual({ channel: 'news', params: { tag: 'x' } })
    store.answer({ id: 's1', recovered: false, epoch: 'e', offset: 7 })
    push(store, 8)
    push(store, 9)
    await reopen(store)
    expect(store.lastMessage().params).toEqual({
      channel: 'news',
      params: { tag: 'x' },
      since: { epoch: 'e', offset: 9 },
    })
    store.answer({ id: 's1', recovered: true, epoch: 'e', offset: 9 })
    push(store, 10)
    await reopen(store)
    expect(since(store)).toEqual({ epoch: 'e', offset: 10 })
    store.answer({ id: 's1', recovered: false, epoch: 'f', offset: 3 })
    await reopen(store)
    expect(since(store)).toEqual({ epoch: 'f', offset: 3 })
    expect(reported(store)).toEqual([true, true, false])
    expect(dataOf(store)).toEqual(['data 8', 'data 9', 'data 10'])
  })

  it('has a position before the first push, which may be that of an empty channel', async () => {
    const { store } = await setup()
    store.answer({ id: 's1', recovered: false, epoch: 'e', offset: 0 })
    await reopen(store)
    expect(since(store)).toEqual({ epoch: 'e', offset: 0 })
  })

  it('keeps the position while the server refuses it for now, and over a deliberate close', async () => {
    const { store } = await setup()
    store.answer({ id: 's1', epoch: 'e', offset: 1 })
    await reopen(store)
    store.refuse({ code: -32030, message: 'later', data: { retryAfter: 10 } })
    await advanceTime(20)
    expect(since(store)).toEqual({ epoch: 'e', offset: 1 })
    await store.dispatch(socketClose())
    void store.dispatch(socketConnect())
    await advanceTime(10)
    expect(since(store)).toEqual({ epoch: 'e', offset: 1 })
  })

  it('goes on from the position after the server has ended it for now', async () => {
    const { store } = await setup()
    store.answer({ id: 's1', epoch: 'e', offset: 4 })
    const error = { code: -32012, message: 'closing', data: { retryAfter: 10 } }
    store.receiveJson({ jsonrpc: '2.0', method: '$/ended', params: { id: 's1', error } })
    await advanceTime(20)
    expect(since(store)).toEqual({ epoch: 'e', offset: 4 })
  })

  it('does not go on after it was unsubscribed, or ended for good', async () => {
    const { store, id } = await setup({ shared: true })
    store.answer({ id: 's1', epoch: 'e', offset: 4 })
    store.dispatch(socketUnsubscribe(id))
    store.dispatch(socketSubscribe('news', { tag: 'x' }, { shared: true }))
    store.answer(true)
    expect([store.lastMessage().method, since(store)]).toEqual(['subscribe', undefined])
    store.answer({ id: 's2', epoch: 'e', offset: 5 })
    store.receiveJson({ jsonrpc: '2.0', method: '$/ended', params: { id: 's2', error: { code: 1, message: 'no' } } })
    store.dispatch(socketSubscribe('news', { tag: 'x' }, { shared: true }))
    expect(since(store)).toBeUndefined()
  })

  it('drops pushes that it has had', async () => {
    const { store } = await setup()
    store.answer({ id: 's1', epoch: 'e', offset: 2 })
    for (const offset of [1, 2, 3, 3, 2, 4]) push(store, offset)
    expect(dataOf(store)).toEqual(['data 3', 'data 4'])
    expect(reported(store)).toEqual([true])
  })

  it('reports recovered: false before the push that follows a gap, and goes on after it', async () => {
    const calls: unknown[] = []
    const observer = {
      lost: () => calls.push('lost'),
      subscribed: (...args: unknown[]) => calls.push(args),
      pushed: (...args: unknown[]) => calls.push(args),
    }
    const { store, id } = await setup({ observer })
    const answer = { id: 's1', epoch: 'e', offset: 2 }
    store.answer(answer)
    push(store, 5)
    push(store, 6)
    expect(calls).toEqual([
      [answer, true, { epoch: 'e', offset: 2 }],
      'lost',
      [answer, false, { epoch: 'e', offset: 4 }],
      ['data 5', 5],
      ['data 6', 6],
    ])
    expect(store.subscription(id)?.status).toBe('active')
    expect(reported(store)).toEqual([true, false])
  })

  it('takes its new position from $/missed, and leaves the others alone', async () => {
    const { store } = await setup()
    store.answer({ id: 's1', epoch: 'e', offset: 2 })
    const plain = { subscribed: jest.fn() }
    store.dispatch(socketSubscribe('sport', undefined, { observer: plain }))
    store.answer('s2')
    store.receiveJson({
      jsonrpc: '2.0',
      method: '$/missed',
      params: { id: 's1', channel: 'news', epoch: 'f', offset: 9 },
    })
    store.receiveJson({ jsonrpc: '2.0', method: '$/missed', params: { id: 'none', epoch: 'f', offset: 9 } })
    push(store, 9)
    push(store, 10)
    expect(dataOf(store)).toEqual(['data 10'])
    expect(reported(store)).toEqual([true, true, false])
    expect(plain.subscribed).toHaveBeenCalledTimes(1)
    // Without an id it concerns those without a position.
    store.receiveJson({ jsonrpc: '2.0', method: '$/missed', params: { recovered: false } })
    expect(plain.subscribed).toHaveBeenCalledTimes(2)
    expect(reported(store)).toEqual([true, true, false, false])
    await reopen(store)
    expect(store.lastSocketMessages().map(({ params }) => (params as { since?: unknown }).since)).toEqual([
      { epoch: 'f', offset: 10 },
      undefined,
    ])
  })

  it('gets pushes without an offset, such as those of a producer', async () => {
    const { store } = await setup()
    store.answer({ id: 's1', epoch: 'e', offset: 2 })
    push(store, undefined)
    push(store, 3)
    expect(dataOf(store)).toEqual(['data undefined', 'data 3'])
  })
})

describe('the option "since"', () => {
  it('is where the first subscription goes on, and is recovered only if the server says so', async () => {
    for (const recovered of [true, false]) {
      const { store } = await setup({ since: { epoch: 'e', offset: 5 }, resume: () => undefined })
      expect(since(store)).toEqual({ epoch: 'e', offset: 5 })
      store.answer({ id: 's1', recovered, epoch: 'e', offset: recovered ? 5 : 90 })
      expect(reported(store)).toEqual([recovered])
    }
  })

  it('gives the subscription its own place at the server, also with "shared"', async () => {
    const { store } = await setup({ shared: true })
    store.answer({ id: 's1', epoch: 'e', offset: 5 })
    store.dispatch(socketSubscribe('news', { tag: 'x' }, { shared: true, since: { epoch: 'e', offset: 3 } }))
    expect(since(store)).toEqual({ epoch: 'e', offset: 3 })
    store.answer({ id: 's2', recovered: true, epoch: 'e', offset: 3 })
    push(store, 4, 's2')
    expect(dataOf(store)).toEqual(['data 4'])
  })

  it('does not reach the reducers', async () => {
    const { store } = await setup({ since: { epoch: 'e', offset: 5 } })
    const command = store.recorder.all.find(({ type }) => type === 'socket/subscribe') as never as { meta: object }
    expect(command.meta).not.toHaveProperty('since')
  })
})

describe('other dialects', () => {
  it.each([
    ['ethDialect', ethDialect, '0x1'],
    ['rpcWebSocketsDialect', rpcWebSocketsDialect, { news: 'ok' }],
  ])('%s sends no position', async (_name, dialect, answer) => {
    const store = await setupOpenRpcStore({ rpcOptions: { dialect } })
    store.dispatch(socketSubscribe('news'))
    const { params } = store.lastMessage()
    store.answer(answer)
    await reopen(store)
    expect(store.lastMessage().params).toEqual(params)
  })
})
