import { describe, expect, it } from '@jest/globals'
import { createApi } from '@reduxjs/toolkit/query'
import { socketBaseQuery, streamUpdates, type SocketQueryError, type StreamedApi } from '../../../src/query/index.js'
import { socketSubscribe, socketUnsubscribe, type SubscriptionObserver } from '../../../src/rpc/index.js'
import { setupOpenQueryStore, advanceTime, useFakeTime } from './harness.js'

useFakeTime()

interface Tick {
  readonly price: number
}

/** The recipe of docs/rtk-query.md. */
const createTickApi = () => {
  const api = createApi({
    baseQuery: socketBaseQuery(),
    endpoints: (build) => ({
      getTick: build.query<Tick, string>({
        queryFn: async (symbol, { dispatch, signal }) => {
          let id = ''
          const first = new Promise<{ data: Tick } | { error: SocketQueryError }>((resolve) => {
            const observer: SubscriptionObserver = {
              pushed: (data) => resolve({ data: data as Tick }),
              failed: (error) => resolve({ error }),
            }
            const aborted = { code: 'request_aborted', message: 'The query was aborted.' } as const
            signal.addEventListener('abort', () => resolve({ error: aborted }))
            // RTK Query's dispatch does not know what the store's returns
            id = dispatch(socketSubscribe('prices', { symbol }, { shared: true, observer })) as unknown as string
          })
          return await first.finally(() => dispatch(socketUnsubscribe(id)))
        },
        onCacheEntryAdded: streamUpdates({
          api: (): StreamedApi => api,
          channel: 'prices',
          params: (symbol) => ({ symbol }),
          apply: (_before, tick: Tick) => tick,
        }),
      }),
    }),
  })
  return api
}

const open = async () => {
  const api = createTickApi()
  const { getTick } = api.endpoints
  const store = await setupOpenQueryStore(api)
  const query = store.run(getTick.initiate('ACME'))
  return {
    ...store,
    query,
    entry: () => getTick.select('ACME')(store.app() as never),
    stream: () => store.status(getTick, 'ACME'),
    push: async (id: string, price: number) => {
      store.push(id, { price }, 'prices')
      await advanceTime(20)
    },
  }
}

describe('a query whose data only comes by the channel', () => {
  it('is loading until the first push, over one subscription, and then live', async () => {
    const store = await open()
    await advanceTime(60_000)
    store.answerTo('subscribe', 's1')
    await advanceTime(20)
    expect([store.entry().isLoading, store.stream()]).toEqual([true, 'connecting'])
    await store.push('s1', 1)
    expect([store.entry().isLoading, store.entry().data, store.stream()]).toEqual([false, { price: 1 }, 'live'])
    await store.push('s1', 2)
    expect(store.entry().data).toEqual({ price: 2 })
    expect(store.sentMessages().map(({ method }) => method)).toEqual(['subscribe'])
  })

  it.each([
    ['after', false],
    ['before', true],
  ])('is live again with the first push after a reconnect, which comes %s the reply', async (_, isEarly) => {
    const store = await open()
    store.answerTo('subscribe', 's1')
    await store.push('s1', 1)
    await store.reopen()
    expect([store.entry().data, store.stream()]).toEqual([{ price: 1 }, 'stale'])
    if (isEarly) await store.push('s2', 2)
    store.answerTo('subscribe', 's2')
    if (!isEarly) await store.push('s2', 2)
    await advanceTime(20)
    expect([store.entry().data, store.entry().status, store.stream()]).toEqual([{ price: 2 }, 'fulfilled', 'live'])
    expect(store.lastSocketMessages().map(({ method }) => method)).toEqual(['subscribe'])
  })

  it('fails when the server refuses', async () => {
    const store = await open()
    store.refuseTo('subscribe', { code: -32003, message: 'no' })
    await advanceTime(20)
    expect(store.entry()).toMatchObject({ isError: true, error: { code: -32003 } })
    expect(store.stream()).toBe('error')
  })

  it('leaves nothing at the server when it is removed before the first push', async () => {
    const store = await open()
    store.answerTo('subscribe', 's1')
    store.query.unsubscribe()
    await advanceTime(60_010)
    expect(store.lastMessage()).toMatchObject({ method: 'unsubscribe', params: { id: 's1' } })
    expect([store.rpc().subscriptions, store.streams()]).toEqual([{}, {}])
  })
})
