import { describe, expect, it } from '@jest/globals'
import { socketClose, socketConnect } from '../../../src/index.js'
import {
  reduplexDialect,
  rpcWebSocketsDialect,
  socketRequest,
  socketSubscribe,
  socketSubscribed,
  socketSubscribeFailed,
  socketUnsubscribe,
  type SubscribeOptions,
} from '../../../src/rpc/index.js'
import { sentence } from '../../support/mode.js'
import { setupRpcStore, setupOpenRpcStore, advanceTime, useFakeTime, type RpcTestStore } from './harness.js'

useFakeTime()

const reopen = async (store: RpcTestStore) => {
  store.network.last.cut()
  await advanceTime(150)
}
const reported = (store: RpcTestStore) => store.recorder.of(socketSubscribed).map(({ payload }) => payload)

describe('"recovered"', () => {
  it('is true at first, and false after each loss', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    store.answer('s1')
    await reopen(store)
    store.answer('s2')
    await store.dispatch(socketClose())
    void store.dispatch(socketConnect())
    await advanceTime(10)
    store.answer('s3')
    expect(reported(store)).toEqual([
      { ids: [id], recovered: true },
      { ids: [id], recovered: false },
      { ids: [id], recovered: false },
    ])
  })

  it('is true for a subscription that was not active before the loss', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    await reopen(store)
    store.answer('s1')
    expect(reported(store)).toEqual([{ ids: [id], recovered: true }])
  })

  it('is true when the server says that it delivers what was missed', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    store.answer('s1')
    await reopen(store)
    store.answer({ id: 's2', recovered: true })
    await reopen(store)
    store.answer({ id: 's3', recovered: false })
    store.push('s3', 'there')
    expect(reported(store).slice(1)).toEqual([
      { ids: [id], recovered: true },
      { ids: [id], recovered: false },
    ])
    expect(store.pushed()).toEqual([{ id, channel: 'news', data: 'there' }])
  })

  it('is true for a subscription that joins a shared channel, and for a channel that was left meanwhile', async () => {
    const store = await setupOpenRpcStore({ rpcOptions: { dialect: rpcWebSocketsDialect } })
    const first = store.dispatch(socketSubscribe('feed'))
    store.answer({ feed: 'ok' })
    const second = store.dispatch(socketSubscribe('feed'))
    store.dispatch(socketUnsubscribe(first))
    store.dispatch(socketUnsubscribe(second))
    store.answer({ feed: 'ok' })
    const third = store.dispatch(socketSubscribe('feed'))
    store.answer({ feed: 'ok' })
    expect(reported(store)).toEqual([first, second, third].map((id) => ({ ids: [id], recovered: true })))
  })
})

describe('socketSubscribe(…, { resume })', () => {
  const sentParams = (store: RpcTestStore) =>
    store.sentMessages().map(({ params }) => (params as { params?: unknown }).params)

  it('returns the params for subscribing again, out of the last push', async () => {
    const seen: unknown[] = []
    const store = await setupOpenRpcStore()
    const resume: SubscribeOptions['resume'] = (before) => {
      seen.push(before)
      return { ...(before.params as object), since: (before.last as { at: number } | undefined)?.at ?? 0 }
    }
    const id = store.dispatch(socketSubscribe('news', { topic: 'sea' }, { resume }))
    store.answer('s1')
    store.push('s1', { at: 7 })
    store.push('s1', { at: 8 })
    await reopen(store)
    store.answer('s2')
    await reopen(store)
    store.answer('s3')
    store.push('s3', { at: 11 })
    await reopen(store)
    expect(sentParams(store)).toEqual([
      { topic: 'sea' },
      { topic: 'sea', since: 8 },
      { topic: 'sea', since: 8 },
      { topic: 'sea', since: 11 },
    ])
    expect(seen[0]).toEqual({ channel: 'news', params: { topic: 'sea' }, last: { at: 8 }, answer: 's1' })
    expect(store.subscription(id)?.params).toEqual({ topic: 'sea' })
  })

  it('gets no "last" before the first push, and is not called for a subscription that was not active', async () => {
    const store = await setupOpenRpcStore()
    const resume: SubscribeOptions['resume'] = ({ last }) => ({ last: last === undefined ? 'none' : last })
    store.dispatch(socketSubscribe('known', undefined, { resume }))
    store.answer('s1', 1)
    store.dispatch(socketSubscribe('unknown', undefined, { resume }))
    await reopen(store)
    expect(store.lastSocketMessages().map(({ params }) => params)).toEqual([
      { channel: 'known', params: { last: 'none' } },
      { channel: 'unknown' },
    ])
  })

  it('is reported when it throws, and the first params are used', async () => {
    const store = await setupOpenRpcStore()
    const resume = () => {
      throw new Error('no cursor')
    }
    store.dispatch(socketSubscribe('news', [1], { resume }))
    store.answer('s1')
    await reopen(store)
    expect(store.lastSocketMessages()).toMatchObject([{ params: { channel: 'news', params: [1] } }])
    expect(store.recorder.of('socket/error')).toMatchObject([
      { payload: { message: sentence('"resume" threw: no cursor', 'no cursor') } },
    ])
  })
})

