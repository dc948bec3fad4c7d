import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Dispatch, EnhancedStore } from '@reduxjs/toolkit'
import {
  selectRetryAt,
  selectSocketStatus,
  socketClose,
  socketConnect,
  type SocketDispatch,
  type SocketsState,
} from '../../src/index.js'
import type { Lifecycle } from '../../src/lifecycle/index.js'
import { startEchoServer } from '../support/echoServer.js'
import { createPhone } from '../support/reactNative.js'
import { runFile } from './pageFiles.js'
import { atTheEnd, giveWebSocket, until } from './support.js'

const page = 'docs/recipes/react-native.md'

type AppStore = Omit<EnhancedStore<{ socket: SocketsState }>, 'dispatch'> & {
  readonly dispatch: SocketDispatch & Dispatch
}
interface Page {
  readonly createAppStore: (url: string) => { readonly store: AppStore; readonly dispose: () => void }
  readonly lifecycle: Lifecycle
}

/** A phone app with an open connection. */
const startApp = async () => {
  const server = await startEchoServer()
  atTheEnd(server.stop)
  const phone = createPhone()
  const { createAppStore } = runFile(page, 'store.ts', {
    'react-native': { AppState: phone.AppState },
    '@react-native-community/netinfo': { __esModule: true, default: phone.NetInfo },
  }) as Page
  const { store, dispose } = createAppStore(server.url)
  atTheEnd(dispose)
  expect(await store.dispatch(socketConnect())).toBe('open')
  return { server, store, phone, dispose, status: () => selectSocketStatus(store.getState()) }
}

beforeEach(giveWebSocket)

describe('a phone app that returns to the foreground', () => {
  it('keeps its connection, and asks the server whether it is alive', async () => {
    const { server, phone, status } = await startApp()
    phone.goTo('background')
    phone.goTo('inactive')
    phone.goTo('active')
    await server.until(({ open }) => open.length === 1)
    expect([status(), server.connections.length]).toEqual(['open', 1])
  })

  it('starts an attempt at once while a retry waits', async () => {
    const { server, store, phone, status } = await startApp()
    phone.goTo('background')
    server.close(1012) // The first delay would be up to ten seconds.
    await until(store, () => status() === 'reconnecting')
    expect(selectRetryAt(store.getState())).toBeNull()
    phone.goTo('active')
    await until(store, () => status() === 'open')
    expect(server.connections.length).toBe(2)
  })

  it('starts an attempt at once when the network is back', async () => {
    const { server, store, phone, status } = await startApp()
    phone.setConnected(false)
    server.close(1012)
    await until(store, () => status() === 'reconnecting')
    phone.setConnected(true)
    await until(store, () => status() === 'open')
    expect(server.connections.length).toBe(2)
  })

  it('keeps a closed connection closed', async () => {
    const { server, store, phone, status } = await startApp()
    await store.dispatch(socketClose())
    phone.goTo('background')
    phone.goTo('active')
    expect([status(), server.connections.length]).toEqual(['closed', 1])
  })

  it('removes its listeners at the end', async () => {
    const { dispose, phone } = await startApp()
    dispose()
    expect(phone.listeners()).toBe(0)
  })
})

describe('the lifecycle of Capacitor', () => {
  /** The page of the app. */
  const givePage = (hidden: boolean) => {
    const realm = globalThis as { document?: unknown }
    realm.document = { hidden }
    atTheEnd(() => delete realm.document)
  }

  it('passes the events on, and removes its listeners', async () => {
    givePage(false)
    const listeners = new Map<string, () => void>()
    const App = {
      addListener: async (event: string, listener: () => void) => {
        listeners.set(event, listener)
        return { remove: () => listeners.delete(event) }
      },
    }
    const { lifecycle } = runFile(page, 'capacitor.ts', { '@capacitor/app': { App } }) as Page
    const received: string[] = []
    const stops = [lifecycle.onPause(() => received.push('pause')), lifecycle.onResume(() => received.push('resume'))]
    for (const notify of listeners.values()) notify()
    expect(received).toEqual(['pause', 'resume'])
    for (const stop of stops) stop()
    await Promise.resolve()
    expect(listeners.size).toBe(0)
  })

  it('reports at once that the app is in the background', () => {
    givePage(true)
    const App = { addListener: async () => await Promise.resolve({ remove: () => {} }) }
    const { lifecycle } = runFile(page, 'capacitor.ts', { '@capacitor/app': { App } }) as Page
    const received: string[] = []
    lifecycle.onPause(() => received.push('pause'))
    expect(received).toEqual(['pause'])
  })
})
