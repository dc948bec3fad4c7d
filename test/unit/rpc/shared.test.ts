import { describe, expect, it, jest } from '@jest/globals'
import { cbor } from '../../../src/codec/cbor.js'
import { socketClose } from '../../../src/index.js'
import { socketSubscribe, socketUnsubscribe, type SubscriptionObserver } from '../../../src/rpc/index.js'
import { setupOpenRpcStore, advanceTime, useFakeTime, type RpcTestStore } from './harness.js'

useFakeTime()

const shared = { shared: true }

const methods = (store: RpcTestStore) => store.sentMessages().map(({ method }) => method)

const reopen = async (store: RpcTestStore) => {
  store.network.last.cut()
  await advanceTime(150)
}

/** Records the calls of an observer. */
const createObserver = () => {
  const calls: unknown[] = []
  const observer: SubscriptionObserver = {
    pushed: (data) => calls.push(['pushed', data]),
    subscribed: (answer) => calls.push(['subscribed', answer]),
    lost: () => calls.push(['lost']),
    failed: ({ code }) => calls.push(['failed', code]),
  }
  return { calls, observer }
}

describe('a shared subscription', () => {
  it('is one subscription at the server, which ends with the last of fifty', async () => {
    const store = await setupOpenRpcStore()
    const ids = Array.from({ length: 50 }, (_, at) =>
      store.dispatch(socketSubscribe('news', at % 2 ? { a: 1, b: [2] } : { b: [2], a: 1 }, shared)),
    )
    expect(new Set(ids).size).toBe(50)
    expect(methods(store)).toEqual(['subscribe'])
    store.answer('s1')
    expect(ids.map((id) => store.subscription(id)?.status)).toEqual(ids.map(() => 'active'))
    store.push('s1', 'hello')
    expect(store.pushed()).toEqual(ids.map((id) => ({ id, channel: 'news', data: 'hello' })))
    for (const id of ids.slice(1)) store.dispatch(socketUnsubscribe(id))
    expect(methods(store)).toEqual(['subscribe'])
    await reopen(store)
    expect(store.lastSocketMessages().map(({ method }) => method)).toEqual(['subscribe'])
    store.answer('s2')
    store.dispatch(socketUnsubscribe(ids[0]!))
    expect(store.lastMessage()).toMatchObject({ method: 'unsubscribe', params: { id: 's2' } })
  })

  it('is another one with other params, and without "shared"', async () => {
    const store = await setupOpenRpcStore()
    for (const params of [undefined, {}, { a: 1 }, { a: '1' }, [1]]) {
      store.dispatch(socketSubscribe('news', params, shared))
    }
    store.dispatch(socketSubscribe('other', undefined, shared))
    store.dispatch(socketSubscribe('news'))
    store.dispatch(socketSubscribe('news'))
    expect(methods(store)).toHaveLength(8)
  })

  it('is not shared when its params are not plain data', async () => {
    const store = await setupOpenRpcStore({ codec: cbor() })
    store.dispatch(socketSubscribe('news', { key: new Uint8Array([1]) }, shared))
    store.dispatch(socketSubscribe('news', { key: new Uint8Array([2]) }, shared))
    expect(store.sent()).toHaveLength(2)
  })

  it('is not shared, and fails, when its params contain themselves', async () => {
    const store = await setupOpenRpcStore()
    const circle: { self?: unknown } = {}
    circle.self = circle
    const id = store.dispatch(socketSubscribe('news', circle, shared))
    expect(store.subscription(id)).toMatchObject({ channel: 'news', status: 'failed', error: { code: 'invalid' } })
  })

  it('fails for all when the server refuses it, and can be subscribed to again', async () => {
    const store = await setupOpenRpcStore()
    const ids = [1, 2].map(() => store.dispatch(socketSubscribe('news', undefined, shared)))
    store.refuse({ code: -32003, message: 'no' })
    expect(ids.map((id) => store.subscription(id)?.status)).toEqual(['failed', 'failed'])
    store.dispatch(socketSubscribe('news', undefined, shared))
    expect(methods(store)).toEqual(['subscribe', 'subscribe'])
  })

  it('is active in the end when it is ended and started again before the reply', async () => {
    const store = await setupOpenRpcStore()
    const first = store.dispatch(socketSubscribe('news', undefined, shared))
    store.answer('s1')
    store.dispatch(socketUnsubscribe(first))
    const second = store.dispatch(socketSubscribe('news', undefined, shared))
    store.answer(true)
    expect(methods(store)).toEqual(['subscribe', 'unsubscribe', 'subscribe'])
    store.answer('s2')
    store.push('s2', 'there')
    expect(store.pushed()).toEqual([{ id: second, channel: 'news', data: 'there' }])
  })
})

