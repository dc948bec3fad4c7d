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
import { createRpcWorld, openRpcWorld, passTime, useFakeTime, type RpcWorld } from './harness.js'

useFakeTime()

const reopen = async (world: RpcWorld) => {
  world.network.last.drop()
  await passTime(150)
}
const reported = (world: RpcWorld) => world.recorder.of(socketSubscribed).map(({ payload }) => payload)

describe('"recovered"', () => {
  it('is true at first, and false after each loss', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    world.answer('s1')
    await reopen(world)
    world.answer('s2')
    await world.dispatch(socketClose())
    void world.dispatch(socketConnect())
    await passTime(10)
    world.answer('s3')
    expect(reported(world)).toEqual([
      { ids: [id], recovered: true },
      { ids: [id], recovered: false },
      { ids: [id], recovered: false },
    ])
  })

  it('is true for a subscription that was not active before the loss', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    await reopen(world)
    world.answer('s1')
    expect(reported(world)).toEqual([{ ids: [id], recovered: true }])
  })

  it('is true when the server says that it delivers what was missed', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    world.answer('s1')
    await reopen(world)
    world.answer({ id: 's2', recovered: true })
    await reopen(world)
    world.answer({ id: 's3', recovered: false })
    world.push('s3', 'there')
    expect(reported(world).slice(1)).toEqual([
      { ids: [id], recovered: true },
      { ids: [id], recovered: false },
    ])
    expect(world.pushed()).toEqual([{ id, channel: 'news', data: 'there' }])
  })

  it('is true for a subscription that joins a shared channel, and for a channel that was left meanwhile', async () => {
    const world = await openRpcWorld({ rpcOptions: { dialect: rpcWebSocketsDialect } })
    const first = world.dispatch(socketSubscribe('feed'))
    world.answer({ feed: 'ok' })
    const second = world.dispatch(socketSubscribe('feed'))
    world.dispatch(socketUnsubscribe(first))
    world.dispatch(socketUnsubscribe(second))
    world.answer({ feed: 'ok' })
    const third = world.dispatch(socketSubscribe('feed'))
    world.answer({ feed: 'ok' })
    expect(reported(world)).toEqual([first, second, third].map((id) => ({ ids: [id], recovered: true })))
  })
})

describe('socketSubscribe(…, { resume })', () => {
  const paramsAsked = (world: RpcWorld) => world.asked().map(({ params }) => (params as { params?: unknown }).params)

  it('returns the params for subscribing again, out of the last push', async () => {
    const seen: unknown[] = []
    const world = await openRpcWorld()
    const resume: SubscribeOptions['resume'] = (before) => {
      seen.push(before)
      return { ...(before.params as object), since: (before.last as { at: number } | undefined)?.at ?? 0 }
    }
    const id = world.dispatch(socketSubscribe('news', { topic: 'sea' }, { resume }))
    world.answer('s1')
    world.push('s1', { at: 7 })
    world.push('s1', { at: 8 })
    await reopen(world)
    world.answer('s2')
    await reopen(world)
    world.answer('s3')
    world.push('s3', { at: 11 })
    await reopen(world)
    expect(paramsAsked(world)).toEqual([
      { topic: 'sea' },
      { topic: 'sea', since: 8 },
      { topic: 'sea', since: 8 },
      { topic: 'sea', since: 11 },
    ])
    expect(seen[0]).toEqual({ channel: 'news', params: { topic: 'sea' }, last: { at: 8 } })
    expect(world.subscription(id)?.params).toEqual({ topic: 'sea' })
  })

  it('gets no "last" before the first push, and is not called for a subscription that was not active', async () => {
    const world = await openRpcWorld()
    const resume: SubscribeOptions['resume'] = ({ last }) => ({ last: last === undefined ? 'none' : last })
    world.dispatch(socketSubscribe('known', undefined, { resume }))
    world.answer('s1', 1)
    world.dispatch(socketSubscribe('unknown', undefined, { resume }))
    await reopen(world)
    expect(world.askedLast().map(({ params }) => params)).toEqual([
      { channel: 'known', params: { last: 'none' } },
      { channel: 'unknown' },
    ])
  })

  it('is reported when it throws, and the first params are used', async () => {
    const world = await openRpcWorld()
    const resume = () => {
      throw new Error('no cursor')
    }
    world.dispatch(socketSubscribe('news', [1], { resume }))
    world.answer('s1')
    await reopen(world)
    expect(world.askedLast()).toMatchObject([{ params: { channel: 'news', params: [1] } }])
    expect(world.recorder.of('socket/error')).toMatchObject([
      { payload: { message: sentence('"resume" threw: no cursor', 'no cursor') } },
    ])
  })
})

