import { createContext, useState } from 'react'
import { Provider, type ReactReduxContextValue } from 'react-redux'
import { configureStore } from '@reduxjs/toolkit'
import { describe, expect, it, jest } from '@jest/globals'
import {
  createSocketActions,
  createSocketMiddleware,
  socketChanged,
  socketConnect,
  socketReducer,
  socketSend,
} from '../../../src/index.js'
import { createSocketHooks, useSocket, type SocketView } from '../../../src/react/index.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { Boundary, happens, hideable, mount } from '../../support/reactApp.js'
import { takePrinted } from '../../support/leaks.js'
import { setupStore as createTestStore } from '../../support/setupStore.js'

const build = () => {
  const network = createFakeNetwork({ mode: 'accept' })
  const store = createTestStore({ url: 'ws://x/', WebSocket: network.WebSocket, autoBatch: false })
  return { ...store, network }
}

/** A component that shows the status, and what it was given last. */
const showing = (useIt: () => SocketView = useSocket) => {
  const views: SocketView[] = []
  const Page = () => {
    const view = useIt()
    views.push(view)
    return view.status
  }
  return { Page, socket: () => views.at(-1)! }
}

export const describeSocket = (): void =>
  describe('useSocket', () => {
    it('shows the status as it changes (D11)', async () => {
      const { store, network, dispatch } = build()
      const Status = () => <p>{useSocket().status}</p>
      const app = await mount(store, <Status />)
      expect(app.text()).toBe('idle')

      await happens(() => dispatch(socketConnect()))
      expect(app.text()).toBe('open')

      network.mode = 'manual'
      await happens(() => network.last.drop())
      expect(app.text()).toBe('reconnecting')
    })

    it('renders a component again only when a field that it reads changes', async () => {
      const { store, network, dispatch } = build()
      const renders: string[] = []
      const taken = () => renders.splice(0)
      const Open = () => {
        const { isOpen } = useSocket()
        renders.push('isOpen')
        return <i>{String(isOpen)}</i>
      }
      const Problem = () => {
        const { error } = useSocket()
        renders.push('error')
        return <i>{error?.code}</i>
      }
      const Button = () => {
        const { send } = useSocket()
        renders.push('functions')
        return <button type="button" onClick={() => send('hello')} />
      }
      const page = (
        <>
          <Open />
          <Problem />
          <Button />
        </>
      )
      const app = await mount(store, page, false)
      expect(taken()).toEqual(['isOpen', 'error', 'functions'])

      await happens(() => dispatch(socketConnect()))
      // Once: `isOpen` is false while the status is connecting.
      expect(taken()).toEqual(['isOpen'])
      await happens(() => network.last.receive('{'))
      expect(taken()).toEqual(['error'])
      expect(app.text()).toBe('trueinvalid_frame')
    })

    it('shows what is newest, also of what was not read before', async () => {
      const { store, dispatch } = build()
      const setters: ((more: boolean) => void)[] = []
      const Page = () => {
        const socket = useSocket()
        const [more, setMore] = useState(false)
        setters.push(setMore)
        return <p>{more ? socket.latency : socket.status}</p>
      }
      const app = await mount(store, <Page />)
      await happens(() => dispatch(socketChanged({ latency: 1 })))
      await happens(() => dispatch(socketChanged({ latency: 2 })))
      await happens(() => setters.at(-1)?.(true))
      expect(app.text()).toBe('2')

      await happens(() => dispatch(socketChanged({ latency: 3 })))
      expect(app.text()).toBe('3')
    })

    it('shows it in a child that reads what the parent does not', async () => {
      const { store, dispatch } = build()
      const Child = ({ socket }: { socket: SocketView }) => <b>{socket.latency}</b>
      const Parent = () => <Child socket={useSocket()} />
      const app = await mount(store, <Parent />)
      await happens(() => dispatch(socketChanged({ latency: 7 })))
      expect(app.text()).toBe('7')
    })

    it('shows what is newest where it is read late, by a child alone', async () => {
      const { store, dispatch } = build()
      const setters: ((more: boolean) => void)[] = []
      const Child = ({ socket }: { socket: SocketView }) => {
        const [more, setMore] = useState(false)
        setters.push(setMore)
        return <b>{more ? socket.latency : 'nothing'}</b>
      }
      const Parent = () => <Child socket={useSocket()} />
      const app = await mount(store, <Parent />)
      await happens(() => dispatch(socketChanged({ latency: 7 })))
      await happens(() => setters.at(-1)?.(true))
      expect(app.text()).toBe('7')
      await happens(() => dispatch(socketChanged({ latency: 8 })))
      expect(app.text()).toBe('8')
    })

    it('returns every field of the state, and the error', async () => {
      const { store, network, dispatch, state } = build()
      const seen: object[] = []
      const All = () => {
        const { send: _send, connect: _connect, close: _close, reconnect: _reconnect, ...fields } = useSocket()
        seen.push(fields)
        return null
      }
      await mount(store, <All />)
      await happens(() => dispatch(socketConnect()))
      await happens(() => network.last.receive('{'))
      expect(seen.at(-1)).toEqual({
        ...state(),
        isOpen: true,
        error: { code: 'invalid_frame', message: expect.any(String) },
      })
    })

    describe('its functions', () => {
      it('do what the commands do, and return what those return', async () => {
        const { store, network } = build()
        const { Page, socket } = showing()
        const app = await mount(store, <Page />)
        let outcome: unknown
        await happens(async () => (outcome = await socket().connect({ path: 'chat' })))
        expect([outcome, network.last.url, app.text()]).toEqual(['open', 'ws://x/chat', 'open'])

        await happens(() => (outcome = socket().send({ hello: 1 }, { id: 'mine' })))
        expect([outcome, network.last.sent]).toEqual([{ id: 'mine', delivery: 'sent' }, ['{"hello":1}']])

        await happens(async () => (outcome = await socket().reconnect()))
        expect([outcome, network.sockets.length, network.live]).toEqual(['open', 2, 1])

        await happens(async () => (outcome = await socket().close(4000, 'bye')))
        expect([outcome, network.last.closedBy, app.text()]).toEqual([
          'closed',
          { code: 4000, reason: 'bye' },
          'closed',
        ])
      })

      it('stay the same over renders, and are the same in all components of a connection', async () => {
        const { store, dispatch } = build()
        const seen = new Set<unknown>()
        const Page = ({ name }: { name?: string }) => {
          const { status, send, connect, close, reconnect } = useSocket(name)
          for (const one of [send, connect, close, reconnect]) seen.add(one)
          return status
        }
        const app = await mount(store, [<Page key="1" />, <Page key="2" />])
        await happens(() => dispatch(socketConnect()))
        expect(seen.size).toBe(4)

        await app.render(<Page key="3" name="prices" />)
        expect(seen.size).toBe(8)
      })
    })

    it('is of the connection that is named, and follows when another is', async () => {
      const prices = createSocketActions('prices')
      const network = createFakeNetwork({ mode: 'accept' })
      const socket = createSocketMiddleware({ actions: prices, url: 'ws://prices/', WebSocket: network.WebSocket })
      const store = configureStore({
        reducer: { socket: socketReducer },
        middleware: (defaults) => defaults().prepend(socket.middleware),
      })
      const Page = ({ name }: { name?: string }) => {
        const { url, status } = useSocket(name)
        return [url, status].join(' ')
      }
      const app = await mount(store, <Page name="prices" />)
      await happens(async () => await store.dispatch(prices.connect()))
      await happens(async () => await new Promise((resolve) => requestAnimationFrame(resolve)))
      expect(app.text()).toBe('ws://prices/ open')
      await app.render(<Page />)
      expect(app.text()).toBe(' idle')
      await app.unmount()
      socket.dispose()
    })

    it('says what is missing where there is no Provider', async () => {
      const Page = () => useSocket().status
      const app = await mount(
        undefined,
        <Boundary>
          <Page />
        </Boundary>,
      )
      expect(app.text()).toMatch(/^no_provider: useSocket: expected a <Provider store={…}>/)
      // React tells of what a boundary has caught.
      expect(takePrinted().length).toBeGreaterThan(0)
    })

    it('says that the middleware is missing, as the commands do', async () => {
      createTestStore() // its checks of what is printed are wanted here
      const store = configureStore({ reducer: { socket: socketReducer } })
      const { Page, socket } = showing()
      const app = await mount(store, <Page />)
      await happens(() => socket().send('hello'))
      expect(app.text()).toBe('idle')
      expect(takePrinted()).toEqual([expect.stringContaining('no middleware of that connection carried it out')])
    })

    it('in a hidden Activity rests; shown again, shows what is', async () => {
      const { store, dispatch } = build()
      const { Page } = showing()
      const app = await mount(store, hideable('visible', <Page />))
      await app.render(hideable('hidden', <Page />))
      await happens(() => dispatch(socketConnect()))
      await app.render(hideable('visible', <Page />))
      expect(app.text()).toBe('open')
    })

    it('updates nothing after it was unmounted (I8)', async () => {
      const { store, dispatch } = build()
      const renders = jest.fn()
      const Page = () => {
        renders(useSocket().status)
        return null
      }
      const app = await mount(store, <Page />, false)
      await app.unmount()
      await happens(() => dispatch(socketConnect()))
      expect(renders.mock.calls).toEqual([['idle']])
    })

    describe('of createSocketHooks', () => {
      it('is of its connection, its context and its place in the state', async () => {
        const prices = createSocketActions('prices').withTypes<{ send: { subscribe: string }; receive: unknown }>()
        const network = createFakeNetwork({ mode: 'accept' })
        const socket = createSocketMiddleware({
          actions: prices,
          url: 'ws://prices/',
          WebSocket: network.WebSocket,
          autoBatch: false,
        })
        const store = configureStore({
          reducer: { live: socketReducer },
          middleware: (defaults) => defaults().prepend(socket.middleware),
        })
        const context = createContext<ReactReduxContextValue | null>(null)
        const hooks = createSocketHooks({
          actions: prices,
          context,
          selectSockets: (state: ReturnType<typeof store.getState>) => state.live,
        })
        const { Page, socket: view } = showing(hooks.useSocket as typeof useSocket)
        const page = (
          <Provider store={store} context={context}>
            <Page />
          </Provider>
        )
        const app = await mount(build().store, page)
        await happens(async () => await view().connect())
        expect(app.text()).toBe('open')
        await happens(() => view().send({ subscribe: 'ACME' }))
        expect(network.last.sent).toEqual(['{"subscribe":"ACME"}'])
        await app.unmount()
        socket.dispose()
      })

      it('refuses what it does not know', () => {
        const options = { selectSocket: () => undefined }
        expect(() => createSocketHooks(options as object)).toThrow(
          expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('got "selectSocket"') }),
        )
      })
    })

    it('follows when the Provider is given another store', async () => {
      const one = build()
      const other = build()
      const Page = () => useSocket().status
      const tree = (store: typeof one.store) => (
        <Provider store={store}>
          <Page />
        </Provider>
      )
      const app = await mount(one.store, tree(one.store))
      await happens(() => one.dispatch(socketConnect()))
      await app.render(tree(other.store))
      expect(app.text()).toBe('idle')
      await happens(() => other.dispatch(socketConnect()))
      expect(app.text()).toBe('open')
      expect(one.dispatch(socketSend('x')).delivery).toBe('sent')
    })
  })
