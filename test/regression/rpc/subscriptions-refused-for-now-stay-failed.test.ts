import { describe, expect, it } from '@jest/globals'
import { socketSubscribe, socketSubscribeFailed, socketUnsubscribe } from '../../../src/rpc/index.js'
import { setupOpenRpcStore, advanceTime, useFakeTime, type RpcTestStore } from '../../unit/rpc/harness.js'

useFakeTime()

const reopen = async (store: RpcTestStore) => {
  store.network.last.cut()
  await advanceTime(150)
}
const askedMethods = (store: RpcTestStore) => store.sentMessages().map(({ method }) => method)
const failures = (store: RpcTestStore) => store.recorder.of(socketSubscribeFailed)

// The companion server refuses so while it closes, above its rate, and above its number of requests at once.
describe('a subscription that the server refuses for now', () => {
  it.each([-32_012, -32_029, -32_030])('is pending and is asked for again after %d', async (code) => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news', { topic: 'sea' }))
    store.refuse({ code, message: 'later' })
    expect(store.subscription(id)).toEqual({ channel: 'news', params: { topic: 'sea' }, status: 'pending' })
    await advanceTime(3_000)
    expect(store.sentMessages()).toHaveLength(2)
    expect(store.lastMessage()).toMatchObject({
      method: 'subscribe',
      params: { channel: 'news', params: { topic: 'sea' } },
    })
    store.answer('s1')
    expect(store.subscription(id)?.status).toBe('active')
    expect(failures(store)).toEqual([])
    store.push('s1', 'there')
    expect(store.pushed()).toEqual([{ id, channel: 'news', data: 'there' }])
  })

  it('waits as long as "retryAfter" says', async () => {
    const store = await setupOpenRpcStore()
    store.dispatch(socketSubscribe('news'))
    store.refuse({ code: -32_029, message: 'later', data: { retryAfter: 20_000 } })
    await advanceTime(19_999)
    expect(store.sentMessages()).toHaveLength(1)
    await advanceTime(1)
    expect(store.sentMessages()).toHaveLength(2)
    store.refuse({ code: -32_029, message: 'later', data: { retryAfter: 0 } })
    expect(store.sentMessages()).toHaveLength(3)
  })

  it.each(['5', -1, null])('waits for the default backoff when "retryAfter" is %p', async (retryAfter) => {
    const store = await setupOpenRpcStore()
    store.dispatch(socketSubscribe('news'))
    for (let refusals = 1; refusals < 5; refusals++) {
      store.refuse({ code: -32_030, message: 'later', data: { retryAfter } })
      await advanceTime(refusals < 2 ? 3_000 : 1_999)
      expect(store.sentMessages()).toHaveLength(refusals < 2 ? 2 : refusals)
      if (refusals > 1) await advanceTime(3_001)
      expect(store.sentMessages()).toHaveLength(refusals + 1)
    }
  })

  it('is not asked for again when it was unsubscribed meanwhile', async () => {
    const store = await setupOpenRpcStore()
    const early = store.dispatch(socketSubscribe('early'))
    store.dispatch(socketUnsubscribe(early))
    store.refuse({ code: -32_030, message: 'later' })
    const late = store.dispatch(socketSubscribe('late'))
    store.refuse({ code: -32_030, message: 'later' })
    store.dispatch(socketUnsubscribe(late))
    await advanceTime(30_000)
    expect(askedMethods(store)).toEqual(['subscribe', 'subscribe'])
    await reopen(store)
    expect(store.lastSocketMessages()).toEqual([])
  })

  it('is asked for on the next connection at once, when this one is lost during the wait', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    store.refuse({ code: -32_012, message: 'closing', data: { retryAfter: 60_000 } })
    await reopen(store)
    expect(store.lastSocketMessages()).toMatchObject([{ method: 'subscribe' }])
    store.answer('s1')
    expect(store.subscription(id)?.status).toBe('active')
    await advanceTime(60_000)
    expect(store.lastSocketMessages()).toHaveLength(1)
  })

  it('is failed when the server then refuses it for good', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    store.refuse({ code: -32_030, message: 'later', data: { retryAfter: 10 } })
    await advanceTime(10)
    store.refuse({ code: -32_003, message: 'not yours' })
    expect(store.subscription(id)).toMatchObject({ status: 'failed', error: { code: -32_003 } })
    await advanceTime(60_000)
    expect(store.sentMessages()).toHaveLength(2)
  })
})

describe('an unsubscription that the server refuses for now', () => {
  it('is sent again, so that the server does not go on pushing', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('news'))
    store.answer('s1')
    store.dispatch(socketUnsubscribe(id))
    store.refuse({ code: -32_030, message: 'later' })
    await advanceTime(3_000)
    expect(askedMethods(store)).toEqual(['subscribe', 'unsubscribe', 'unsubscribe'])
    store.answer(true)
    await advanceTime(30_000)
    expect(store.sentMessages()).toHaveLength(3)
    expect(store.errors()).toEqual([])
  })
})