describe('a subscription that the server ends', () => {
  const end = (world: RpcWorld, id: unknown, error: unknown = { code: 17, message: 'out of paper', data: [1] }) =>
    world.hearJson({ jsonrpc: '2.0', method: '$/ended', params: { id, channel: 'news', error } })

  it('fails, and is neither subscribed again nor unsubscribed', async () => {
    const world = await openRpcWorld()
    const [ended, kept] = [world.dispatch(socketSubscribe('news')), world.dispatch(socketSubscribe('news'))]
    world.answer('s1', 1)
    world.answer('s2', 2)
    end(world, 's1')
    const error = { code: 17, message: 'out of paper', data: [1] }
    expect(world.recorder.of(socketSubscribeFailed).map(({ payload }) => payload)).toEqual([{ ids: [ended], error }])
    expect(world.subscription(ended)).toMatchObject({ status: 'failed', error })
    world.dispatch(socketUnsubscribe(ended))
    expect(world.subscription(ended)).toBeUndefined()
    await reopen(world)
    expect(world.askedLast()).toHaveLength(1)
    world.answer('s3')
    expect(world.subscription(kept)?.status).toBe('active')
  })

  it.each(['unknown', 7, null, undefined])('is another one when the id is %j', async (id) => {
    const world = await openRpcWorld()
    const kept = world.dispatch(socketSubscribe('news'))
    world.answer('s1')
    end(world, id)
    expect(world.subscription(kept)?.status).toBe('active')
  })

  it('fails with −32000 when the server gives no reason', async () => {
    const world = await openRpcWorld()
    const ended = world.dispatch(socketSubscribe('news'))
    world.answer('s1')
    end(world, 's1', null)
    expect(world.subscription(ended)?.error?.code).toBe(-32000)
  })
})

describe('a dialect that throws', () => {
  const bad = () => {
    throw new Error('bad dialect')
  }

  it('fails only the subscription that it throws for', async () => {
    const subscribe: typeof reduplexDialect.subscribe = (topic) =>
      topic.channel === 'bad' ? bad() : reduplexDialect.subscribe!(topic)
    const world = createRpcWorld({ rpcOptions: { dialect: { ...reduplexDialect, subscribe } } })
    const [first, second] = [world.dispatch(socketSubscribe('bad')), world.dispatch(socketSubscribe('news'))]
    void world.dispatch(socketConnect())
    await passTime(1)
    world.answer('s1')
    expect([world.subscription(first)?.error?.code, world.subscription(second)?.status]).toEqual([
      'unsupported',
      'active',
    ])
    expect(world.errors()).toEqual(['callback_failed'])
  })

  it('is reported when it throws for an unsubscribe or a cancel', async () => {
    const dialect = { ...reduplexDialect, unsubscribe: bad, cancel: bad }
    const world = await openRpcWorld({ rpcOptions: { dialect } })
    const id = world.dispatch(socketSubscribe('news'))
    world.hearJson({ jsonrpc: '2.0', id: 1, result: 's1' })
    world.dispatch(socketUnsubscribe(id))
    const late = world.dispatch(socketRequest('slow', undefined, { timeout: 5 }))
    await passTime(5)
    await expect(late).resolves.toMatchObject({ error: { code: 'request_timeout' } })
    expect(new Set(world.errors())).toEqual(new Set(['callback_failed']))
  })
})
