import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { socketSubscribe, socketSubscribed, socketSubscribeFailed, socketUnsubscribe } from '../../../src/rpc/index.js'
import { setupOpenRpcStore, advanceTime, useFakeTime, type RpcTestStore } from '../../unit/rpc/harness.js'

// A server that closes, or limits its load, may end a subscription with a code that means "later": the subscription failed for good.

useFakeTime()
afterEach(() => {
  jest.restoreAllMocks()
})

const end = (store: RpcTestStore, code: number, data?: object): void =>
  store.receiveJson({
    jsonrpc: '2.0',
    method: '$/ended',
    params: { id: 's1', channel: 'news', error: { code, message: 'later', data } },
  })

const setup = async (options = {}) => {
  const store = await setupOpenRpcStore()
  const id = store.dispatch(socketSubscribe('news', { topic: 'sea' }, options))
  store.answer('s1')
  expect(store.subscription(id)?.status).toBe('active')
  return { ...store, id }
}

describe('a subscription that the server ends for now', () => {
  it.each([-32_012, -32_029, -32_030])('is pending and is asked for again after %d', async (code) => {
    const store = await setup()
    // The wait is random, from 0 to 3 s.
    jest.spyOn(Math, 'random').mockReturnValue(0.5)
    end(store, code)
    await advanceTime(20)
    expect(store.subscription(store.id)).toEqual({ channel: 'news', params: { topic: 'sea' }, status: 'pending' })
    expect(store.sentMessages()).toHaveLength(1)
    await advanceTime(3_000)
    expect(store.lastMessage()).toMatchObject({
      method: 'subscribe',
      params: { channel: 'news', params: { topic: 'sea' } },
    })
    store.answer('s2')
    expect(store.subscription(store.id)?.status).toBe('active')
    store.push('s2', 'there')
    expect(store.pushed()).toEqual([{ id: store.id, channel: 'news', data: 'there' }])
    expect(store.recorder.count(socketSubscribeFailed)).toBe(0)
    expect(store.recorder.of(socketSubscribed).map(({ payload }) => payload.recovered)).toEqual([true, false])
  })

  it('waits as long as "retryAfter" says', async () => {
    const store = await setup()
    end(store, -32_029, { retryAfter: 20_000 })
    await advanceTime(19_999)
    expect(store.sentMessages()).toHaveLength(1)
    await advanceTime(1)
    expect(store.sentMessages()).toHaveLength(2)
  })

  it('tells its observer that pushes are missing', async () => {
    const observer = { lost: jest.fn(), failed: jest.fn(), subscribed: jest.fn() }
    const store = await setup({ observer })
    end(store, -32_012, { retryAfter: 10 })
    expect(observer.lost).toHaveBeenCalledTimes(1)
    await advanceTime(10)
    store.answer('s2')
    expect(observer.subscribed.mock.calls.map(([, recovered]) => recovered)).toEqual([true, false])
    expect(observer.failed).not.toHaveBeenCalled()
  })

  it('is not asked for again when it is unsubscribed meanwhile', async () => {
    const store = await setup()
    end(store, -32_012)
    store.dispatch(socketUnsubscribe(store.id))
    await advanceTime(60_000)
    expect(store.sentMessages()).toHaveLength(1)
  })

  it('is asked for at once on the next connection', async () => {
    const store = await setup()
    end(store, -32_012, { retryAfter: 60_000 })
    store.network.last.cut()
    await advanceTime(150)
    expect(store.lastSocketMessages()).toMatchObject([{ method: 'subscribe' }])
    await advanceTime(60_000)
    expect(store.lastSocketMessages()).toHaveLength(1)
  })
})

it('a subscription that the server ends with another code has failed', async () => {
  const store = await setup()
  end(store, -32_003)
  expect(store.subscription(store.id)).toMatchObject({ status: 'failed', error: { code: -32_003 } })
  await advanceTime(60_000)
  expect(store.sentMessages()).toHaveLength(1)
})
