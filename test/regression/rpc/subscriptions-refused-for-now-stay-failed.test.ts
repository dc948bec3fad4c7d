import { describe, expect, it } from '@jest/globals'
import { socketSubscribe, socketSubscribeFailed, socketUnsubscribe } from '../../../src/rpc/index.js'
import { openRpcWorld, passTime, useFakeTime, type RpcWorld } from '../../unit/rpc/harness.js'

useFakeTime()

const reopen = async (world: RpcWorld) => {
  world.network.last.drop()
  await passTime(150)
}
const askedMethods = (world: RpcWorld) => world.asked().map(({ method }) => method)
const failures = (world: RpcWorld) => world.recorder.of(socketSubscribeFailed)

// The companion server refuses so while it closes, above its rate, and above its number of requests at once.
describe('a subscription that the server refuses for now', () => {
  it.each([-32_012, -32_029, -32_030])('is pending and is asked for again after %d', async (code) => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news', { topic: 'sea' }))
    world.refuse({ code, message: 'later' })
    expect(world.subscription(id)).toEqual({ channel: 'news', params: { topic: 'sea' }, status: 'pending' })
    await passTime(3_000)
    expect(world.asked()).toHaveLength(2)
    expect(world.lastAsked()).toMatchObject({
      method: 'subscribe',
      params: { channel: 'news', params: { topic: 'sea' } },
    })
    world.answer('s1')
    expect(world.subscription(id)?.status).toBe('active')
    expect(failures(world)).toEqual([])
    world.push('s1', 'there')
    expect(world.pushed()).toEqual([{ id, channel: 'news', data: 'there' }])
  })

  it('waits as long as "retryAfter" says', async () => {
    const world = await openRpcWorld()
    world.dispatch(socketSubscribe('news'))
    world.refuse({ code: -32_029, message: 'later', data: { retryAfter: 20_000 } })
    await passTime(19_999)
    expect(world.asked()).toHaveLength(1)
    await passTime(1)
    expect(world.asked()).toHaveLength(2)
    world.refuse({ code: -32_029, message: 'later', data: { retryAfter: 0 } })
    expect(world.asked()).toHaveLength(3)
  })

  it.each(['5', -1, null])('waits for the default backoff when "retryAfter" is %p', async (retryAfter) => {
    const world = await openRpcWorld()
    world.dispatch(socketSubscribe('news'))
    for (let refusals = 1; refusals < 5; refusals++) {
      world.refuse({ code: -32_030, message: 'later', data: { retryAfter } })
      await passTime(refusals < 2 ? 3_000 : 1_999)
      expect(world.asked()).toHaveLength(refusals < 2 ? 2 : refusals)
      if (refusals > 1) await passTime(3_001)
      expect(world.asked()).toHaveLength(refusals + 1)
    }
  })

  it('is not asked for again when it was unsubscribed meanwhile', async () => {
    const world = await openRpcWorld()
    const early = world.dispatch(socketSubscribe('early'))
    world.dispatch(socketUnsubscribe(early))
    world.refuse({ code: -32_030, message: 'later' })
    const late = world.dispatch(socketSubscribe('late'))
    world.refuse({ code: -32_030, message: 'later' })
    world.dispatch(socketUnsubscribe(late))
    await passTime(30_000)
    expect(askedMethods(world)).toEqual(['subscribe', 'subscribe'])
    await reopen(world)
    expect(world.askedLast()).toEqual([])
  })

  it('is asked for on the next connection at once, when this one is lost during the wait', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    world.refuse({ code: -32_012, message: 'closing', data: { retryAfter: 60_000 } })
    await reopen(world)
    expect(world.askedLast()).toMatchObject([{ method: 'subscribe' }])
    world.answer('s1')
    expect(world.subscription(id)?.status).toBe('active')
    await passTime(60_000)
    expect(world.askedLast()).toHaveLength(1)
  })

  it('is failed when the server then refuses it for good', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    world.refuse({ code: -32_030, message: 'later', data: { retryAfter: 10 } })
    await passTime(10)
    world.refuse({ code: -32_003, message: 'not yours' })
    expect(world.subscription(id)).toMatchObject({ status: 'failed', error: { code: -32_003 } })
    await passTime(60_000)
    expect(world.asked()).toHaveLength(2)
  })
})

describe('an unsubscription that the server refuses for now', () => {
  it('is sent again, so that the server does not go on pushing', async () => {
    const world = await openRpcWorld()
    const id = world.dispatch(socketSubscribe('news'))
    world.answer('s1')
    world.dispatch(socketUnsubscribe(id))
    world.refuse({ code: -32_030, message: 'later' })
    await passTime(3_000)
    expect(askedMethods(world)).toEqual(['subscribe', 'unsubscribe', 'unsubscribe'])
    world.answer(true)
    await passTime(30_000)
    expect(world.asked()).toHaveLength(3)
    expect(world.errors()).toEqual([])
  })
})
