import { createContext, useState } from 'react'
import { Provider, type ReactReduxContextValue } from 'react-redux'
import { configureStore } from '@reduxjs/toolkit'
import { describe, expect, it, jest } from '@jest/globals'
import {
  createSocketActions,
  createSocketMiddleware,
  socketConnect,
  socketReducer,
  socketSend,
  type SocketActions,
} from '../../../src/index.js'
import { createSocketHooks, useSocket, type SocketView } from '../../../src/react/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { Boundary, happens, hideable, mount } from '../../support/reactApp.js'
import { takePrinted } from '../../support/leaks.js'
import { setupStore } from '../../support/setupStore.js'

const build = () => {
  const network = createHeldServer({ mode: 'accept' })
  const store = setupStore({
    url: 'ws://x/',
    WebSocket: network.WebSocket,
    autoBatch: false,
    toActions: (message) => {
      throw new Error(String(message))
    },
  })
  /** Changes the `error` in the state, and nothing else. */
  const fail = (text: string) => happens(() => network.last.sendRaw(JSON.stringify(text)))
  return { ...store, network, fail }
}

const open = async () => {
  const store = build()
  await store.dispatch(socketConnect())
  return store
}

const problemOf = ({ error }: SocketView) => error?.message.replace('"toActions" threw: ', '')

