import { describe, expect, it, jest } from '@jest/globals'
import { cbor } from '../../../src/codec/cbor.js'
import { socketClose } from '../../../src/index.js'
import { socketSubscribe, socketUnsubscribe, type SubscriptionObserver } from '../../../src/rpc/index.js'
import { openRpcWorld, passTime, useFakeTime, type RpcWorld } from './harness.js'

useFakeTime()

const shared = { shared: true }

const methods = (world: RpcWorld) => world.asked().map(({ method }) => method)

const reopen = async (world: RpcWorld) => {
  world.network.last.drop()
  await passTime(150)
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
    const world = await openRpcWorld()
    const ids = Array.from({ length: 50 }, (_, at) =>
      world.dispatch(socketSubscribe('news', at % 2 ? { a: 1, b: [2] } : { b: [2], a: 1 }, shared)),
    )
    expect(new Set(ids).size).toBe(50)
    expect(methods(world)).toEqual(['subscribe'])
    world.answer('s1')
    expect(ids.map((id) => world.subscription(id)?.status)).toEqual(ids.map(() => 'active'))
    world.push('s1', 'hello')
    expect(world.pushed()).toEqual(ids.map((id) => ({ id, channel: 'news', data: 'hello' })))
    for (const id of ids.slice(1)) world.dispatch(socketUnsubscribe(id))
    expect(methods(world)).toEqual(['subscribe'])
    await reopen(world)
    expect(world.askedLast().map(({ method }) => method)).toEqual(['subscribe'])
    world.answer('s2')
    world.dispatch(socketUnsubscribe(ids[0]!))
    expect(world.lastAsked()).toMatchObject({ method: 'unsubscribe', params: { id: 's2' } })
  })

  it('is another one with other params, and without "shared"', async () => {
    const world = await openRpcWorld()
    for (const params of [undefined, {}, { a: 1 }, { a: '1' }, [1]]) {
      world.dispatch(socketSubscribe('news', params, shared))
    }
    world.dispatch(socketSubscribe('other', undefined, shared))
    world.dispatch(socketSubscribe('news'))
    world.dispatch(socketSubscribe('news'))
    expect(methods(world)).toHaveLength(8)
  })

  it('is not shared when its params are not plain data', async () => {
    const world = await openRpcWorld({ codec: cbor() })
    world.dispatch(socketSubscribe('news', { key: new Uint8Array([1]) }, shared))
    world.dispatch(socketSubscribe('news', { key: new Uint8Array([2]) }, shared))
    expect(world.sent()).toHaveLength(2)
  })

  it('is not shared, and fails, when its params contain themselves', async () => {
    const world = await openRpcWorld()
    const circle: { self?: unknown } = {}
    circle.self = circle
    const id = world.dispatch(socketSubscribe('news', circle, shared))
    expect(world.subscription(id)).toMatchObject({ channel: 'news', status: 'failed', error: { code: 'invalid' } })
  })

  it('fails for all when the server refuses it, and can be subscribed to again', async () => {
    const world = await openRpcWorld()
    const ids = [1, 2].map(() => world.dispatch(socketSubscribe('news', undefined, shared)))
    world.refuse({ code: -32003, message: 'no' })
    expect(ids.map((id) => world.subscription(id)?.status)).toEqual(['failed', 'failed'])
    world.dispatch(socketSubscribe('news', undefined, shared))
    expect(methods(world)).toEqual(['subscribe', 'subscribe'])
  })

  it('is active in the end when it is ended and started again before the reply', async () => {
    const world = await openRpcWorld()
    const first = world.dispatch(socketSubscribe('news', undefined, shared))
    world.answer('s1')
    world.dispatch(socketUnsubscribe(first))
    const second = world.dispatch(socketSubscribe('news', undefined, shared))
    world.answer(true)
    expect(methods(world)).toEqual(['subscribe', 'unsubscribe', 'subscribe'])
    world.answer('s2')
    world.push('s2', 'there')
    expect(world.pushed()).toEqual([{ id: second, channel: 'news', data: 'there' }])
  })
})

describe('an observer', () => {
  it('gets the pushes instead of the store, and what happens to the subscription', async () => {
    const world = await openRpcWorld()
    const { calls, observer } = createObserver()
    const id = world.dispatch(socketSubscribe('news', undefined, { observer }))
    expect(JSON.stringify(world.news())).not.toContain('observer')
    world.push('s1', 'early')
    world.answer({ id: 's1', recovered: true })
    world.push('s1', 'live')
    world.network.last.drop()
    await passTime(150)
    world.answer('s2')
    await world.dispatch(socketClose())
    world.dispatch(socketUnsubscribe(id))
    expect(calls).toEqual([
      ['subscribed', { id: 's1', recovered: true }],
      ['pushed', 'early'],
      ['pushed', 'live'],
      ['lost'],
      ['subscribed', 's2'],
      ['lost'],
    ])
    expect(world.pushed()).toEqual([])
  })

  it('is called at once, without an answer, when it joins an active subscription', async () => {
    const world = await openRpcWorld()
    world.dispatch(socketSubscribe('news', undefined, shared))
    world.answer('s1')
    const { calls, observer } = createObserver()
    const id = world.dispatch(socketSubscribe('news', undefined, { ...shared, observer }))
    expect(calls).toEqual([['subscribed', undefined]])
    world.push('s1', 1)
    expect(calls.slice(1)).toEqual([['pushed', 1]])
    expect(world.pushed()).toHaveLength(1)
    world.dispatch(socketUnsubscribe(id))
    world.push('s1', 2)
    expect(calls).toHaveLength(2)
  })

  it('is called for a refusal, and for a lost connection only when it was active', async () => {
    const world = await openRpcWorld()
    const { calls, observer } = createObserver()
    world.dispatch(socketSubscribe('news', undefined, { observer }))
    await reopen(world)
    expect(calls).toEqual([])
    world.refuse({ code: 7, message: 'no' })
    expect(calls).toEqual([['failed', 7]])
  })

  it('is reported when it throws, and the others are called', async () => {
    const world = await openRpcWorld()
    const { calls, observer } = createObserver()
    const broken = { pushed: jest.fn(() => expect(1).toBe(2)) }
    for (const one of [broken, observer])
      world.dispatch(socketSubscribe('news', undefined, { ...shared, observer: one }))
    world.answer('s1')
    world.push('s1', 1)
    expect(calls.at(-1)).toEqual(['pushed', 1])
    expect(broken.pushed).toHaveBeenCalledTimes(1)
    expect(world.errors()).toEqual(['callback_failed'])
  })
})

describe('a shared subscription with "resume"', () => {
  it('starts with its params, and subscribes again with those that the first of its callbacks returns', async () => {
    const world = await openRpcWorld()
    let last: unknown
    world.dispatch(socketSubscribe('news', { from: 0 }, { shared: true, resume: () => undefined }))
    world.dispatch(socketSubscribe('news', { from: 0 }, { shared: true, resume: () => last }))
    expect(world.asked()).toHaveLength(1)
    world.answer('s1')
    await reopen(world)
    expect(world.lastAsked().params).toEqual({ channel: 'news', params: { from: 0 } })
    world.answer('s1')
    last = { from: 7 }
    await reopen(world)
    expect(world.lastAsked().params).toEqual({ channel: 'news', params: { from: 7 } })
  })
})
