import { afterEach, beforeEach, jest } from '@jest/globals'
import type { UnknownAction } from '@reduxjs/toolkit'
import { socketConnect } from '../../../src/index.js'
import { createFakeNetwork, type FakeNetwork, type FakeNetworkOptions } from '../../support/fakeWebSocket.js'
import { createTestStore, type StoreOptions, type TestStore } from '../../support/store.js'

export interface World extends TestStore {
  readonly network: FakeNetwork
  /** The server says something, as a text or as JSON. */
  readonly hear: (text: string) => void
  readonly hearJson: (value: unknown) => void
  /** What the server got, oldest first. */
  readonly sent: () => unknown[]
  /** The actions that reached the reducers since the last call, without the counters. */
  readonly news: () => UnknownAction[]
}

/** Fake timers for every test of the file; promises stay real, so that they settle between two timers. */
export const useFakeTime = (): void => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] })
  })
  afterEach(() => {
    jest.useRealTimers()
  })
}

/** Lets everything happen that needs no more than `ms`. */
export const passTime = async (ms = 0): Promise<void> => {
  await jest.advanceTimersByTimeAsync(ms)
}

const isNews = ({ type }: UnknownAction): boolean => !type.endsWith('/changed')

/** A store whose socket has not been asked for anything yet. */
export const createWorld = (options: StoreOptions = {}, fake: FakeNetworkOptions = {}): World => {
  const network = createFakeNetwork({ mode: 'accept', ...fake })
  const store = createTestStore({ url: 'ws://a.example/ws', WebSocket: network.WebSocket, ...options })
  let told = 0
  const hear = (text: string): void => network.last.receive(text)
  return {
    ...store,
    network,
    hear,
    hearJson: (value) => hear(JSON.stringify(value)),
    sent: () => network.sockets.flatMap(({ sent }) => sent),
    news: () => {
      const news = store.recorder.all.slice(told).filter(isNews)
      told = store.recorder.all.length
      return news
    },
  }
}

/** A store whose socket is open. */
export const openWorld = async (options?: StoreOptions, fake?: FakeNetworkOptions): Promise<World> => {
  const world = createWorld(options, fake)
  void world.dispatch(socketConnect())
  await passTime(1)
  world.news()
  return world
}
