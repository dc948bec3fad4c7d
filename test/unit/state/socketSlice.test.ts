import { combineSlices, configureStore, type UnknownAction, type WithSlice } from '@reduxjs/toolkit'
import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import {
  createSocketActions,
  selectSocket,
  socketChanged,
  socketClose,
  socketClosed,
  socketConnect,
  socketConnecting,
  socketDropped,
  socketError,
  socketFailed,
  socketMessage,
  socketOpened,
  socketReconnect,
  socketReconnecting,
  socketReducer,
  socketSend,
  socketSlice,
  type SocketsState,
} from '../../../src/index.js'
import * as library from '../../../src/index.js'
import { isDevelopment } from '../../support/mode.js'

const prices = createSocketActions('prices')

const idle = {
  status: 'idle',
  url: null,
  protocol: '',
  attempt: 0,
  retryAt: null,
  openedAt: null,
  lastClose: null,
  error: null,
  queued: 0,
  lostAt: null,
  buffered: 0,
  congested: false,
  latency: null,
}

/** A command as the middleware passes it on. */
const handled = (command: { type: string; payload: unknown; meta: object }): UnknownAction => ({
  type: command.type,
  payload: command.payload,
  meta: { ...command.meta, delivery: 'handled' },
})

const connected = [
  handled(socketConnect()),
  socketConnecting({ attempt: 0, url: 'wss://a.example/ws' }),
] as readonly UnknownAction[]
const opened = [
  ...connected,
  socketOpened({ url: 'wss://a.example/ws', protocol: 'v2', reconnected: false, at: 100 }),
] as readonly UnknownAction[]
const lostClose = { code: 1006, reason: '', wasClean: false, at: 200 }
const lost = [
  ...opened,
  socketChanged({ buffered: 7, latency: 5 }),
  socketClosed({ ...lostClose, next: 'reconnecting' }),
] as readonly UnknownAction[]
const waiting = [
  ...lost,
  socketReconnecting({ attempt: 1, delay: 50, retryAt: 250, at: 200 }),
] as readonly UnknownAction[]

const all = (actions: readonly UnknownAction[], from: SocketsState = {}): SocketsState =>
  actions.reduce(socketReducer, from)
const after = (...actions: readonly UnknownAction[]) => selectSocket({ socket: all(actions) })

let warnings: string[] = []
beforeEach(() => {
  warnings = []
  jest.spyOn(console, 'warn').mockImplementation((text: unknown) => void warnings.push(String(text)))
})

describe('the entry of a connection', () => {
  it('is idle at first', () => {
    expect(socketReducer(undefined, { type: '@@init' })).toEqual({})
  })

  it('is connecting after a connect', () => {
    expect(after(handled(socketConnect({ url: 'wss://a.example' })))).toEqual({ ...idle, status: 'connecting' })
  })

  it('has the address and the number of the attempt', () => {
    expect(after(...waiting, socketConnecting({ attempt: 1, url: 'wss://b.example/?…' }))).toMatchObject({
      status: 'connecting',
      attempt: 1,
      url: 'wss://b.example/?…',
      retryAt: null,
    })
  })

  it('has the time of the open, and its subprotocol', () => {
    expect(after(...opened)).toEqual({
      ...idle,
      status: 'open',
      url: 'wss://a.example/ws',
      protocol: 'v2',
      openedAt: 100,
    })
  })

  it('has how the last socket ended, without what follows', () => {
    expect(after(...lost)).toEqual({
      ...idle,
      status: 'reconnecting',
      url: 'wss://a.example/ws',
      lastClose: lostClose,
      lostAt: 200,
    })
  })

  it('has the cause when a socket was abandoned without a close frame', () => {
    const close = { code: null, reason: '', wasClean: false, at: 1, cause: 'timeout' } as const
    expect(after(...opened, socketClosed({ ...close, next: 'closed' })).lastClose).toEqual(close)
  })

  it('has the time of the next attempt', () => {
    expect(after(...waiting)).toMatchObject({ status: 'reconnecting', attempt: 1, retryAt: 250 })
  })

  it('has no time when only a command ends the wait', () => {
    expect(
      after(...lost, socketReconnecting({ attempt: 1, delay: Infinity, retryAt: null, at: 200 })).retryAt,
    ).toBeNull()
  })

  it('has the last error, without the excerpt', () => {
    expect(after(...opened, socketError({ code: 'invalid_frame', message: 'bad', excerpt: '{' }))).toMatchObject({
      status: 'open',
      error: { code: 'invalid_frame', message: 'bad' },
    })
  })

  it('has why the connection failed', () => {
    expect(
      after(...waiting, socketFailed({ code: 'retries_exhausted', message: 'Gave up', excerpt: 'x', at: 400 })),
    ).toMatchObject({ status: 'failed', retryAt: null, error: { code: 'retries_exhausted', message: 'Gave up' } })
  })

  it('has the counters that changed, and no others', () => {
    expect(after(...opened, socketChanged({ queued: 3 }), socketChanged({ latency: 12 }))).toMatchObject({
      queued: 3,
      latency: 12,
      buffered: 0,
    })
  })

  it('has no messages', () => {
    const state = all(opened)
    const talk = [
      socketMessage({ big: 'data' }),
      socketDropped({ reason: 'overflow', ids: ['a'], count: 1 }),
      handled(socketSend('x')),
    ] as readonly UnknownAction[]
    expect(all(talk, state)).toBe(state)
  })
})

