import type { Middleware, Reducer } from '@reduxjs/toolkit'
import { createApi } from '@reduxjs/toolkit/query/react'
import { describe, expect, it } from '@jest/globals'
import { socketConnect } from '../../../src/index.js'
import { socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import { useIsLost, useSocket, useSubscription } from '../../../src/react/index.js'
import { jsonRpc } from '../../../src/rpc/index.js'
import { happens, mount } from '../../support/reactApp.js'
import { serveSessions, type FakeSessionServer } from '../../support/session/fakeSessionServer.js'
import { disposeAfterTest } from '../../support/leaks.js'
import { setupStore } from '../../support/setupStore.js'
import { advanceTime } from '../../support/fakeTime.js'
import { useFakeClock } from './fakeClock.js'

interface Call {
  readonly id: number
  readonly method: string
  readonly params?: { readonly channel?: string }
}

const createPricesApi = () => {
  const api = createApi({
    baseQuery: socketBaseQuery(),
    endpoints: (build) => ({
      getPrices: build.query<number[], undefined>({
        query: () => ({ method: 'getPrices' }),
        onCacheEntryAdded: streamUpdates({
          api: (): StreamedApi => api,
          channel: 'prices',
          apply: (prices, price: number) => void prices.push(price),
        }),
      }),
    }),
  })
  return api
}

/** A page with all hooks that a session has an effect on. `seen` has each thing that it showed, and `pushes` what `onData` got. */
const createScreen = (api: ReturnType<typeof createPricesApi>) => {
  const seen: string[] = []
  const pushes: unknown[] = []
  const Screen = () => {
    const { isOpen } = useSocket()
    const news = useSubscription('news', undefined, { onData: (data) => pushes.push(data) })
    const { data, isFetching } = api.endpoints.getPrices.useQuery(undefined)
    const shown = JSON.stringify([news.status, news.data, data, isFetching, isOpen, useIsLost({ after: 5_000 })])
    if (seen.at(-1) !== shown) seen.push(shown)
    return shown
  }
  return { Screen, pushes, seen }
}

const later = async (ms: number) => await happens(async () => await advanceTime(ms))
const calls = ({ taken }: FakeSessionServer) => taken.map((frame) => JSON.parse(frame as string) as Call)

/** Answers the newest call of a method, or of a subscription to a channel. */
const answer = (server: FakeSessionServer, what: string, result: unknown) => {
  const { id } = calls(server).findLast(({ method, params }) => method === what || params?.channel === what)!
  server.push({ jsonrpc: '2.0', id, result })
}

const push = (server: FakeSessionServer, channel: string, data: unknown, id = channel) =>
  server.push({ jsonrpc: '2.0', method: '$/push', params: { id, channel, data } })

const methods = (server: FakeSessionServer) => calls(server).map(({ method, params }) => params?.channel ?? method)

/** The page, with all that it has asked for. */
const open = async (serverOptions: Parameters<typeof serveSessions>[1] = {}) => {
  const api = createPricesApi()
  const store = setupStore({
    protocol: jsonRpc(),
    session: {},
    // Fetches after a lost session begin at once.
    reconnect: { backoff: () => 1_000, random: () => 0 },
    reducer: { [api.reducerPath]: api.reducer as Reducer },
    middleware: [api.middleware as Middleware],
  })
  disposeAfterTest({ dispose: () => store.dispatch(api.util.resetApiState() as never) })
  const server = serveSessions(store.network, serverOptions)
  const screen = createScreen(api)
  await happens(() => void store.dispatch(socketConnect()))
  await later(1)
  const { Screen, seen } = screen
  const app = await mount(store.store, <Screen />)
  await later(1)
  await happens(() => {
    answer(server, 'news', 'news')
    answer(server, 'prices', 'prices')
    answer(server, 'getPrices', [1])
    push(server, 'news', 'first')
  })
  await later(20)
  expect(app.text()).toBe('["active","first",[1],false,true,false]')
  seen.splice(0)
  screen.pushes.splice(0)
  const cut = async () => {
    await happens(() => store.network.last.cut())
    await later(20)
  }
  return { ...screen, app, cut, server, store }
}

export const describeSession = (): void =>
  describe('hooks of a connection with a session', () => {
    useFakeClock(() => {})

    it('show what was pushed during a cut that resumes, once, and ask for nothing again', async () => {
      const { app, cut, pushes, seen, server } = await open()
      const before = methods(server)
      await cut()
      push(server, 'news', 'second')
      push(server, 'prices', 2)
      push(server, 'news', 'third')
      await later(1_000)
      await later(20)
      expect(app.text()).toBe('["active","third",[1,2],false,true,false]')
      expect(pushes).toEqual(['second', 'third'])
      expect(methods(server)).toEqual(before)
      // Neither is it pending or idle meanwhile, nor is anything fetched: only the connection is not open.
      expect(seen.every((shown) => /^\["active","\w+",\[1(,2)?\],false,(true|false),false\]$/.test(shown))).toBe(true)
      expect(seen[0]).toBe('["active","first",[1],false,false,false]')
    })

    it('keep what they have over a cut that lasts, and report that the connection is lost', async () => {
      const { app, cut, server, store } = await open()
      store.network.mode = 'refuse'
      await cut()
      await later(5_000)
      expect(app.text()).toBe('["active","first",[1],false,false,true]')
      store.network.mode = 'accept'
      push(server, 'news', 'late')
      await later(1_001)
      await later(20)
      expect(app.text()).toBe('["active","late",[1],false,true,false]')
    })

    it('ask again after the session was lost, and get each later push once', async () => {
      const { app, cut, pushes, seen, server } = await open()
      const before = methods(server).length
      await cut()
      server.forget()
      await later(1_000)
      expect(methods(server).slice(before).sort()).toEqual(['news', 'prices'])
      expect(app.text()).toBe('["pending","first",[1],false,true,false]')
      await happens(() => {
        answer(server, 'news', 'news 2')
        answer(server, 'prices', 'prices 2')
      })
      await later(20)
      // The list may lack pushes: it is fetched again.
      expect(methods(server).slice(before).sort()).toEqual(['getPrices', 'news', 'prices'])
      await happens(() => {
        answer(server, 'getPrices', [1, 2, 3])
        push(server, 'news', 'second', 'news 2')
        push(server, 'prices', 4, 'prices 2')
      })
      await later(20)
      expect(app.text()).toBe('["active","second",[1,2,3,4],false,true,false]')
      expect(pushes).toEqual(['second'])
      expect(seen.some((shown) => shown.startsWith('["idle"'))).toBe(false)
    })

    it('subscribe once where a component is mounted during the cut', async () => {
      const { app, cut, server, store } = await open()
      const Late = () => useSubscription('late').status
      await cut()
      const late = await mount(store.store, <Late />)
      expect(late.text()).toBe('pending')
      await later(1_000)
      expect(methods(server).filter((name) => name === 'late')).toHaveLength(1)
      await happens(() => answer(server, 'late', 'late'))
      expect([late.text(), app.text()]).toEqual(['active', '["active","first",[1],false,true,false]'])
    })
  })
