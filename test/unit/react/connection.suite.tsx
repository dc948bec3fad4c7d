import { Provider } from 'react-redux'
import { describe, expect, it } from '@jest/globals'
import { createSocketActions, socketClose, type ConnectOptions } from '../../../src/index.js'
import { useReconnectCountdown, useSocket, useSocketConnection } from '../../../src/react/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { happens, hideable, mount } from '../../support/reactApp.js'
import { setupStore } from '../../support/setupStore.js'

const build = () => {
  const network = createHeldServer({ mode: 'accept' })
  const store = setupStore({
    url: 'ws://x/',
    WebSocket: network.WebSocket,
    autoBatch: false,
    reconnect: { backoff: () => 60_000 },
  })
  return { ...store, network, urls: () => network.connections.map(({ url }) => url) }
}

/** Waits until that many sockets were created and the connection is open. */
const ready = async ({ network, until }: Pick<ReturnType<typeof build>, 'network' | 'until'>, sockets: number) => {
  await happens(async () => {
    while (network.connections.length < sockets) await network.nextAttempt()
    await until(({ status }) => status === 'open')
  })
}

const Page = (options: ConnectOptions & { skip?: boolean }) => {
  useSocketConnection(options)
  return useSocket().status
}

export const describeConnection = (): void =>
  describe('useSocketConnection', () => {
    it('connects on mount and closes on unmount, once in StrictMode too', async () => {
      const setup = build()
      const { store, network } = setup
      const app = await mount(store, <Page />)
      await ready(setup, 1)
      expect([app.text(), network.connections.length]).toEqual(['open', 1])
      await app.unmount()
      expect([network.live, network.mostLive, network.last.closedBy?.code]).toEqual([0, 1, 1000])
    })

    it('shares one connection between components, and closes it with the last', async () => {
      const setup = build()
      const { store, network } = setup
      const app = await mount(store, [<Page key="1" />, <Page key="2" />])
      await ready(setup, 1)
      await app.render([<Page key="2" />])
      expect([network.connections.length, network.live]).toEqual([1, 1])
      await app.render([<Page key="3" />])
      expect([network.connections.length, network.live]).toEqual([1, 1])
      await app.render(null)
      expect(network.live).toBe(0)
    })

    it('replaces the socket when the url or the params change by value, and only then', async () => {
      const setup = build()
      const { store, network, urls } = setup
      const app = await mount(store, <Page params={{ token: 'a', page: 1 }} />)
      await ready(setup, 1)
      await app.render(<Page params={{ page: 1, token: 'a' }} />)
      await app.render(<Page params={{ token: 'b' }} />)
      await ready(setup, 2)
      await app.render(<Page url="ws://y/" />)
      await app.render(<Page url={new URL('ws://y/')} />)
      await ready(setup, 3)
      expect(urls()).toEqual(['ws://x/?token=a&page=1', 'ws://x/?token=b', 'ws://y/'])
      expect([network.live, network.mostLive]).toEqual([1, 1])
    })

    it('connects the connection that is given by its actions', async () => {
      const prices = createSocketActions('prices')
      const network = createHeldServer({ mode: 'accept' })
      const { store, dispatch } = setupStore({ actions: prices, url: 'ws://x/', WebSocket: network.WebSocket })
      const Prices = () => {
        useSocketConnection({ path: 'prices' }, prices)
        return [useSocket(prices).status, useReconnectCountdown(prices)].join(' ')
      }
      const app = await mount(store, <Prices />)
      // Joins the attempt of the component.
      await happens(async () => await dispatch(prices.connect()))
      expect([app.text(), network.last.url]).toEqual(['open ', 'ws://x/prices'])
      await app.unmount()
      expect(network.live).toBe(0)
    })

    it('does not connect while it is skipped', async () => {
      const setup = build()
      const { store, network } = setup
      const app = await mount(store, <Page skip />)
      expect([app.text(), network.connections.length]).toEqual(['idle', 0])
      await app.render(<Page />)
      await ready(setup, 1)
      expect(app.text()).toBe('open')
      await app.render(<Page skip />)
      expect([app.text(), network.live]).toEqual(['closed', 0])
    })

    it('leaves nothing behind when it is unmounted while connecting', async () => {
      const { store, network, state } = build()
      network.mode = 'hold'
      const created = network.nextAttempt()
      const app = await mount(store, <Page />)
      await happens(() => created)
      await app.unmount()
      await happens(() => network.last.accept())
      expect([network.live, state().status]).toEqual([0, 'closed'])
    })

    it('does not end the wait for a retry when another component is mounted', async () => {
      const setup = build()
      const { store, network } = setup
      const app = await mount(store, <Page key="1" />)
      await ready(setup, 1)
      network.mode = 'refuse'
      await happens(() => network.last.cut())
      await app.render([<Page key="1" />, <Page key="2" />])
      expect([app.text(), network.connections.length]).toEqual(['reconnectingreconnecting', 1])
    })

    it('connects again when another component is mounted after the connection has failed', async () => {
      const world = build()
      const { store, network, until } = world
      const app = await mount(store, <Page key="1" />)
      await ready(world, 1)
      await happens(async () => {
        network.last.close(4403)
        await until(({ status }) => status === 'failed')
      })
      await app.render([<Page key="1" />, <Page key="2" />])
      await ready(world, 2)
      expect(app.text()).toBe('openopen')
      await app.unmount()
    })

    it('closes in a hidden Activity, and connects again when that is shown', async () => {
      const setup = build()
      const { store, network } = setup
      const app = await mount(store, hideable('visible', <Page />))
      await ready(setup, 1)
      await app.render(hideable('hidden', <Page />))
      expect(network.live).toBe(0)
      await app.render(hideable('visible', <Page />))
      await ready(setup, 2)
      expect([app.text(), network.live, network.mostLive]).toEqual(['open', 1, 1])
    })

    it('follows when the Provider gets another store', async () => {
      const one = build()
      const other = build()
      const tree = ({ store }: typeof one) => (
        <Provider store={store}>
          <Page />
        </Provider>
      )
      const app = await mount(one.store, tree(one))
      await ready(one, 1)
      await app.render(tree(other))
      await ready(other, 1)
      expect([app.text(), one.network.live, other.network.live]).toEqual(['open', 0, 1])
    })

    it('does not close a connection that is closed already', async () => {
      const setup = build()
      const { store, dispatch, recorder } = setup
      const app = await mount(store, <Page />)
      await ready(setup, 1)
      await happens(() => dispatch(socketClose(4000)))
      await app.unmount()
      expect(recorder.count(socketClose)).toBe(1)
    })

    it('prints nothing when the middleware was disposed of before, as under hot reload', async () => {
      const setup = build()
      const { store, socket, network } = setup
      const app = await mount(store, <Page />)
      await ready(setup, 1)
      await happens(() => socket.dispose())
      await app.unmount()
      expect(network.live).toBe(0)
    })
  })