describe('a connection that opens again', () => {
  it('forgets its errors and the count of its attempts', () => {
    const reconnecting = socketConnecting({ attempt: 1, url: 'wss://a.example/ws' })
    const error = socketError({ code: 'connection_failed', message: 'no' })
    const again = socketOpened({ url: 'wss://a.example/ws', protocol: '', reconnected: true, at: 300 })
    expect(after(...waiting, reconnecting, error, again)).toMatchObject({
      attempt: 0,
      error: null,
      openedAt: 300,
      retryAt: null,
    })
  })

  it('keeps how the last socket ended', () => {
    const again = socketOpened({ url: 'wss://a.example/ws', protocol: '', reconnected: true, at: 300 })
    expect(after(...waiting, again).lastClose).toEqual(lostClose)
  })

  it('has no retryAt once a command has ended the wait', () => {
    expect(after(...waiting, handled(socketReconnect())).retryAt).toBeNull()
  })
})

describe('a connection that is closed for good', () => {
  const close = { code: 1000, reason: 'bye', wasClean: true, at: 400 }
  const closed = [handled(socketClose(1000, 'bye')), socketClosed({ ...close, next: 'closed' })] as const

  it('is closing first', () => {
    expect(after(...opened, handled(socketClose()))).toMatchObject({ status: 'closing', openedAt: 100 })
  })

  it('keeps nothing of its socket', () => {
    const busy = socketChanged({ buffered: 9, congested: true, latency: 8 })
    expect(after(...opened, busy, ...closed)).toEqual({
      ...idle,
      status: 'closed',
      url: 'wss://a.example/ws',
      lastClose: close,
    })
  })

  it('keeps nothing of its attempts', () => {
    expect(after(...waiting, ...closed)).toMatchObject({ status: 'closed', attempt: 0, retryAt: null })
  })

  it('is closed at once when there was nothing to close', () => {
    expect(after(handled(socketClose()))).toEqual({ ...idle, status: 'closed' })
  })
})

describe('lostAt', () => {
  const again = { code: 1006, reason: '', wasClean: false, at: 300 }
  const url = 'wss://a.example/ws'
  const reconnecting = (at: number) => socketReconnecting({ attempt: 2, delay: 50, retryAt: at + 50, at })

  it('is when the connection was lost, over all attempts', () => {
    const attempt = [socketConnecting({ attempt: 1, url }), socketClosed({ ...again, next: 'reconnecting' })]
    expect(after(...waiting, ...attempt, reconnecting(300)).lostAt).toBe(200)
  })

  it('is null while the connection is open, and is set again by the next loss', () => {
    const open = socketOpened({ url, protocol: '', reconnected: true, at: 250 })
    expect(after(...waiting, open).lostAt).toBeNull()
    expect(after(...waiting, open, socketClosed({ ...again, next: 'reconnecting' })).lostAt).toBe(300)
  })

  it('is when the first attempt failed, with a socket or without one', () => {
    expect(after(...connected).lostAt).toBeNull()
    expect(after(...connected, socketClosed({ ...again, next: 'reconnecting' })).lostAt).toBe(300)
    expect(after(...connected, socketReconnecting({ attempt: 1, delay: 5, retryAt: null, at: 310 })).lostAt).toBe(310)
    expect(after(...connected, socketFailed({ code: 'invalid_url', message: 'no', at: 320 })).lostAt).toBe(320)
  })

  it('is kept when the connection fails, and by the next connect', () => {
    const failed = socketFailed({ code: 'stopped', message: 'no', at: 400 })
    expect(after(...opened, socketClosed({ ...again, next: 'failed' }), failed).lostAt).toBe(300)
    expect(after(...waiting, failed, handled(socketConnect())).lostAt).toBe(200)
  })

  it('is null once the connection is closed', () => {
    expect(after(...waiting, handled(socketClose()), socketClosed({ ...again, next: 'closed' })).lostAt).toBeNull()
  })
})