describe('a subscription that the server ends', () => {
  const end = (store: RpcTestStore, id: unknown, error: unknown = { code: 17, message: 'out of paper', data: [1] }) =>
    store.receiveJson({ jsonrpc: '2.0', method: '$/ended', params: { id, channel: 'news', error } })

  it('fails, and is neither subscribed again nor unsubscribed', async () => {
    const store = await setupOpenRpcStore()
    const [ended, kept] = [store.dispatch(socketSubscribe('news')), store.dispatch(socketSubscribe('news'))]
    store.answer('s1', 1)
    store.answer('s2', 2)
    end(store, 's1')
    const error = { code: 17, message: 'out of paper', data: [1] }
    expect(store.recorder.of(socketSubscribeFailed).map(({ payload }) => payload)).toEqual([{ ids: [ended], error }])
    expect(store.subscription(ended)).toMatchObject({ status: 'failed', error })
    store.dispatch(socketUnsubscribe(ended))
    expect(store.subscription(ended)).toBeUndefined()
    await reopen(store)
    expect(store.lastSocketMessages()).toHaveLength(1)
    store.answer('s3')
    expect(store.subscription(kept)?.status).toBe('active')
  })

  it.each(['unknown', 7, null, undefined])('is another one when the id is %j', async (id) => {
    const store = await setupOpenRpcStore()
    const kept = store.dispatch(socketSubscribe('news'))
    store.answer('s1')
    end(store, id)
    expect(store.subscription(kept)?.status).toBe('active')
  })

  it('fails with −32000 when the server gives no reason', async () => {
    const store = await setupOpenRpcStore()
    const ended = store.dispatch(socketSubscribe('news'))
    store.answer('s1')
    end(store, 's1', null)
    expect(store.subscription(ended)?.error?.code).toBe(-32000)
  })
})

describe('a dialect that throws', () => {
  const bad = () => {
    throw new Error('bad dialect')
  }

  it('fails only the subscription that it throws for', async () => {
    const subscribe: typeof reduplexDialect.subscribe = (topic) =>
      topic.channel === 'bad' ? bad() : reduplexDialect.subscribe!(topic)
    const store = setupRpcStore({ rpcOptions: { dialect: { ...reduplexDialect, subscribe } } })
    const [first, second] = [store.dispatch(socketSubscribe('bad')), store.dispatch(socketSubscribe('news'))]
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.answer('s1')
    expect([store.subscription(first)?.error?.code, store.subscription(second)?.status]).toEqual([
      'unsupported',
      'active',
    ])
    expect(store.errors()).toEqual(['callback_failed'])
  })

  it('is reported when it throws for an unsubscribe or a cancel', async () => {
    const dialect = { ...reduplexDialect, unsubscribe: bad, cancel: bad }
    const store = await setupOpenRpcStore({ rpcOptions: { dialect } })
    const id = store.dispatch(socketSubscribe('news'))
    store.receiveJson({ jsonrpc: '2.0', id: 1, result: 's1' })
    store.dispatch(socketUnsubscribe(id))
    const late = store.dispatch(socketRequest('slow', undefined, { timeout: 5 }))
    await advanceTime(5)
    await expect(late).resolves.toMatchObject({ error: { code: 'request_timeout' } })
    expect(new Set(store.errors())).toEqual(new Set(['callback_failed']))
  })
})
