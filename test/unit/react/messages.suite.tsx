import { Provider } from 'react-redux'
import { configureStore, createAction } from '@reduxjs/toolkit'
import { describe, expect, it, jest } from '@jest/globals'
import { socketConnect, socketError, socketListen, socketReducer } from '../../../src/index.js'
import { useSocketMessage } from '../../../src/react/index.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { Boundary, happens, hideable, mount } from '../../support/reactApp.js'
import { takePrinted } from '../../support/leaks.js'
import { setupStore as createTestStore } from '../../support/setupStore.js'

const open = async () => {
  const network = createFakeNetwork({ mode: 'accept' })
  const store = createTestStore({ url: 'ws://x/', WebSocket: network.WebSocket, autoBatch: false })
  let listened = 0
  const dispatch = store.store.dispatch
  jest.spyOn(store.store, 'dispatch').mockImplementation(((action: { type: string }) => {
    if (socketListen.match(action)) listened++
    return dispatch(action)
  }) as typeof dispatch)
  await dispatch(socketConnect())
  const receive = (...messages: readonly unknown[]) =>
    happens(() => {
      for (const message of messages) network.last.receive(JSON.stringify(message))
    })
  return { ...store, network, receive, listened: () => listened }
}

const said = createAction<string>('chat/said')

export const describeMessages = (): void =>
  describe('useSocketMessage', () => {
    it('hears what a rule of any kind names, each message once, in StrictMode too', async () => {
      const { store, receive } = await open()
      const heard: string[] = []
      const Page = () => {
        useSocketMessage(said, ({ payload }) => heard.push(`creator ${payload}`))
        useSocketMessage('chat/said', ({ type }) => heard.push(`type ${type}`))
        useSocketMessage(/chat/, () => heard.push('regexp'))
        useSocketMessage(
          (message) => message === 7,
          (message) => heard.push(`predicate ${String(message)}`),
        )
        return null
      }
      await mount(store, <Page />)
      await receive(said('hello'), 7, { type: 'other' })
      expect(heard).toEqual(['creator hello', 'type chat/said', 'regexp', 'predicate 7'])
    })

    it('calls the handler of the last render, and listens once however often that is written anew', async () => {
      const { store, receive, listened } = await open()
      const heard: string[] = []
      const Page = ({ prefix }: { prefix: string }) => {
        useSocketMessage(/chat/, () => heard.push(`${prefix} by RegExp`))
        useSocketMessage(
          (message) => message === prefix,
          () => heard.push(`${prefix} by predicate`),
        )
        return null
      }
      const app = await mount(store, <Page prefix="a" />, false)
      for (const prefix of ['b', 'c']) await app.render(<Page prefix={prefix} />)
      await receive(said('hello'), 'a', 'c')
      expect(heard).toEqual(['c by RegExp', 'c by predicate'])
      expect(listened()).toBe(2)
    })

    it('hears by the rule of the last render', async () => {
      const { store, receive, listened } = await open()
      const heard: unknown[] = []
      const Page = ({ type }: { type: string }) => {
        useSocketMessage(type, (message) => heard.push(message.payload))
        return null
      }
      const app = await mount(store, <Page type="a" />, false)
      await receive({ type: 'a', payload: 1 }, { type: 'b', payload: 2 })
      await app.render(<Page type="b" />)
      await receive({ type: 'a', payload: 3 }, { type: 'b', payload: 4 })
      expect(heard).toEqual([1, 4])
      expect(listened()).toBe(1)
    })

    it('hears all of 1 000 messages that come in one tick, in order (DEMANDS 13)', async () => {
      const { store, receive } = await open()
      const heard: unknown[] = []
      const Page = () => {
        useSocketMessage('n', (message) => heard.push(message.payload))
        return null
      }
      await mount(store, <Page />)
      const payloads = Array.from({ length: 1000 }, (_, n) => n)
      await receive(...payloads.map((payload) => ({ type: 'n', payload })))
      expect(heard).toEqual(payloads)
    })

    it('hears nothing after it was unmounted, also of what comes in the same tick (I8)', async () => {
      const { store, network } = await open()
      const heard: unknown[] = []
      const Page = () => {
        useSocketMessage('n', (message) => heard.push(message.payload))
        return null
      }
      const app = await mount(store, <Page />)
      await app.unmount()
      await happens(() => network.last.receive('{"type":"n"}'))
      expect(heard).toEqual([])
    })

    it('in a hidden Activity hears nothing; shown again, by the handler of the last render', async () => {
      const { store, receive } = await open()
      const heard: unknown[] = []
      const Page = ({ prefix }: { prefix: string }) => {
        useSocketMessage('n', (message) => heard.push(`${prefix} ${String(message.payload)}`))
        return null
      }
      const page = (mode: 'visible' | 'hidden', prefix: string) => hideable(mode, <Page prefix={prefix} />)
      const app = await mount(store, page('visible', 'a'))
      await receive({ type: 'n', payload: 1 })
      await app.render(page('hidden', 'b'))
      await receive({ type: 'n', payload: 2 })
      await app.render(page('visible', 'b'))
      await receive({ type: 'n', payload: 3 })
      expect(heard).toEqual(['a 1', 'b 3'])
    })

    it('follows when the Provider is given another store', async () => {
      const one = await open()
      const other = await open()
      const heard: unknown[] = []
      const Page = () => {
        useSocketMessage('n', (message) => heard.push(message.payload))
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
      expect(heard).toEqual([2])
    })

    it('reports a handler that throws, and the others hear the message', async () => {
      const { store, receive, recorder } = await open()
      const heard: unknown[] = []
      const Page = () => {
        useSocketMessage('n', () => {
          throw new Error('mine')
        })
        useSocketMessage('n', (message) => heard.push(message.type))
        return null
      }
      await mount(store, <Page />)
      await receive({ type: 'n' })
      expect(heard).toEqual(['n'])
      expect(recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['callback_failed'])
    })

    it('refuses a rule that is none, by name', async () => {
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
      // React tells of what a boundary has caught.
      expect(takePrinted().length).toBeGreaterThan(0)
    })

    it('does no harm without the middleware, of which a warning tells', async () => {
      createTestStore()
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
