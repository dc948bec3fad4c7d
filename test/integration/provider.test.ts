import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { WebSocket as WsWebSocket } from 'ws'
import {
  socketClose,
  socketClosed,
  socketConnect,
  socketConnecting,
  socketError,
  socketFailed,
  socketOpened,
} from '../../src/index.js'
import { startEchoServer, type EchoServer } from '../support/echoServer.js'
import { setupStore, type StoreOptions, type TestStore } from '../support/setupStore.js'

let server: EchoServer
const unhandled: unknown[] = []
const note = (reason: unknown): void => {
  unhandled.push(reason)
}

beforeEach(async () => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  server = await startEchoServer()
})

afterEach(async () => {
  // A rejection is reported once the microtasks are done: a turn of the loop later all of them have been.
  await new Promise(setImmediate)
  process.off('unhandledRejection', note)
  process.off('uncaughtException', note)
  await server[Symbol.asyncDispose]()
  // oxlint-disable-next-line jest/no-standalone-expect -- every test here is to end without one
  expect(unhandled).toEqual([])
})

const createStore = (options: StoreOptions): TestStore =>
  setupStore({ WebSocket: WsWebSocket, reconnect: { backoff: () => 5, minUptime: 0 }, ...options })

const codes = (store: TestStore): string[] => store.recorder.of(socketError).map(({ payload }) => payload.code)

describe('a token server that is down', () => {
  const down: [how: string, fail: () => string | Promise<string>][] = [
    ['rejects', () => Promise.reject(new Error('no token'))],
    [
      'throws',
      () => {
        throw new Error('no token')
      },
    ],
  ]

  it.each(down)('%s: each time an error and another attempt, until it is back', async (_how, fail) => {
    let calls = 0
    const store = createStore({
      url: () => {
        calls += 1
        return calls > 3 ? server.url : fail()
      },
    })
    expect(await store.dispatch(socketConnect())).toBe('reconnecting')
    await store.recorder.take(socketOpened)
    expect(codes(store)).toEqual(['provider_failed', 'provider_failed', 'provider_failed'])
  })

  it.each(down)('%s: no code is invented for a socket that never was', async (_how, fail) => {
    const store = createStore({ url: fail })
    await store.dispatch(socketConnect())
    expect(store.recorder.count(socketClosed)).toBe(0)
    expect(store.state().lastClose).toBeNull()
  })

  it('is asked once before every attempt, and told which one it is', async () => {
    const attempts: number[] = []
    const store = createStore({
      url: ({ attempt }) => {
        attempts.push(attempt)
        if (attempt < 2) throw new Error('no token')
        return server.url
      },
    })
    await store.dispatch(socketConnect())
    await store.recorder.take(socketOpened)
    expect(attempts).toEqual([0, 1, 2])
  })

  it('is told how the previous socket ended', async () => {
    const seen: (number | null | undefined)[] = []
    const store = createStore({
      url: ({ lastClose }) => {
        seen.push(lastClose?.code)
        return server.url
      },
    })
    await store.dispatch(socketConnect())
    server.close(1012)
    await store.recorder.takeMany(2, socketOpened)
    expect(seen).toEqual([undefined, 1012])
  })

  it('hangs: connectTimeout ends the wait, and the next attempt runs', async () => {
    let calls = 0
    const signals: AbortSignal[] = []
    const store = createStore({
      connectTimeout: 40,
      url: ({ signal }) => {
        calls += 1
        signals.push(signal)
        return calls > 1 ? server.url : new Promise<string>(() => {})
      },
    })
    expect(await store.dispatch(socketConnect())).toBe('reconnecting')
    expect(codes(store)).toEqual(['connect_timeout'])
    expect(signals[0]?.aborted).toBe(true)
    await store.recorder.take(socketOpened)
  })

  it('answers after the close: nobody dials', async () => {
    let answer = (_url: string): void => {}
    const store = createStore({
      url: () =>
        new Promise<string>((resolve) => {
          answer = resolve
        }),
    })
    const outcome = store.dispatch(socketConnect())
    expect(await store.dispatch(socketClose())).toBe('closed')
    expect(await outcome).toBe('closed')
    answer(server.url)
    // A later connect is the only one that the server sees.
    expect(await store.dispatch(socketConnect({ url: server.url }))).toBe('open')
    expect(server.connections).toHaveLength(1)
    expect(store.recorder.count(socketConnecting)).toBe(1)
  })

  it('answers after its attempt has timed out: the late answer dials nobody', async () => {
    let answerLate = (_url: string): void => {}
    const store = createStore({
      connectTimeout: 40,
      url: ({ attempt }) => {
        if (attempt === 0) return new Promise<string>((resolve) => (answerLate = resolve))
        answerLate(`${server.url}/late`)
        return `${server.url}/in-time`
      },
    })
    await store.dispatch(socketConnect())
    await store.recorder.take(socketOpened)
    expect(server.connections.map(({ path }) => path)).toEqual(['/in-time'])
    expect(store.recorder.count(socketConnecting)).toBe(1)
  })

  it('gives an address that is none: an error each time, and the process lives', async () => {
    let calls = 0
    const store = createStore({
      url: () => {
        calls += 1
        return calls > 2 ? server.url : 'nonsense://'
      },
    })
    await store.dispatch(socketConnect())
    await store.recorder.take(socketOpened)
    expect(codes(store)).toEqual(['invalid_url', 'invalid_url'])
  })
})

