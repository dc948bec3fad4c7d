import { Suspense, useState, type ReactNode } from 'react'
import { Provider } from 'react-redux'
import { describe, expect, it } from '@jest/globals'
import { configureStore } from '@reduxjs/toolkit'
import {
  createSocketMiddleware,
  socketClose,
  socketConnect,
  socketError,
  socketReducer,
  type SocketsState,
} from '../../../src/index.js'
import { createSocketHooks, useSubscription, type SubscriptionView } from '../../../src/react/index.js'
import {
  createRpcActions,
  jsonRpc,
  selectSubscription,
  socketPush,
  socketSubscribe,
  type RpcSocketState,
} from '../../../src/rpc/index.js'
import { happens, hideable, mount } from '../../support/reactApp.js'
import { createRpcNetwork } from '../../support/rpcNetwork.js'
import { createRpcStore } from '../../support/rpcStore.js'
import { takePrinted } from '../../support/leaks.js'
import { setupStore } from '../../support/setupStore.js'
import { Page as EveryHook } from './page.js'

const build = (options: object = {}) => {
  const network = createRpcNetwork()
  const store = createRpcStore({ url: 'ws://x/', WebSocket: network.WebSocket, autoBatch: false, ...options })
  const wanted = () => Object.values((store.state() as Partial<RpcSocketState>).subscriptions ?? {})
  return { ...store, network, wanted }
}

const open = async (options?: object) => {
  const app = build(options)
  await app.dispatch(socketConnect())
  return app
}

const shown = ({ status, data, error }: SubscriptionView) => JSON.stringify([status, data, error?.code])

const Price = ({ symbol, channel = 'prices' }: { symbol?: string; channel?: string }) => (
  <i>{shown(useSubscription(channel, symbol === undefined ? undefined : { symbol, deep: { a: 1, b: [2] } }))}</i>
)

/** A store with the slice under another key than `socket`. */
const setupMountedAtLive = () => {
  const network = createRpcNetwork()
  const { dispose, middleware } = createSocketMiddleware({
    url: 'ws://x/',
    WebSocket: network.WebSocket,
    autoBatch: false,
    protocol: jsonRpc(),
  })
  const store = configureStore({
    reducer: { live: socketReducer },
    middleware: (defaults) => defaults().prepend(middleware),
  })
  return { store, network, dispose }
}

