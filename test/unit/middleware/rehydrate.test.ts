import { configureStore } from '@reduxjs/toolkit'
import { afterEach, describe, expect, it } from '@jest/globals'
import {
  createSocketActions,
  createSocketMiddleware,
  isSocketAction,
  selectSocket,
  socketChanged,
  socketConnect,
  socketReducer,
  type Phase,
  type SocketDispatch,
  type SocketState,
} from '../../../src/index.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { createRecorder } from '../../support/recorder.js'

const stored: SocketState = {
  status: 'open',
  url: 'wss://a.example/ws',
  protocol: 'v2',
  attempt: 0,
  retryAt: null,
  openedAt: 100,
  lastClose: null,
  error: null,
  queued: 0,
  buffered: 5,
  congested: false,
  latency: 9,
}

const idle: SocketState = {
  status: 'idle',
  url: null,
  protocol: '',
  attempt: 0,
  retryAt: null,
  openedAt: null,
  lastClose: null,
  error: null,
  queued: 0,
  buffered: 0,
  congested: false,
  latency: null,
}

const lastClose = { code: 1006, reason: '', wasClean: false, at: 50 }

const disposals: (() => void)[] = []
afterEach(() => {
  for (const dispose of disposals.splice(0)) dispose()
})

/** A store that begins with what another page, or the server, had put away. */
const rehydrate = (sockets: Record<string, SocketState>, names = ['default']) => {
  const network = createFakeNetwork({ mode: 'accept' })
  const recorder = createRecorder()
  const instances = names.map((name) =>
    createSocketMiddleware({
      actions: createSocketActions(name),
      url: 'wss://a.example/ws',
      WebSocket: network.WebSocket,
    }),
  )
  disposals.push(...instances.map(({ dispose }) => dispose))
  const store = configureStore({
    reducer: { socket: socketReducer },
    preloadedState: { socket: sockets },
    middleware: (defaults) =>
      defaults({ immutableCheck: { warnAfter: Infinity }, serializableCheck: { warnAfter: Infinity } })
        .prepend(...instances.map(({ middleware }) => middleware))
        .concat(recorder.middleware),
  })
  // A list of unknown length: the types of its middlewares are lost.
  const dispatch: SocketDispatch = store.dispatch as never
  return { dispatch, recorder, network, socket: (name?: string) => selectSocket(store.getState(), name) }
}

/** Everything that was put off to the end of this task. */
const microtasks = async () => {
  for (let n = 0; n < 5; n++) await Promise.resolve()
}

describe('a store that wakes up with the state of yesterday', () => {
  it.each(['connecting', 'open', 'closing', 'reconnecting'] satisfies Phase[])(
    'sets right in a microtask what claims to be %s',
    async (status) => {
      const { socket } = rehydrate({ default: { ...stored, status, retryAt: 300, attempt: 2 } })
      expect(socket().status).toBe(status)
      await microtasks()
      expect(socket()).toEqual(idle)
    },
  )

  it('corrects it with one socketChanged that has all values', async () => {
    const { recorder } = rehydrate({ default: stored })
    await microtasks()
    expect(recorder.all).toEqual([socketChanged(idle)])
  })

  const ended: SocketState = {
    ...idle,
    url: 'wss://a.example/ws',
    lastClose,
    error: { code: 'stopped', message: 'no' },
  }

  it.each(['idle', 'closed', 'failed'] satisfies Phase[])('keeps what is %s', async (status) => {
    const kept = { ...ended, status }
    const { socket, recorder } = rehydrate({ default: kept })
    await microtasks()
    expect([socket(), recorder.types]).toEqual([kept, []])
  })

  it('corrects the counters of what is closed, and keeps how it ended', async () => {
    const { socket, recorder } = rehydrate({
      default: { ...stored, ...ended, status: 'closed', queued: 3, latency: 9 },
    })
    await microtasks()
    expect(socket()).toEqual({ ...ended, status: 'closed' })
    expect(recorder.types).toEqual([socketChanged.type])
  })

  it('has no socket until it is told to connect', async () => {
    const { network } = rehydrate({ default: stored })
    await microtasks()
    expect(network.sockets).toEqual([])
  })

  it('connects afterwards as ever', async () => {
    const { dispatch, socket } = rehydrate({ default: stored })
    await microtasks()
    expect([await dispatch(socketConnect()), socket().status]).toEqual(['open', 'open'])
  })

  it('is right before a command of the same breath is carried out', async () => {
    const { dispatch, recorder, socket } = rehydrate({ default: { ...stored, queued: 7 } })
    const connecting = dispatch(socketConnect())
    expect(socket()).toMatchObject({ status: 'connecting', openedAt: null, attempt: 0, queued: 0 })
    expect(await connecting).toBe('open')
    expect(recorder.types.slice(0, 2)).toEqual([socketChanged.type, socketConnect.type])
  })

  it('sets right the connection that claims something, by its name', async () => {
    const { socket, recorder } = rehydrate({ default: idle, prices: stored }, ['default', 'prices'])
    await microtasks()
    expect([socket().status, socket('prices').status]).toEqual(['idle', 'idle'])
    expect(recorder.all.map((action) => isSocketAction(action, 'prices'))).toEqual([true])
  })

  it('leaves alone a connection that is not its own', async () => {
    const { socket } = rehydrate({ other: stored })
    await microtasks()
    expect(socket('other')).toEqual(stored)
  })

  it('does nothing once it is disposed of', async () => {
    const { recorder } = rehydrate({ default: stored })
    for (const dispose of disposals.splice(0)) dispose()
    await microtasks()
    expect(recorder.types).toEqual([])
  })
})