describe('a token that expires', () => {
  const withToken = (reasons: string[], minUptime: number): TestStore =>
    createStore({
      url: ({ reason }) => {
        reasons.push(reason)
        return `${server.url}/?token=${reasons.length}`
      },
      reconnect: { backoff: () => 5, minUptime },
    })

  it('is asked for again when the server closes with 4401', async () => {
    const reasons: string[] = []
    const store = withToken(reasons, 0)
    await store.dispatch(socketConnect())
    server.close(4401)
    await store.recorder.takeMany(2, socketOpened)
    expect([reasons, server.connections.map(({ path }) => path)]).toEqual([
      ['connect', 'refresh'],
      ['/?token=1', '/?token=2'],
    ])
  })

  it('is asked for once: a second 4401 before minUptime has failed', async () => {
    const reasons: string[] = []
    const store = withToken(reasons, 3_600_000)
    await store.dispatch(socketConnect())
    server.close(4401)
    await store.recorder.takeMany(2, socketOpened)
    server.close(4401)
    await store.recorder.take(socketFailed)
    expect([reasons, store.state().lastClose?.code]).toEqual([['connect', 'refresh'], 4401])
  })

  it('is asked for again after each connection that held for minUptime', async () => {
    const reasons: string[] = []
    const store = withToken(reasons, 0)
    await store.dispatch(socketConnect())
    for (let opened = 1; opened <= 3; opened++) {
      // oxlint-disable-next-line no-await-in-loop
      await store.recorder.take(socketOpened)
      server.close(4401)
    }
    await store.recorder.take(socketOpened)
    expect(reasons).toEqual(['connect', 'refresh', 'refresh', 'refresh'])
  })

  it('is in no action and in no state', async () => {
    const store = withToken([], 0)
    await store.dispatch(socketConnect())
    expect(JSON.stringify([store.recorder.all, store.store.getState()])).not.toContain('token')
  })
})

describe('a TCP server that says nothing', () => {
  let silent: Server
  const lines: Socket[] = []

  beforeEach(async () => {
    silent = createServer((line) => {
      lines.push(line)
      line.on('error', () => {})
      line.resume()
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  })

  afterEach(async () => {
    for (const line of lines.splice(0)) line.destroy()
    await new Promise((resolve) => silent.close(resolve))
  })

  const silentUrl = (): string => `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`

  it('runs into connectTimeout: the process survives, and the next attempt is made elsewhere', async () => {
    const store = createStore({ connectTimeout: 60, url: ({ attempt }) => (attempt < 2 ? silentUrl() : server.url) })
    expect(await store.dispatch(socketConnect())).toBe('reconnecting')
    await store.recorder.take(socketOpened)
    expect(codes(store)).toEqual(['connect_timeout', 'connect_timeout'])
  })

  it('is let go of: no line is left to it', async () => {
    const store = createStore({ connectTimeout: 60, url: ({ attempt }) => (attempt < 1 ? silentUrl() : server.url) })
    await store.dispatch(socketConnect())
    await store.recorder.take(socketOpened)
    await Promise.all(lines.map((line) => (line.destroyed ? Promise.resolve() : once(line, 'close'))))
    expect(lines).toHaveLength(1)
  })

  it('can be closed while it is silent: the process survives', async () => {
    const store = createStore({ url: silentUrl() })
    const line = once(silent, 'connection')
    void store.dispatch(socketConnect())
    await line
    expect(await store.dispatch(socketClose())).toBe('closed')
  })
})
