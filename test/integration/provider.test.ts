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
import { failOnUnhandledErrors } from '../support/unhandled.js'

failOnUnhandledErrors()

let server: EchoServer
beforeEach(async () => {
  server = await startEchoServer()
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
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

  it.each(down)('%s: an error and another attempt each time, until it is available', async (_how, fail) => {
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

  it.each(down)('%s: has no close code, because there was no socket', async (_how, fail) => {
    const store = createStore({ url: fail })
    await store.dispatch(socketConnect())
    expect(store.recorder.count(socketClosed)).toBe(0)
    expect(store.state().lastClose).toBeNull()
  })

  it('is called once before every attempt, with the number of that attempt', async () => {
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

  it('gets how the previous socket ended', async () => {
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

  it('answers after the close: no attempt follows', async () => {
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
    // The server sees only a later connect.
    expect(await store.dispatch(socketConnect({ url: server.url }))).toBe('open')
    expect(server.connections).toHaveLength(1)
    expect(store.recorder.count(socketConnecting)).toBe(1)
  })

  it('answers after its attempt has timed out: the late answer starts no attempt', async () => {
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

  it('returns an invalid address: an error each time, and the process continues', async () => {
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

  it('is fetched again when the server closes with 4401', async () => {
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

  it('is fetched once: a second 4401 before minUptime is failed', async () => {
    const reasons: string[] = []
    const store = withToken(reasons, 3_600_000)
    await store.dispatch(socketConnect())
    server.close(4401)
    await store.recorder.takeMany(2, socketOpened)
    server.close(4401)
    await store.recorder.take(socketFailed)
    expect([reasons, store.state().lastClose?.code]).toEqual([['connect', 'refresh'], 4401])
  })

  it('is fetched again after each connection that was open for minUptime', async () => {
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

describe('a TCP server that sends nothing', () => {
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

  it('leads to connectTimeout: the process continues, and the next attempt goes elsewhere', async () => {
    const store = createStore({ connectTimeout: 60, url: ({ attempt }) => (attempt < 2 ? silentUrl() : server.url) })
    expect(await store.dispatch(socketConnect())).toBe('reconnecting')
    await store.recorder.take(socketOpened)
    expect(codes(store)).toEqual(['connect_timeout', 'connect_timeout'])
  })

  it('is abandoned: no TCP connection to it is left', async () => {
    const store = createStore({ connectTimeout: 60, url: ({ attempt }) => (attempt < 1 ? silentUrl() : server.url) })
    await store.dispatch(socketConnect())
    await store.recorder.take(socketOpened)
    await Promise.all(lines.map((line) => (line.destroyed ? Promise.resolve() : once(line, 'close'))))
    expect(lines).toHaveLength(1)
  })

  it('can be closed during its silence: the process continues', async () => {
    const store = createStore({ url: silentUrl() })
    const line = once(silent, 'connection')
    void store.dispatch(socketConnect())
    await line
    expect(await store.dispatch(socketClose())).toBe('closed')
  })
})
