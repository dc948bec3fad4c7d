import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { describe, expect, it } from '@jest/globals'
import { WebSocket as WsWebSocket } from 'ws'
import {
  socketClose,
  socketClosed,
  socketConnect,
  socketError,
  socketOpened,
  socketReconnecting,
} from '../../src/index.js'
import { startEchoServer } from '../support/echoServer.js'
import { setupStore, type StoreOptions, type TestStore } from '../support/setupStore.js'
import { selfSigned } from './support/selfSigned.js'
import { hour, recordSockets } from './support/site.js'

interface Peer extends AsyncDisposable {
  readonly port: number
  readonly attempts: number
  /** Resolves when there have been so many. */
  readonly connected: (count: number) => Promise<void>
  /** Resolves when every connection has ended. */
  readonly abandoned: () => Promise<void>
}

/** A server on a port that is not a WebSocket server. */
const startPeer = async (handle: (socket: Socket) => void, tls?: { key: string; cert: string }): Promise<Peer> => {
  const sockets = new Set<Socket>()
  const ends: Promise<unknown>[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  let attempts = 0
  const server = tls ? createTlsServer(tls, handle) : createServer(handle)
  server.on('connection', (socket: Socket) => {
    attempts++
    for (const { count, resolve } of waiting) if (count <= attempts) resolve()
    sockets.add(socket)
    ends.push(new Promise((resolve) => socket.once('close', resolve)))
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  if (tls) server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    get attempts() {
      return attempts
    },
    connected: async (count) => {
      if (attempts < count) await new Promise<void>((resolve) => waiting.push({ count, resolve }))
    },
    abandoned: async () => {
      await Promise.all(ends)
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const storeFor = (url: string, options: StoreOptions = {}): TestStore =>
  setupStore({
    url,
    WebSocket: WsWebSocket,
    connectTimeout: 5_000,
    reconnect: { backoff: () => 2 },
    ...options,
  })

const errors = (store: TestStore): string[] => store.recorder.of(socketError).map(({ payload }) => payload.code)

/** How the first three attempts ended, and that nothing is left after a close. */
const threeAttempts = async (peer: Peer, store: TestStore) => {
  const outcome = store.dispatch(socketConnect())
  await store.recorder.takeMany(3, socketReconnecting)
  const seen = {
    outcome: await outcome,
    retries: store.recorder.of(socketReconnecting).map(({ payload }) => payload.attempt),
    errors: errors(store),
    closes: store.recorder.of(socketClosed).map(({ payload }) => payload.cause ?? payload.code),
    attempts: peer.attempts,
    message: store.recorder.of(socketError)[0]?.payload.message ?? '',
  }
  await store.dispatch(socketClose())
  await peer.abandoned()
  return seen
}

const thrice = (error: string, close: number | string) => ({
  outcome: 'reconnecting',
  retries: [1, 2, 3],
  errors: [error, error, error],
  closes: [close, close, close],
  attempts: 3,
})
const refused = thrice('connection_failed', 1006)
const outOfTime = thrice('connect_timeout', 'timeout')

describe('an attempt that fails', () => {
  it('over TLS with an untrusted certificate is reported and retried', async () => {
    await using peer = await startPeer(() => {}, selfSigned('127.0.0.1'))
    const store = storeFor(`wss://127.0.0.1:${peer.port}`)
    const seen = await threeAttempts(peer, store)
    expect(seen).toMatchObject(refused)
    expect(seen.message).toMatch(/self.signed certificate/)
  })

  it('over TLS with an invalid answer is reported and retried', async () => {
    await using peer = await startPeer((socket) => {
      socket.once('data', () => socket.write('I speak no TLS\r\n'.repeat(8)))
    })
    const store = storeFor(`wss://127.0.0.1:${peer.port}`)
    expect(await threeAttempts(peer, store)).toMatchObject(refused)
  })

  it('over TLS that is cut during the hello is reported and retried', async () => {
    await using peer = await startPeer((socket) => {
      socket.once('data', () => socket.end())
    })
    const store = storeFor(`wss://127.0.0.1:${peer.port}`)
    expect(await threeAttempts(peer, store)).toMatchObject(refused)
  })

  it.each([
    ['200', 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello'],
    ['503', 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n'],
    ['302', 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n'],
  ])('at a proxy that answers the upgrade with %s is reported and retried', async (status, answer) => {
    await using peer = await startPeer((socket) => {
      socket.once('data', () => socket.write(answer))
    })
    const store = storeFor(`ws://127.0.0.1:${peer.port}`)
    const seen = await threeAttempts(peer, store)
    expect(seen).toMatchObject(refused)
    expect(seen.message).toContain(status)
  })

  it('at a server that accepts the upgrade with a wrong key is reported and retried', async () => {
    await using peer = await startPeer((socket) => {
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n',
        ),
      )
    })
    expect(await threeAttempts(peer, storeFor(`ws://127.0.0.1:${peer.port}`))).toMatchObject(refused)
  })

  it('at a server that never answers the upgrade ends at connectTimeout', async () => {
    await using peer = await startPeer((socket) => socket.resume())
    const store = storeFor(`ws://127.0.0.1:${peer.port}`, { connectTimeout: 60 })
    expect(await threeAttempts(peer, store)).toMatchObject(outOfTime)
  })

  it('at a server that never answers the TLS hello ends at connectTimeout', async () => {
    await using peer = await startPeer((socket) => socket.resume())
    const store = storeFor(`wss://127.0.0.1:${peer.port}`, { connectTimeout: 60 })
    expect(await threeAttempts(peer, store)).toMatchObject(outOfTime)
  })

  it('at a server that answers the upgrade a byte at a time ends at connectTimeout', async () => {
    const answer = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX: ${'x'.repeat(4_000)}\r\n\r\n`
    const written: number[] = []
    await using peer = await startPeer((socket) => {
      let at = 0
      const drip = setInterval(() => socket.write(answer[at++] ?? '\n'), 2)
      socket.once('close', () => {
        clearInterval(drip)
        written.push(at)
      })
    })
    const store = storeFor(`ws://127.0.0.1:${peer.port}`, { connectTimeout: 150 })
    expect(await threeAttempts(peer, store)).toMatchObject(outOfTime)
    // It was cut in the middle; no byte had extended the wait.
    expect(written.every((bytes) => bytes > 0 && bytes < answer.length)).toBe(true)
  })
})

describe('a handshake', () => {
  it('that hangs is ended by connectTimeout as an attempt is', async () => {
    await using server = await startEchoServer({ echo: false })
    const store = storeFor(server.url, {
      connectTimeout: 80,
      handshake: async ({ receive }) => void (await receive()),
    })
    expect(await store.dispatch(socketConnect())).toBe('reconnecting')
    expect(errors(store)).toEqual(['connect_timeout'])
    await server.until(({ connections }) => connections[0]?.ended !== null)
  })

  it('whose socket is cut rejects its receive, and the next one is served', async () => {
    await using server = await startEchoServer({
      echo: false,
      onConnection: ({ socket }) => {
        if (server.connections.length === 1) socket.terminate()
        else socket.send('"welcome"')
      },
    })
    const outcomes: unknown[] = []
    const store = storeFor(server.url, {
      handshake: async ({ receive }) => {
        outcomes.push(await receive().catch((error: unknown) => (error as Error).message))
      },
    })
    void store.dispatch(socketConnect())
    await store.recorder.take(socketOpened)
    expect(outcomes).toEqual(['The socket was closed during the handshake.', 'welcome'])
  })
})

describe('Node without a WebSocket of its own', () => {
  it('fails with a sentence that says what to do, and does not retry', async () => {
    const own = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')
    Reflect.deleteProperty(globalThis, 'WebSocket')
    try {
      const store = setupStore({ url: 'ws://127.0.0.1:9', WebSocket: undefined })
      expect(await store.dispatch(socketConnect())).toBe('failed')
      expect(store.state().error?.code).toBe('no_websocket')
    } finally {
      if (own) Object.defineProperty(globalThis, 'WebSocket', own)
    }
  })

  it('continues after a `ws` socket is closed while it connects', async () => {
    await using peer = await startPeer((socket) => socket.resume())
    const uncaught: unknown[] = []
    const note = (error: unknown): number => uncaught.push(error)
    process.on('uncaughtExceptionMonitor', note)
    const { WebSocket, sockets } = recordSockets()
    const store = storeFor(`ws://127.0.0.1:${peer.port}`, { WebSocket, reconnect: { backoff: () => hour } })
    void store.dispatch(socketConnect())
    await peer.connected(1)
    await store.dispatch(socketClose())
    void store.dispatch(socketConnect())
    await peer.connected(2)
    store.socket.dispose()
    await peer.abandoned()
    process.off('uncaughtExceptionMonitor', note)
    expect(uncaught).toEqual([])
    expect(sockets.map(({ socket }) => socket.readyState)).toEqual([3, 3])
    expect(store.recorder.count(socketError)).toBe(0)
  })
})
