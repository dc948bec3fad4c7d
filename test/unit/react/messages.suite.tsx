import { Provider } from 'react-redux'
import { configureStore, createAction } from '@reduxjs/toolkit'
import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions, socketConnect, socketError, socketListen, socketReducer } from '../../../src/index.js'
import { useSocketMessage } from '../../../src/react/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { Boundary, happens, hideable, mount } from '../../support/reactApp.js'
import { takePrinted } from '../../support/leaks.js'
import { setupStore } from '../../support/setupStore.js'

const open = async () => {
  const network = createHeldServer({ mode: 'accept' })
  const store = setupStore({ url: 'ws://x/', WebSocket: network.WebSocket, autoBatch: false })
  let listened = 0
  const dispatch = store.store.dispatch
  jest.spyOn(store.store, 'dispatch').mockImplementation(((action: { type: string }) => {
    if (socketListen.match(action)) listened++
    return dispatch(action)
  }) as typeof dispatch)
  await dispatch(socketConnect())
  const receive = (...messages: readonly unknown[]) =>
    happens(() => {
      for (const message of messages) network.last.sendRaw(JSON.stringify(message))
    })
  return { ...store, network, receive, listened: () => listened }
}

const said = createAction<string>('chat/said')

export const describeMessages = (): void =>
  describe('useSocketMessage', () => {
    it('calls the handler once for each message that a rule of any kind selects, in StrictMode too', async () => {
      const { store, receive } = await open()
      const received: string[] = []
      const Page = () => {
        useSocketMessage(said, ({ payload }) => received.push(`creator ${payload}`))
        useSocketMessage('chat/said', ({ type }) => received.push(`type ${type}`))
        useSocketMessage(/chat\/.+/, () => received.push('regexp'))
        useSocketMessage(/chat/, () => received.push('part of the type'))
        useSocketMessage(
          (message) => message === 7,
          (message) => received.push(`predicate ${String(message)}`),
        )
        return null
      }
      await mount(store, <Page />)
      await receive(said('hello'), 7, { type: 'other' })
      expect(received).toEqual(['creator hello', 'type chat/said', 'regexp', 'predicate 7'])
    })

    it('calls the handler of the last render, and adds its listener once', async () => {
      const { store, receive, listened } = await open()
      const received: string[] = []
      const Page = ({ prefix }: { prefix: string }) => {
        useSocketMessage(/chat\/.+/, () => received.push(`${prefix} by RegExp`))
        useSocketMessage(
          (message) => message === prefix,
          () => received.push(`${prefix} by predicate`),
        )
        return null
      }
      const app = await mount(store, <Page prefix="a" />, false)
      for (const prefix of ['b', 'c']) await app.render(<Page prefix={prefix} />)
      await receive(said('hello'), 'a', 'c')
      expect(received).toEqual(['c by RegExp', 'c by predicate'])
      expect(listened()).toBe(2)
    })

    it('uses the rule of the last render', async () => {
      const { store, receive, listened } = await open()
      const received: unknown[] = []
      const Page = ({ type }: { type: string }) => {
        useSocketMessage(type, (message) => received.push(message.payload))
        return null
      }
      const app = await mount(store, <Page type="a" />, false)
      await receive({ type: 'a', payload: 1 }, { type: 'b', payload: 2 })
      await app.render(<Page type="b" />)
      await receive({ type: 'a', payload: 3 }, { type: 'b', payload: 4 })
      expect(received).toEqual([1, 4])
      expect(listened()).toBe(1)
    })

    it('gets all of 1 000 messages that arrive in one task, in order', async () => {
      const { store, receive } = await open()
      const received: unknown[] = []
      const Page = () => {
        useSocketMessage('n', (message) => received.push(message.payload))
        return null
      }
      await mount(store, <Page />)
      const payloads = Array.from({ length: 1000 }, (_, n) => n)
      await receive(...payloads.map((payload) => ({ type: 'n', payload })))
      expect(received).toEqual(payloads)
    })

    it('gets nothing after it was unmounted, also in the same task', async () => {
      const { store, network } = await open()
      const received: unknown[] = []
      const Page = () => {
        useSocketMessage('n', (message) => received.push(message.payload))
        return null
      }
      const app = await mount(store, <Page />)
      await app.unmount()
      await happens(() => network.last.sendRaw('{"type":"n"}'))
      expect(received).toEqual([])
    })

    it('gets nothing in a hidden Activity, and calls the handler of the last render when that is shown again', async () => {
      const { store, receive } = await open()
      const received: unknown[] = []
      const Page = ({ prefix }: { prefix: string }) => {
        useSocketMessage('n', (message) => received.push(`${prefix} ${String(message.payload)}`))
        return null
      }
      const page = (mode: 'visible' | 'hidden', prefix: string) => hideable(mode, <Page prefix={prefix} />)
      const app = await mount(store, page('visible', 'a'))
      await receive({ type: 'n', payload: 1 })
      await app.render(page('hidden', 'b'))
      await receive({ type: 'n', payload: 2 })
      await app.render(page('visible', 'b'))
      await receive({ type: 'n', payload: 3 })
      expect(received).toEqual(['a 1', 'b 3'])
    })

    it('gets the messages of a connection that is given by its name or its actions', async () => {
      const prices = createSocketActions('prices').withTypes<{ receive: { type: 'tick'; price: number } }>()
      const network = createHeldServer({ mode: 'accept' })
      const actions = createSocketActions('prices')
      const { store, dispatch } = setupStore({ actions, url: 'ws://x/', WebSocket: network.WebSocket })
      const received: unknown[] = []
      const Page = () => {
        useSocketMessage('tick', ({ price }) => received.push(price), prices)
        useSocketMessage('tick', () => received.push('by name'), 'prices')
        useSocketMessage('tick', () => received.push('the default connection'))
        return null
      }
      await dispatch(prices.connect())
      const app = await mount(store, <Page />, false)
      await happens(() => network.last.sendRaw('{"type":"tick","price":7}'))
      expect(received).toEqual([7, 'by name'])
      await app.unmount()
      expect(takePrinted()).toEqual([
        expect.stringContaining('"socket/listen" reached the reducer'),
        expect.stringContaining('non-serializable'),
      ])
    })

    it('follows when the Provider gets another store', async () => {
      const one = await open()
      const other = await open()
      const received: unknown[] = []
      const Page = () => {
        useSocketMessage('n', (message) => received.push(message.payload))
        return null
      }
      const tree = ({ store }: typeof one) => (
        <Provider store={store}>
          <Page />
        </Provider>
      )
      const app = await mount(one.store, tree(one))
      await app.render(tree(other))
      await one.receive({ type: 'n', payload: 1 })
      await other.receive({ type: 'n', payload: 2 })
      expect(received).toEqual([2])
    })

    it('reports a handler that throws, and calls the others', async () => {
      const { store, receive, recorder } = await open()
      const received: unknown[] = []
      const Page = () => {
        useSocketMessage('n', () => {
          throw new Error('mine')
        })
        useSocketMessage('n', (message) => received.push(message.type))
        return null
      }
      await mount(store, <Page />)
      await receive({ type: 'n' })
      expect(received).toEqual(['n'])
      expect(recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['callback_failed'])
    })

    it('throws invalid_option for a malformed rule', async () => {
      const { store } = await open()
      const Page = () => {
        useSocketMessage(7 as never, () => {})
        return null
      }
      const app = await mount(
        store,
        <Boundary>
          <Page />
        </Boundary>,
      )
      expect(app.text()).toMatch(/^invalid_option: .* got 7\.$/)
      // React prints what a boundary has caught.
      expect(takePrinted().length).toBeGreaterThan(0)
    })

    it('only warns when the store has no middleware', async () => {
      setupStore()
      const store = configureStore({
        reducer: { socket: socketReducer },
        middleware: (defaults) => defaults({ serializableCheck: false }),
      })
      const Page = () => {
        useSocketMessage('n', () => {})
        return null
      }
      const app = await mount(store, <Page />, false)
      await app.unmount()
      expect(takePrinted()).toEqual([expect.stringContaining('"socket/listen" reached the reducer')])
    })
  })
