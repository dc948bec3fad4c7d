import { afterEach, describe, expect, it } from '@jest/globals'
import {
  selectSocket,
  selectSocketStatus,
  socketClose,
  socketClosed,
  socketConnect,
  socketOpened,
  type SocketMiddlewareOptions,
} from '../../../src/index.js'
import {
  createFakeServer,
  expectAllClosed,
  FakeWebSocket,
  recordActions,
  type FakeServerOptions,
} from '../../../src/testing/index.js'
import { createChat, said } from './chatStore.js'

const chats: ReturnType<typeof createChat>[] = []

afterEach(() => {
  for (const { dispose } of chats.splice(0)) dispose()
  expectAllClosed()
})

const setupChat = (options: SocketMiddlewareOptions = {}, serverOptions: FakeServerOptions = {}) => {
  const server = createFakeServer(serverOptions)
  const chat = createChat({
    WebSocket: server.WebSocket,
    reconnect: { backoff: () => 1, minUptime: 0 },
    ...options,
  })
  chats.push(chat)
  const { store } = chat
  return { server, store, recorder: recordActions(store), status: () => selectSocketStatus(store.getState()) }
}

describe('the steps of a fake server', () => {
  it('run in the order of their calls, although none is awaited', async () => {
    const { server, store, recorder } = setupChat({}, { mode: 'hold' })
    void store.dispatch(socketConnect())
    void server.accept()
    void server.send(said('one'), said('two'))
    void server.close(1012, 'restart')
    const { payload } = await recorder.next(socketClosed)
    expect(payload).toMatchObject({ code: 1012, reason: 'restart', wasClean: true, next: 'reconnecting' })
    expect(store.getState().lines).toEqual(['one', 'two'])
  })

  it('wait for an open connection', async () => {
    const { server, store } = setupChat()
    const sent = server.send(said('as soon as you are here'))
    void store.dispatch(socketConnect())
    await sent
    expect(store.getState().lines).toEqual(['as soon as you are here'])
  })

  it('leave an attempt waiting with hold, and open it with accept', async () => {
    const { server, store, status } = setupChat()
    await server.hold()
    const attempt = server.nextAttempt()
    const outcome = store.dispatch(socketConnect())
    await attempt
    expect(status()).toBe('connecting')
    const connection = await server.accept()
    expect([await outcome, connection.isOpen]).toEqual(['open', true])
  })

  it('refuse attempts, those that wait too', async () => {
    const { server, store, recorder } = setupChat({ reconnect: false }, { mode: 'hold' })
    const attempt = server.nextAttempt()
    const outcome = store.dispatch(socketConnect())
    await attempt
    await server.refuse()
    expect(await outcome).toBe('failed')
    const { payload } = await recorder.next(socketClosed)
    expect(payload).toMatchObject({ code: 1006, wasClean: false })
    expect(await store.dispatch(socketConnect())).toBe('failed')
  })

  it('fail all that follow one that throws', async () => {
    const { server, store } = setupChat(
      {},
      {
        codec: {
          encode: () => {
            throw new Error('no such value')
          },
          decode: String,
        },
      },
    )
    void store.dispatch(socketConnect())
    await expect(server.send(1)).rejects.toThrow('no such value')
    await expect(server.cut()).rejects.toThrow('no such value')
  })

  it.each([1000, 1001, 1011, 4401, 4999])('close with %i', async (code) => {
    const { server, store, recorder } = setupChat({ reconnect: false })
    await store.dispatch(socketConnect())
    await server.close(code)
    const { payload } = await recorder.next(socketClosed)
    expect(payload).toMatchObject({ code, wasClean: true })
  })

  it('lose every byte after freeze, in both directions', async () => {
    const { server, store, status } = setupChat({ closeTimeout: 5 })
    await store.dispatch(socketConnect())
    await server.freeze()
    await server.send(said('lost'))
    store.dispatch(said('lost too'))
    expect([store.getState().lines, server.received, status()]).toEqual([['lost too'], [], 'open'])
    await store.dispatch(socketClose())
    expect(selectSocket(store.getState()).lastClose).toMatchObject({ cause: 'timeout' })
  })
})