/** A component that shows the status, and the view that it got last. */
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
    it('shows the status as it changes', async () => {
      const { store, network, dispatch } = build()
      const Status = () => <p>{useSocket().status}</p>
      const app = await mount(store, <Status />)
      expect(app.text()).toBe('idle')

      await happens(() => dispatch(socketConnect()))
      expect(app.text()).toBe('open')

      network.mode = 'hold'
      await happens(() => network.last.cut())
      expect(app.text()).toBe('reconnecting')
    })

    it('renders again when a member changes that is read, and for nothing else', async () => {
      const { store, dispatch, fail } = build()
      const renders: string[] = []
      const taken = () => renders.splice(0)
      const Open = () => {
        const { isOpen } = useSocket()
        renders.push('isOpen')
        return <i>{String(isOpen)}</i>
      }
      const Problem = () => {
        const problem = problemOf(useSocket())
        renders.push('error')
        return <i>{problem}</i>
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
      // Not for "connecting": no component reads the status.
      expect(taken()).toEqual(['isOpen'])
      await fail('12')
      expect(taken()).toEqual(['error'])
      expect(app.text()).toBe('true12')
    })

    it('shows the newest value of a member that was not read before', async () => {
      const { store, fail } = await open()
      const setters: ((more: boolean) => void)[] = []
      const Page = () => {
        const socket = useSocket()
        const [more, setMore] = useState(false)
        setters.push(setMore)
        return <p>{more ? problemOf(socket) : socket.status}</p>
      }
      const app = await mount(store, <Page />)
      await fail('1')
      await fail('2')
      await happens(() => setters.at(-1)?.(true))
      expect(app.text()).toBe('2')

      await fail('3')
      expect(app.text()).toBe('3')
    })

    it('renders again for a member that only a child reads', async () => {
      const { store, fail } = await open()
      const Child = ({ socket }: { socket: SocketView }) => <b>{problemOf(socket)}</b>
      const Parent = () => <Child socket={useSocket()} />
      const app = await mount(store, <Parent />)
      await fail('7')
      expect(app.text()).toBe('7')
    })

    it('shows the newest value of a member that a child starts to read', async () => {
      const { store, fail } = await open()
      const setters: ((more: boolean) => void)[] = []
      const Child = ({ socket }: { socket: SocketView }) => {
        const [more, setMore] = useState(false)
        setters.push(setMore)
        return <b>{more ? problemOf(socket) : 'nothing'}</b>
      }
      const Parent = () => <Child socket={useSocket()} />
      const app = await mount(store, <Parent />)
      await fail('7')
      await happens(() => setters.at(-1)?.(true))
      expect(app.text()).toBe('7')
      await fail('8')
      expect(app.text()).toBe('8')
    })

    it('has every member of the state, and isOpen', async () => {
      const { store, dispatch, fail, state } = build()
      const seen: object[] = []
      const All = () => {
        const { send: _send, connect: _connect, close: _close, reconnect: _reconnect, ...fields } = useSocket()
        seen.push(fields)
        return null
      }
      await mount(store, <All />)
      await happens(() => dispatch(socketConnect()))
      await fail('x')
      expect(seen.at(-1)).toEqual({
        ...state(),
        isOpen: true,
        error: { code: 'callback_failed', message: '"toActions" threw: x' },
      })
    })

    describe('its functions', () => {
      it('carry out the commands and return their results', async () => {
        const { store, network } = build()
        const { Page, socket } = showing()
        const app = await mount(store, <Page />)
        let outcome: unknown
        await happens(async () => (outcome = await socket().connect({ path: 'chat' })))
        expect([outcome, network.last.url, app.text()]).toEqual(['open', 'ws://x/chat', 'open'])

        await happens(() => (outcome = socket().send({ hello: 1 }, { id: 'mine' })))
        expect([outcome, network.last.receivedRaw]).toEqual([{ id: 'mine', delivery: 'sent' }, ['{"hello":1}']])

        await happens(async () => (outcome = await socket().reconnect()))
        expect([outcome, network.connections.length, network.live]).toEqual(['open', 2, 1])

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
        const Page = ({ of }: { of?: string | SocketActions }) => {
          const { status, send, connect, close, reconnect } = useSocket(of)
          for (const one of [send, connect, close, reconnect]) seen.add(one)
          return status
        }
        const app = await mount(store, [<Page key="1" />, <Page key="2" />])
        await happens(() => dispatch(socketConnect()))
        expect(seen.size).toBe(4)

        await app.render(<Page key="3" of="prices" />)
        await app.render(<Page key="4" of={createSocketActions('prices')} />)
        expect(seen.size).toBe(8)
      })
    })

    it('reads a connection by its name or its actions, and follows when that changes', async () => {
      const prices = createSocketActions('prices')
      const network = createHeldServer({ mode: 'accept' })
      const socket = createSocketMiddleware({ actions: prices, url: 'ws://prices/', WebSocket: network.WebSocket })
      const store = configureStore({
        reducer: { socket: socketReducer },
        middleware: (defaults) => defaults().prepend(socket.middleware),
      })
      const Page = ({ of }: { of?: string | SocketActions }) => {
        const { url, status } = useSocket(of)
        return [url, status].join(' ')
      }
      const app = await mount(store, <Page of="prices" />)
      await happens(async () => await store.dispatch(prices.connect()))
      await happens(async () => await new Promise((resolve) => requestAnimationFrame(resolve)))
      expect(app.text()).toBe('ws://prices/ open')
      await app.render(<Page of={prices} />)
      expect(app.text()).toBe('ws://prices/ open')
      await app.render(<Page />)
      expect(app.text()).toBe(' idle')
      await app.unmount()
      socket.dispose()
    })

    it('throws no_provider without a Provider', async () => {
      const Page = () => useSocket().status
      const app = await mount(
        undefined,
        <Boundary>
          <Page />
        </Boundary>,
      )
      expect(app.text()).toMatch(/^no_provider: useSocket: expected a <Provider store={…}>/)
      // React prints what a boundary has caught.
      expect(takePrinted().length).toBeGreaterThan(0)
    })

    it('warns when the store has no middleware', async () => {
      setupStore() // for its check of what is printed
      const store = configureStore({ reducer: { socket: socketReducer } })
      const { Page, socket } = showing()
      const app = await mount(store, <Page />)
      await happens(() => socket().send('hello'))
      expect(app.text()).toBe('idle')
      expect(takePrinted()).toEqual([expect.stringContaining('no middleware of that connection carried it out')])
    })

    it('shows the newest status when a hidden Activity is shown again', async () => {
      const { store, dispatch } = build()
      const { Page } = showing()
      const app = await mount(store, hideable('visible', <Page />))
      await app.render(hideable('hidden', <Page />))
      await happens(() => dispatch(socketConnect()))
      await app.render(hideable('visible', <Page />))
      expect(app.text()).toBe('open')
    })

    it('updates nothing after it was unmounted', async () => {
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
      it('reads its connection, in its context and at its mount point', async () => {
        const prices = createSocketActions('prices').withTypes<{ send: { subscribe: string }; receive: unknown }>()
        const network = createHeldServer({ mode: 'accept' })
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
        expect(network.last.receivedRaw).toEqual(['{"subscribe":"ACME"}'])
        await app.unmount()
        socket.dispose()
      })

      it('throws for an unknown option', () => {
        const options = { selectRpc: () => undefined }
        expect(() => createSocketHooks(options as object)).toThrow(
          expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('got "selectRpc"') }),
        )
      })
    })

    it('follows when the Provider gets another store', async () => {
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
