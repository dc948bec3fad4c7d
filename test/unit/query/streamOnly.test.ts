import { describe, expect, it } from '@jest/globals'
import { createApi } from '@reduxjs/toolkit/query'
import { socketBaseQuery, streamUpdates, type SocketQueryError, type StreamedApi } from '../../../src/query/index.js'
import { socketSubscribe, socketUnsubscribe, type SubscriptionObserver } from '../../../src/rpc/index.js'
import { openQueryWorld, passTime, useFakeTime } from './harness.js'

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
  const world = await openQueryWorld(api)
  const query = world.run(getTick.initiate('ACME'))
  return {
    ...world,
    query,
    entry: () => getTick.select('ACME')(world.app() as never),
    stream: () => world.status(getTick, 'ACME'),
    push: async (id: string, price: number) => {
      world.push(id, { price }, 'prices')
      await passTime(20)
    },
  }
}

describe('a query whose data only comes by the channel', () => {
  it('is loading until the first push, over one subscription, and then live', async () => {
    const world = await open()
    await passTime(60_000)
    world.answerTo('subscribe', 's1')
    await passTime(20)
    expect([world.entry().isLoading, world.stream()]).toEqual([true, 'connecting'])
    await world.push('s1', 1)
    expect([world.entry().isLoading, world.entry().data, world.stream()]).toEqual([false, { price: 1 }, 'live'])
    await world.push('s1', 2)
    expect(world.entry().data).toEqual({ price: 2 })
    expect(world.asked().map(({ method }) => method)).toEqual(['subscribe'])
  })

  it.each([
    ['after', false],
    ['before', true],
  ])('is live again with the first push after a reconnect, which comes %s the reply', async (_, isEarly) => {
    const world = await open()
    world.answerTo('subscribe', 's1')
    await world.push('s1', 1)
    await world.reopen()
    expect([world.entry().data, world.stream()]).toEqual([{ price: 1 }, 'stale'])
    if (isEarly) await world.push('s2', 2)
    world.answerTo('subscribe', 's2')
    if (!isEarly) await world.push('s2', 2)
    await passTime(20)
    expect([world.entry().data, world.entry().status, world.stream()]).toEqual([{ price: 2 }, 'fulfilled', 'live'])
    expect(world.askedLast().map(({ method }) => method)).toEqual(['subscribe'])
  })

  it('fails when the server refuses', async () => {
    const world = await open()
    world.refuseTo('subscribe', { code: -32003, message: 'no' })
    await passTime(20)
    expect(world.entry()).toMatchObject({ isError: true, error: { code: -32003 } })
    expect(world.stream()).toBe('error')
  })

  it('leaves nothing at the server when it is removed before the first push', async () => {
    const world = await open()
    world.answerTo('subscribe', 's1')
    world.query.unsubscribe()
    await passTime(60_010)
    expect(world.lastAsked()).toMatchObject({ method: 'unsubscribe', params: { id: 's1' } })
    expect([world.rpc().subscriptions, world.streams()]).toEqual([{}, {}])
  })
})