describe('the messages of a fake server', () => {
  it('are values, and texts that are not JSON', async () => {
    const { server, store } = setupChat()
    await store.dispatch(socketConnect())
    store.dispatch(said('hi'))
    expect(server.received).toEqual([said('hi')])
    expect(server.last.receivedRaw).toEqual([JSON.stringify(said('hi'))])
    await server.sendRaw('ping')
    expect(await server.next((message: unknown) => message === 'pong')).toBe('pong')
  })

  it('are taken one after the other, whether they came before or come later', async () => {
    const { server, store } = setupChat()
    await store.dispatch(socketConnect())
    store.dispatch(said('first'))
    expect(await server.next(said)).toEqual(said('first'))
    const second = server.next(said)
    store.dispatch(said('second'))
    expect(await second).toEqual(said('second'))
  })

  it('are answered by the newest rule that matches, until it is removed', async () => {
    const { server, store, recorder } = setupChat()
    await store.dispatch(socketConnect())
    server.reply(said, ({ payload }) => said(`you said ${payload}`))
    const stop = server.reply(said, async () => said('later'))
    store.dispatch(said('a'))
    await recorder.next((action) => action['payload'] === 'later')
    stop()
    store.dispatch(said('b'))
    await recorder.next((action) => action['payload'] === 'you said b')
    expect(store.getState().lines).toEqual(['a', 'later', 'b', 'you said b'])
  })

  it('are not answered where a rule returns undefined', async () => {
    const { server, store } = setupChat()
    await store.dispatch(socketConnect())
    server.reply(said, () => undefined)
    store.dispatch(said('a'))
    await server.next(said)
    await server.send(said('fence'))
    expect(store.getState().lines).toEqual(['a', 'fence'])
  })

  it('are encoded by the codec of the option', async () => {
    const codec = {
      encode: (value: unknown) => `<${JSON.stringify(value)}>`,
      decode: (frame: unknown): unknown => JSON.parse(String(frame).slice(1, -1)),
      isPlain: true,
    }
    const { server, store } = setupChat({ codec }, { codec })
    await store.dispatch(socketConnect())
    await server.send(said('hello'))
    store.dispatch(said('hi'))
    expect([store.getState().lines, server.received]).toEqual([['hello', 'hi'], [said('hi')]])
  })
})

describe('a connection of a fake server', () => {
  it('is a FakeWebSocket for the client', async () => {
    const { server, store } = setupChat()
    await store.dispatch(socketConnect())
    expect(server.last.socket).toBeInstanceOf(FakeWebSocket)
    expect(server.last.socket).toBeInstanceOf(server.WebSocket)
    expect(server.last.url).toBe('ws://chat.test/')
  })

  it('is opened with the subprotocol that accept names', async () => {
    const { server, store, recorder } = setupChat({ protocols: ['v2', 'v1'] }, { mode: 'hold' })
    void store.dispatch(socketConnect())
    await server.accept('v1')
    const { payload } = await recorder.next(socketOpened)
    expect(payload.protocol).toBe('v1')
  })

  it('knows how it ended', async () => {
    const { server, store } = setupChat()
    await store.dispatch(socketConnect())
    await store.dispatch(socketClose(4001, 'enough'))
    expect(server.last.closedBy).toEqual({ code: 4001, reason: 'enough' })
    expect(server.last.closed).toEqual({ code: 4001, reason: 'enough', wasClean: true })
  })

  it('does not exist before the first attempt', () => {
    expect(() => createFakeServer().last).toThrow('Expected a connection attempt, got none so far.')
  })
})

describe('next of a fake server with a heartbeat', () => {
  it('returns the heartbeat that the client sends when it opens, and skips it with a match', async () => {
    const { server, store } = setupChat({ heartbeat: { interval: 1_000, timeout: 500 } })
    await store.dispatch(socketConnect())
    store.dispatch(said('a'))
    expect(await server.next()).toBe('ping')
    await server.cut()
    void store.dispatch(socketClose())
    await store.dispatch(socketConnect())
    store.dispatch(said('b'))
    expect(await server.next(said)).toMatchObject(said('a'))
    expect(await server.next(said)).toMatchObject(said('b'))
  })
})