export const describeSubscriptions = (): void =>
  describe('useSubscription', () => {
    it('subscribes on mount, shows what is pushed, and unsubscribes on unmount', async () => {
      const { store, network, wanted } = await open()
      const app = await mount(store, <Price symbol="ACME" />)
      expect(app.text()).toBe('["active",null,null]')
      await happens(() => network.push('prices', 7))
      await happens(() => network.push('prices', 8))
      expect(app.text()).toBe('["active",8,null]')

      await app.unmount()
      expect([network.subscribed(), wanted()]).toEqual([[], []])
      expect(network.requests()).toEqual(['subscribe prices', 'unsubscribe'])
    })

    it('shares one subscription between components with equal params, until the last is unmounted', async () => {
      const { store, network } = await open()
      const Other = () => (
        <i>{shown(useSubscription('prices', { deep: { b: [2], a: 1 }, symbol: 'ACME', no: undefined }))}</i>
      )
      const app = await mount(store, [
        <Price key="1" symbol="ACME" />,
        <Price key="2" symbol="ACME" />,
        <Other key="3" />,
      ])
      await happens(() => network.push('prices', 7))
      expect(app.text()).toBe('["active",7,null]'.repeat(3))
      expect(network.requests()).toEqual(['subscribe prices'])

      await app.render([<Price key="2" symbol="ACME" />])
      expect(network.subscribed()).toEqual(['prices'])
      await app.render(null)
      expect(network.subscribed()).toEqual([])
    })

    it('has another subscription for other params', async () => {
      const { store, network } = await open()
      await mount(store, [<Price key="1" symbol="A" />, <Price key="2" symbol="B" />, <Price key="3" />])
      expect(network.subscribed()).toHaveLength(3)
    })

    it.each<[string, (n: number) => unknown]>([
      ['Maps', (n) => new Map([['a', n]])],
      ['Sets', (n) => new Set([n])],
      ['bytes', (n) => new Uint8Array([n])],
      ['buffers', (n) => new Uint8Array([n]).buffer],
      ['dates', (n) => new Date(n)],
      ['big numbers', (n) => BigInt(n)],
    ])('compares %s in the params by value', async (_, create) => {
      const { store, wanted } = build()
      const Page = ({ value }: { value: unknown }) => shown(useSubscription('c', { value }))
      await mount(store, [<Page key="1" value={create(1)} />, <Page key="2" value={create(1)} />])
      expect(wanted()).toHaveLength(1)
      const more = await mount(store, <Page value={create(2)} />)
      expect(wanted()).toHaveLength(2)
      await more.unmount()
    })

    it('returns the last data to a component that is mounted later', async () => {
      const { store, network } = await open()
      const first = await mount(store, <Price symbol="ACME" />)
      await happens(() => network.push('prices', 7))
      const renders: string[] = []
      const Late = () => {
        const view = useSubscription('prices', { symbol: 'ACME', deep: { a: 1, b: [2] } })
        renders.push(shown(view))
        return null
      }
      await mount(store, <Late />, false)
      expect(renders).toEqual(['["active",7,null]'])
      await first.unmount()
      expect(network.subscribed()).toEqual(['prices'])
    })

    it('subscribes once when StrictMode mounts, unmounts and mounts again', async () => {
      const { store, network } = await open()
      await mount(store, <Price symbol="ACME" />)
      expect(network.requests()).toEqual(['subscribe prices'])
    })

    it('keeps the subscription when a component replaces another, as under hot reload', async () => {
      const { store, network } = await open()
      const app = await mount(store, <Price key="old" symbol="ACME" />)
      await app.render(<Price key="new" symbol="ACME" />)
      await app.render(
        <div>
          <Price symbol="ACME" />
        </div>,
      )
      expect(network.requests()).toEqual(['subscribe prices'])
    })

    it('replaces the subscription when the params change, and does not show the data of the old ones', async () => {
      const { store, network } = await open()
      const app = await mount(store, <Price symbol="A" />)
      await happens(() => network.push('prices', 1))
      const answer = network.holdAnswers()
      await app.render(<Price symbol="B" />)
      expect(app.text()).toBe('["pending",null,null]')
      await happens(answer)
      expect(app.text()).toBe('["active",null,null]')
      expect(network.requests()).toEqual(['subscribe prices', 'subscribe prices', 'unsubscribe'])
      expect(network.subscribed()).toEqual(['prices'])
      expect(network.calls[1]?.params.params).toEqual({ symbol: 'B', deep: { a: 1, b: [2] } })
    })

    it('ends with the last params when they change faster than the server replies', async () => {
      const { store, network, wanted } = await open()
      const answer = network.holdAnswers()
      const app = await mount(store, <Price symbol="A" />)
      for (const symbol of ['B', 'A', 'C', 'B', 'D', 'A']) await app.render(<Price symbol={symbol} />)
      await happens(answer)
      expect(wanted().map(({ status, params }) => [status, (params as { symbol: string }).symbol])).toEqual([
        ['active', 'A'],
      ])
      expect(network.subscribed()).toEqual(['prices'])
      expect(app.text()).toBe('["active",null,null]')
    })

    it('leaves nothing behind when it is unmounted before the reply', async () => {
      const { store, network, wanted } = await open()
      const answer = network.holdAnswers()
      const app = await mount(store, <Price symbol="ACME" />)
      await app.unmount()
      await happens(answer)
      await happens(() => {})
      expect([network.subscribed(), wanted()]).toEqual([[], []])
    })

    it('unsubscribes once when all components that share it are unmounted together', async () => {
      const { store, network } = await open()
      const app = await mount(store, [<Price key="1" symbol="ACME" />, <Price key="2" symbol="ACME" />])
      await app.unmount()
      expect(network.requests()).toEqual(['subscribe prices', 'unsubscribe'])
    })

    it('does not subscribe for a component that suspends and is never mounted', async () => {
      const { store, network, wanted } = await open()
      const never = new Promise<never>(() => {})
      const Suspended = (): ReactNode => {
        useSubscription('prices')
        throw never as unknown as Error
      }
      const app = await mount(
        store,
        <Suspense fallback="waiting">
          <Suspended />
        </Suspense>,
      )
      expect(app.text()).toBe('waiting')
      await app.render(null)
      expect([network.requests(), wanted()]).toEqual([[], []])
    })

    it('keeps the subscription of a component that suspends later', async () => {
      const { store, network } = await open()
      const setters: ((promise: Promise<unknown>) => void)[] = []
      const Page = () => {
        const view = useSubscription('prices')
        const [promise, set] = useState<Promise<unknown>>()
        setters.push(set)
        if (promise) throw promise as unknown as Error
        return shown(view)
      }
      const app = await mount(
        store,
        <Suspense fallback="waiting">
          <Page />
        </Suspense>,
      )
      await happens(() => setters.at(-1)?.(new Promise(() => {})))
      expect(app.text()).toContain('waiting')
      await happens(() => network.push('prices', 1))
      expect(network.requests()).toEqual(['subscribe prices'])
      await app.unmount()
      expect(network.subscribed()).toEqual([])
    })

    it('unsubscribes in a hidden Activity, and subscribes again when that is shown', async () => {
      const { store, network } = await open()
      const app = await mount(store, hideable('visible', <Price symbol="ACME" />))
      await app.render(hideable('hidden', <Price symbol="ACME" />))
      expect(network.subscribed()).toEqual([])
      await app.render(hideable('visible', <Price symbol="ACME" />))
      expect(network.subscribed()).toEqual(['prices'])
      expect(app.text()).toBe('["active",null,null]')
    })

    it('leaves only plain data in the store, beside all other hooks', async () => {
      const { store, dispatch, network, recorder, app: state, until } = build()
      const app = await mount(store, <EveryHook />)
      await happens(async () => await until(({ status }) => status === 'open'))
      await happens(() => network.push('prices', { at: 7 }))
      await happens(() => network.last.sendRaw('{"type":"n"}'))
      await happens(() => network.last.sendRaw('{ half'))
      await happens(() => network.cutAndForget())
      await happens(() => dispatch(socketClose()))
      const crossed = { actions: recorder.all, state: state() }
      expect(JSON.parse(JSON.stringify(crossed))).toEqual(crossed)
      expect(recorder.types).toEqual(expect.arrayContaining(['socket/push', 'socket/message', 'socket/error']))
      await app.unmount()
    })

    it('follows when the Provider gets another store', async () => {
      const one = await open()
      const other = await open()
      const tree = ({ store }: typeof one) => (
        <Provider store={store}>
          <Price symbol="ACME" />
        </Provider>
      )
      const app = await mount(one.store, tree(one))
      await happens(() => one.network.push('prices', 1))
      await app.render(tree(other))
      expect([one.network.subscribed(), other.network.subscribed()]).toEqual([[], ['prices']])
      await happens(() => one.network.push('prices', 2))
      await happens(() => other.network.push('prices', 3))
      expect(app.text()).toBe('["active",3,null]')
    })

    it('does not subscribe while it is skipped', async () => {
      const { store, network } = await open()
      const Page = ({ skip }: { skip: boolean }) => shown(useSubscription('prices', undefined, { skip }))
      const app = await mount(store, <Page skip />)
      expect([app.text(), network.requests()]).toEqual(['["idle",null,null]', []])
      await app.render(<Page skip={false} />)
      expect([app.text(), network.subscribed()]).toEqual(['["active",null,null]', ['prices']])
      await app.render(<Page skip />)
      expect([app.text(), network.subscribed()]).toEqual(['["idle",null,null]', []])
    })

    it('shows why the server refused it, and then another one', async () => {
      const { store, network, wanted } = await open()
      const app = await mount(store, <Price channel="forbidden" />)
      expect(app.text()).toBe('["failed",null,403]')
      await app.render(<Price channel="prices" />)
      expect(app.text()).toBe('["active",null,null]')
      expect([network.subscribed(), wanted().length]).toEqual([['prices'], 1])
    })

    it('is pending without a connection, then active, and subscribes once on each connection', async () => {
      const { store, dispatch, network, until } = build()
      const app = await mount(store, [<Price key="1" symbol="ACME" />, <Price key="2" symbol="ACME" />])
      expect(app.text()).toBe('["pending",null,null]'.repeat(2))
      await happens(() => dispatch(socketConnect()))
      await happens(() => network.push('prices', 7))
      expect(app.text()).toBe('["active",7,null]'.repeat(2))

      network.mode = 'hold'
      await happens(() => network.cutAndForget())
      expect(app.text()).toBe('["pending",7,null]'.repeat(2))
      network.mode = 'accept'
      await happens(() => network.last.accept())
      await happens(async () => await until(({ status }) => status === 'open'))
      expect(app.text()).toBe('["active",7,null]'.repeat(2))
      expect(network.requests()).toEqual(['subscribe prices', 'subscribe prices'])

      await happens(() => dispatch(socketClose()))
      expect(app.text()).toBe('["pending",7,null]'.repeat(2))
    })

    describe('onData', () => {
      it('gets all of 1 000 pushes of one task, in order, while the component renders once', async () => {
        const { store, network, recorder } = await open({ autoBatch: true })
        const received: unknown[] = []
        let renders = 0
        const Page = () => {
          renders++
          const { data } = useSubscription<number>('prices', undefined, { onData: (given) => received.push(given) })
          return data ?? null
        }
        const app = await mount(store, <Page />, false)
        const before = renders
        const all = Array.from({ length: 1000 }, (_, n) => n)
        await happens(async () => {
          for (const n of all) network.push('prices', n)
          await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
        })
        expect(received).toEqual(all)
        expect(recorder.count(socketPush)).toBe(1000)
        expect(app.text()).toBe('999')
        expect(renders - before).toBe(1)
      })

      it('is that of the last render, and is called although another one throws', async () => {
        const { store, network, recorder, state } = await open()
        const received: unknown[] = []
        const Throwing = () => {
          useSubscription('prices', undefined, {
            onData: () => {
              throw new Error('mine')
            },
          })
          return null
        }
        const Page = ({ prefix }: { prefix: string }) => {
          useSubscription('prices', undefined, { onData: (given) => received.push(`${prefix} ${String(given)}`) })
          return null
        }
        const app = await mount(store, [<Throwing key="1" />, <Page key="2" prefix="old" />])
        await app.render([<Throwing key="1" />, <Page key="2" prefix="new" />])
        await happens(() => network.push('prices', 1))
        expect(received).toEqual(['new 1'])
        expect(recorder.of(socketError).map(({ payload }) => payload)).toEqual([
          { code: 'callback_failed', message: '"onData" threw: mine' },
        ])
        expect(state().error).toEqual({ code: 'callback_failed', message: '"onData" threw: mine' })
        expect(network.requests()).toEqual(['subscribe prices'])
      })
    })

    it('renders again only for members that are read', async () => {
      const { store, network } = await open()
      let renders = 0
      const Status = () => {
        renders++
        return useSubscription('prices').status
      }
      await mount(store, <Status />, false)
      const before = renders
      await happens(() => network.push('prices', 7))
      expect(renders).toBe(before)
    })

    it('updates nothing after it was unmounted', async () => {
      const { store, network, wanted } = await open()
      const seen: unknown[] = []
      const Page = () => {
        const { data } = useSubscription('prices', undefined, { onData: (given) => seen.push(['onData', given]) })
        seen.push(data)
        return null
      }
      const app = await mount(store, <Page />, false)
      const answer = network.holdAnswers()
      await app.unmount()
      // The server has not processed the unsubscribe yet.
      await happens(() => network.push('prices', 7))
      await happens(answer)
      expect(seen.filter((one) => one !== undefined)).toEqual([])
      expect(wanted()).toEqual([])
    })

    it('has a subscription for each store', async () => {
      const one = await open()
      const other = await open()
      await mount(one.store, <Price symbol="ACME" />)
      await mount(other.store, <Price symbol="ACME" />)
      expect([one.network.subscribed(), other.network.subscribed()]).toEqual([['prices'], ['prices']])
    })

    it('shares the subscription of the app, and is then active at once', async () => {
      const { store, dispatch, network } = await open()
      await happens(() => dispatch(socketSubscribe('prices', { b: 2, a: 1 }, { shared: true })))
      const seen: string[] = []
      const Page = () => {
        seen.push(useSubscription('prices', { a: 1, b: 2 }).status)
        return null
      }
      await mount(store, <Page />, false)
      expect(seen).toEqual(['pending', 'active'])
      expect(network.requests()).toEqual(['subscribe prices'])
    })

    it.each([
      ['name', 'other'],
      ['actions', createRpcActions({ name: 'other' })],
    ])('uses the connection that is given by its %s', async (_, actions) => {
      const { store, wanted, recorder } = build()
      const Page = () => shown(useSubscription('prices', undefined, { actions }))
      const app = await mount(store, <Page />, false)
      expect([app.text(), wanted()]).toEqual(['["pending",null,null]', []])
      expect(recorder.types).toEqual(['socket:other/subscribe'])
      await app.unmount()
      expect(takePrinted()).toEqual([
        expect.stringContaining('"socket:other/subscribe" reached the reducer'),
        expect.stringContaining('non-serializable'),
      ])
    })

    it('of createSocketHooks is typed, and reads another mount point', async () => {
      const { store, network, dispose } = setupMountedAtLive()
      const rpc = createRpcActions({ name: 'default' }).withTypes<{ channels: { ticks: number } }>()
      const hooks = createSocketHooks({ rpc, selectSockets: (state: { live: SocketsState }) => state.live })
      const Page = () => {
        const { data = 0, status } = hooks.useSubscription('ticks')
        return `${status} ${data.toFixed(1)}`
      }
      await store.dispatch(socketConnect())
      const app = await mount(store, <Page />)
      await happens(() => network.push('ticks', 1))
      expect(app.text()).toBe('active 1.0')
      await app.unmount()
      dispose()
      expect(() => createSocketHooks({ actions: { name: 'a' } as never, rpc })).toThrow(
        expect.objectContaining({ code: 'invalid_option' }),
      )
    })

    it('warns when the state is not where it reads, and has the data all the same', async () => {
      const { store, network, dispose } = setupMountedAtLive()
      await store.dispatch(socketConnect())
      const app = await mount(store, <Price />, false)
      await happens(() => network.push('prices', 7))
      expect(app.text()).toBe('["pending",7,null]')
      await app.unmount()
      dispose()
      expect(takePrinted()).toEqual([
        expect.stringContaining('socketReducer is mounted at "live"'),
        expect.stringContaining('expected socketReducer under the key "socket"'),
      ])
    })

    it('prints nothing when the middleware was disposed of before, as under hot reload', async () => {
      const { store, socket, wanted } = await open()
      const app = await mount(store, <Price symbol="ACME" />)
      await happens(() => socket.dispose())
      await app.unmount()
      expect(wanted()).toEqual([])
    })

    it('only warns when the store has no middleware', async () => {
      setupStore()
      const store = configureStore({
        reducer: { socket: socketReducer },
        middleware: (defaults) => defaults({ serializableCheck: false }),
      })
      const app = await mount(store, <Price />, false)
      expect(app.text()).toBe('["pending",null,null]')
      await app.unmount()
      expect(takePrinted()).toEqual([expect.stringContaining('"socket/subscribe" reached the reducer')])
      expect(selectSubscription(store.getState(), '')).toBeUndefined()
    })
  })