describe('an observer', () => {
  it('gets the pushes instead of the store, and what happens to the subscription', async () => {
    const store = await setupOpenRpcStore()
    const { calls, observer } = createObserver()
    const id = store.dispatch(socketSubscribe('news', undefined, { observer }))
    expect(JSON.stringify(store.takeActions())).not.toContain('observer')
    store.push('s1', 'early')
    store.answer({ id: 's1', recovered: true })
    store.push('s1', 'live')
    store.network.last.cut()
    await advanceTime(150)
    store.answer('s2')
    await store.dispatch(socketClose())
    store.dispatch(socketUnsubscribe(id))
    expect(calls).toEqual([
      ['subscribed', { id: 's1', recovered: true }],
      ['pushed', 'early'],
      ['pushed', 'live'],
      ['lost'],
      ['subscribed', 's2'],
      ['lost'],
    ])
    expect(store.pushed()).toEqual([])
  })

  it('is called at once, without an answer, when it joins an active subscription', async () => {
    const store = await setupOpenRpcStore()
    store.dispatch(socketSubscribe('news', undefined, shared))
    store.answer('s1')
    const { calls, observer } = createObserver()
    const id = store.dispatch(socketSubscribe('news', undefined, { ...shared, observer }))
    expect(calls).toEqual([['subscribed', undefined]])
    store.push('s1', 1)
    expect(calls.slice(1)).toEqual([['pushed', 1]])
    expect(store.pushed()).toHaveLength(1)
    store.dispatch(socketUnsubscribe(id))
    store.push('s1', 2)
    expect(calls).toHaveLength(2)
  })

  it('is called for a refusal, and for a lost connection only when it was active', async () => {
    const store = await setupOpenRpcStore()
    const { calls, observer } = createObserver()
    store.dispatch(socketSubscribe('news', undefined, { observer }))
    await reopen(store)
    expect(calls).toEqual([])
    store.refuse({ code: 7, message: 'no' })
    expect(calls).toEqual([['failed', 7]])
  })

  it('is reported when it throws, and the others are called', async () => {
    const store = await setupOpenRpcStore()
    const { calls, observer } = createObserver()
    const broken = { pushed: jest.fn(() => expect(1).toBe(2)) }
    for (const one of [broken, observer])
      store.dispatch(socketSubscribe('news', undefined, { ...shared, observer: one }))
    store.answer('s1')
    store.push('s1', 1)
    expect(calls.at(-1)).toEqual(['pushed', 1])
    expect(broken.pushed).toHaveBeenCalledTimes(1)
    expect(store.errors()).toEqual(['callback_failed'])
  })
})

describe('a shared subscription with "resume"', () => {
  it('starts with its params, and subscribes again with those that the first of its callbacks returns', async () => {
    const store = await setupOpenRpcStore()
    let last: unknown
    store.dispatch(socketSubscribe('news', { from: 0 }, { shared: true, resume: () => undefined }))
    store.dispatch(socketSubscribe('news', { from: 0 }, { shared: true, resume: () => last }))
    expect(store.sentMessages()).toHaveLength(1)
    store.answer('s1')
    await reopen(store)
    expect(store.lastMessage().params).toEqual({ channel: 'news', params: { from: 0 } })
    store.answer('s1')
    last = { from: 7 }
    await reopen(store)
    expect(store.lastMessage().params).toEqual({ channel: 'news', params: { from: 7 } })
  })
})