describe('several connections', () => {
  it('do not change each other', () => {
    const state = all([
      ...opened,
      prices.connecting({ attempt: 3, url: 'wss://p.example' }),
      prices.failed({ code: 'stopped', message: 'no', at: 400 }),
    ])
    expect([selectSocket({ socket: state }).status, selectSocket({ socket: state }, 'prices').error]).toEqual([
      'open',
      { code: 'stopped', message: 'no' },
    ])
  })

  it('have an entry each after their first action', () => {
    expect(Object.keys(all([handled(socketConnect()), handled(prices.connect())]))).toEqual(['default', 'prices'])
  })
})

describe("an app with its own slice called 'socket'", () => {
  it.each(['socket/connect', 'socket/opened', 'socket/closed', 'socket:prices/opened'])('may dispatch %s', (type) => {
    const state = all(opened)
    expect(socketReducer(state, { type, payload: {} })).toBe(state)
    expect(warnings).toEqual([])
  })

  it.each(['socket/toString', 'socket/constructor', 'socket/', 'socket/other'])(
    'may dispatch %s with a meta of a connection',
    (type) => {
      const state = all(opened)
      const withMeta: UnknownAction = { type, payload: {}, meta: { socket: 'default' } }
      expect(socketReducer(state, withMeta)).toBe(state)
    },
  )
})

describe('a command that no middleware carried out', () => {
  const commands = [socketConnect(), socketReconnect(), socketClose(), socketSend('x'), prices.connect()]

  it.each(commands)('is warned of in development, once a dispatch: $type', (command) => {
    const store = configureStore({ reducer: { socket: socketReducer } })
    store.dispatch(command)
    store.dispatch(command)
    const warned = warnings.map((text) => text.includes(`"${command.type}"`))
    expect(warned).toEqual(isDevelopment ? [true, true] : [])
  })

  it.each(commands)('changes nothing: $type', (command) => {
    const state = all(opened)
    expect(socketReducer(state, command)).toBe(state)
  })

  it.each([socketConnect(), socketSend('x')])('is not warned of when one carried it out: $type', (command) => {
    socketReducer({}, handled(command))
    expect(warnings).toEqual([])
  })
})

describe('the state', () => {
  it('is plain data at every step', () => {
    let state: SocketsState = {}
    for (const action of [...waiting, socketError({ code: 'x', message: 'y' })]) {
      state = socketReducer(state, action)
      expect(JSON.parse(JSON.stringify(state))).toEqual(state)
    }
  })

  it('is the same object when nothing changed', () => {
    const state = all(opened)
    expect(socketReducer(state, { type: 'posts/added' })).toBe(state)
  })

  it('is not shared between stores', () => {
    const [one, other] = [handled(socketConnect()), handled(socketConnect())].map((action) => all([action]))
    expect(one?.['default']).not.toBe(other?.['default'])
  })

  it('may be in combineSlices', () => {
    const reducer = combineSlices(socketSlice)
    const state = reducer(undefined, handled(socketConnect()))
    expect(selectSocket(state).status).toBe('connecting')
  })
})

describe('the selectors of the slice', () => {
  const names = [
    'selectSocket',
    'selectSocketStatus',
    'selectIsOpen',
    'selectSocketError',
    'selectRetryAt',
    'selectLastClose',
    'selectQueued',
    'selectIsCongested',
    'selectLatency',
  ] as const
  const sockets = all([...lost, handled(prices.connect())])

  it.each(names)('have the value of the exported selector: %s', (name) => {
    const { [name]: exported } = library
    const state = { socket: sockets }
    for (const connection of [undefined, 'prices', 'other']) {
      const expected = exported(state, connection)
      expect(socketSlice.selectors[name](state, connection)).toEqual(expected)
      expect(socketSlice.getSelectors()[name](sockets, connection)).toEqual(expected)
      expect(
        socketSlice.getSelectors((root: { live: SocketsState }) => root.live)[name]({ live: sockets }, connection),
      ).toEqual(expected)
    }
  })

  it('of an injected slice read its place, and the initial state before it was injected', () => {
    const root = combineSlices({ app: (state: number = 0) => state }).withLazyLoadedSlices<
      WithSlice<typeof socketSlice>
    >()
    const before = root(undefined, { type: 'app/started' })
    const injected = socketSlice.injectInto(root)
    expect(injected.selectors.selectSocketStatus(before)).toBe('idle')
    expect(injected.selectors.selectSocket(root(before, handled(socketConnect()))).status).toBe('connecting')
  })

  it('of a slice that is injected under another key read that key', () => {
    const root = combineSlices({ app: (state: number = 0) => state })
    const injected = socketSlice.injectInto(root, { reducerPath: 'live' })
    const state = root(undefined, handled(socketConnect()))
    expect(Object.keys(state)).toEqual(['app', 'live'])
    expect(injected.selectors.selectSocketStatus(state as never)).toBe('connecting')
  })
})
