import { afterEach, describe, expect, it } from '@jest/globals'
import { WebSocket as WsWebSocket } from 'ws'
import {
  createSocketMiddleware,
  socketConnect,
  socketConnecting,
  socketEndpoint,
  socketError,
  socketFailed,
  socketMessage,
  socketOpened,
  socketSend,
  type WebSocketClass,
} from '../../src/index.js'
import { startEchoServer } from '../support/echoServer.js'
import { createHeldServer } from '../support/heldServer.js'
import { setupStore } from '../support/setupStore.js'

describe('an address', () => {
  it.each<[what: string, base: string | URL, path: string | undefined, joined: string]>([
    ['/ws by default', 'ws://a.example', undefined, 'ws://a.example/ws'],
    ['an explicit path replaces it', 'ws://a.example', '/live', 'ws://a.example/live'],
    ['no double slash', 'ws://a.example/', '/ws', 'ws://a.example/ws'],
    ['an address without a path', 'ws://a.example', 'ws', 'ws://a.example/ws'],
    ['a base with a path of its own', 'wss://a.example/api/', '/ws', 'wss://a.example/api/ws'],
    ['white space around the url', '  ws://a.example \n', '/ws', 'ws://a.example/ws'],
    ['a URL object', new URL('ws://a.example/'), '/ws', 'ws://a.example/ws'],
  ])('is joined: %s', (_what, base, path, joined) => {
    expect(socketEndpoint(base, path)).toBe(joined)
  })

  it.each([
    ['a number', 42],
    ['null', null],
    ['an object', { href: 'ws://a.example' }],
    ['true', true],
  ])('that is %s throws at creation', (_what, url) => {
    expect(() => createSocketMiddleware({ url: url as never })).toThrow(/"url".*a string, a URL or a function/)
  })

  it.each([
    ['a number', 42],
    ['null', null],
    ['an object', { href: 'ws://a.example' }],
  ])('that is %s in socketConnect throws before anything happens', (_what, url) => {
    expect(() => socketConnect({ url: url as never })).toThrow(/url.*string/)
  })

  it('with white space around it is used without', async () => {
    await using server = await startEchoServer()
    const store = setupStore({ url: `  ${server.url}  `, path: '/ws', WebSocket: WsWebSocket })
    expect(await store.dispatch(socketConnect())).toBe('open')
    expect(server.connections.map(({ path }) => path)).toEqual(['/ws'])
  })
})

describe('the WebSocket class', () => {
  const given = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')

  afterEach(() => {
    if (given === undefined) Reflect.deleteProperty(globalThis, 'WebSocket')
    else Object.defineProperty(globalThis, 'WebSocket', given)
  })

  it('is the global one when none is given, looked up at the attempt', async () => {
    const store = setupStore({ url: 'ws://a.example', WebSocket: undefined })
    const network = createHeldServer({ mode: 'accept' })
    Object.defineProperty(globalThis, 'WebSocket', { value: network.WebSocket, configurable: true })
    expect(await store.dispatch(socketConnect())).toBe('open')
    expect(network.connections).toHaveLength(1)
  })

  it('of the options replaces the global one', async () => {
    const global = createHeldServer({ mode: 'accept' })
    const own = createHeldServer({ mode: 'accept' })
    Object.defineProperty(globalThis, 'WebSocket', { value: global.WebSocket, configurable: true })
    const store = setupStore({ url: 'ws://a.example', WebSocket: own.WebSocket })
    await store.dispatch(socketConnect())
    expect([global.connections.length, own.connections.length]).toEqual([0, 1])
  })

  it('that is missing is a clear error at the attempt, and not earlier', async () => {
    Reflect.deleteProperty(globalThis, 'WebSocket')
    const store = setupStore({ url: 'ws://a.example', WebSocket: undefined })
    expect(await store.dispatch(socketConnect())).toBe('failed')
    const { payload } = await store.recorder.take(socketFailed)
    expect(payload.code).toBe('no_websocket')
    expect(payload.message).toMatch(/WebSocket/)
  })
})

describe('a WebSocket class that throws at first', () => {
  it('is tried again, with an error each time', async () => {
    const network = createHeldServer({ mode: 'accept' })
    let attempts = 0
    const Moody = function (url: string) {
      attempts += 1
      if (attempts < 3) throw new Error('not today')
      return new network.WebSocket(url)
    } as unknown as WebSocketClass
    const store = setupStore({ url: 'ws://a.example', WebSocket: Moody, reconnect: { backoff: () => 1 } })
    expect(await store.dispatch(socketConnect())).toBe('reconnecting')
    await store.recorder.take(socketOpened)
    const codes = store.recorder.of(socketError).map(({ payload }) => payload.code)
    expect([codes, attempts]).toEqual([['connection_failed', 'connection_failed'], 3])
  })
})

describe('a store without a command to connect', () => {
  it('starts no attempt, although a send waits', async () => {
    const network = createHeldServer({ mode: 'accept' })
    const store = setupStore({ url: 'ws://a.example', WebSocket: network.WebSocket })
    store.dispatch(socketSend('hello'))
    store.dispatch({ type: 'unrelated' })
    await new Promise(setImmediate)
    expect([network.connections.length, store.recorder.count(socketConnecting)]).toEqual([0, 0])
  })

  it('has no message of the app in its state', async () => {
    await using server = await startEchoServer()
    const store = setupStore({ url: server.url, WebSocket: WsWebSocket })
    await store.dispatch(socketConnect())
    store.dispatch(socketSend({ secret: 'marble' }))
    await store.recorder.take(socketMessage)
    expect(JSON.stringify(store.store.getState())).not.toContain('marble')
  })
})

describe('client and server in one process', () => {
  it('exchange messages through a plain echo server', async () => {
    await using server = await startEchoServer()
    const store = setupStore({ url: server.url, WebSocket: WsWebSocket })
    await store.dispatch(socketConnect())
    store.dispatch(socketSend(['any', { value: 1 }]))
    expect((await store.recorder.take(socketMessage)).payload).toEqual(['any', { value: 1 }])
  })

  it('exchange messages in many stores with one server, each with its own connection', async () => {
    await using server = await startEchoServer()
    const stores = Array.from({ length: 5 }, () => setupStore({ url: server.url, WebSocket: WsWebSocket }))
    await Promise.all(stores.map((store) => store.dispatch(socketConnect())))
    stores.forEach((store, index) => store.dispatch(socketSend(index)))
    const echoes = await Promise.all(stores.map(({ recorder }) => recorder.take(socketMessage)))
    expect(echoes.map(({ payload }) => payload)).toEqual([0, 1, 2, 3, 4])
    expect(server.connections).toHaveLength(5)
  })
})
