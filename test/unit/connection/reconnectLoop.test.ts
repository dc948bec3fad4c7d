import { describe, expect, it, jest } from '@jest/globals'
import ReconnectingWebSocket from 'reconnecting-websocket'
import { createSocketActions } from '../../../src/index.js'
import type { WebSocketClass, WebSocketLike } from '../../../src/connection/types.js'
import { setupStore } from '../../support/setupStore.js'
import type { FakeServer, FakeServerOptions } from '../../../src/testing/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { disposeAfterTest } from '../../support/leaks.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// What reconnecting-websocket 4.4.0 does wrong (docs/dependencies.md), one describe each: first the package alone, where that is cheap to show, then
// the connection that uses it.

interface Bare {
  onopen: (() => void) | null
  onclose: ((event: { code: number; wasClean: boolean }) => void) | null
  onerror: (() => void) | null
  onmessage: (() => void) | null
  readonly readyState: number
  addEventListener: (type: string, listener: (event: { code: number; wasClean: boolean }) => void) => void
  send: (data: string) => void
  close: (code?: number) => void
  reconnect: () => void
}

const BareSocket = ReconnectingWebSocket as unknown as new (
  url: string | (() => string | Promise<string>),
  protocols?: unknown,
  options?: Readonly<Record<string, unknown>>,
) => Bare

const createBare = (
  { network = {}, ...options }: { network?: FakeServerOptions } & Record<string, unknown> = {},
  url: string | (() => string | Promise<string>) = 'ws://server.test/ws',
) => {
  const fake = createHeldServer(network)
  const bare = new BareSocket(url, undefined, { WebSocket: fake.WebSocket, minReconnectionDelay: 1_000, ...options })
  disposeAfterTest({ restore: () => fake.connections.forEach(({ cut: drop }) => drop()) })
  return { network: fake, bare }
}

/** Behaves as `ws`: a socket that is closed while CONNECTING emits an error, and an error without a listener ends the process. */
const createStrictClass = () => {
  const uncaught: string[] = []
  const sockets: Strict[] = []
  class Strict implements WebSocketLike {
    readyState = 0
    readonly protocol = ''
    binaryType = 'nodebuffer'
    readonly #listeners: { readonly type: string; readonly listener: (event: object) => void }[] = []
    constructor() {
      sockets.push(this)
    }
    send() {}
    addEventListener(type: string, listener: (event: never) => void) {
      this.#listeners.push({ type, listener: listener as (event: object) => void })
    }
    removeEventListener(type: string, listener: unknown) {
      const at = this.#listeners.findIndex((entry) => entry.type === type && entry.listener === listener)
      if (at !== -1) this.#listeners.splice(at, 1)
    }
    emit(type: string, event: object) {
      const receivedMessages = this.#listeners.filter((entry) => entry.type === type)
      if (type === 'error' && receivedMessages.length === 0)
        uncaught.push('closed before the connection was established')
      for (const { listener } of receivedMessages) listener({ type, ...event })
    }
    close() {
      if (this.readyState > 1) return
      this.readyState = 2
      process.nextTick(() => {
        this.readyState = 3
        this.emit('error', { message: 'closed before the connection was established' })
        this.emit('close', { code: 1006, reason: '', wasClean: false })
      })
    }
  }
  return { Strict: Object.assign(Strict, { CLOSING: 2 }), sockets, uncaught }
}

/** Ends the timers that the package leaves behind. */
const forget = () => jest.clearAllTimers()

const hour = 3_600_000

useFakeTime()

/** Whether reconnecting-websocket opens no socket any more, although the server is back and a reconnect was asked for. */
const isLocked = async (bare: Pick<ReturnType<typeof createBare>['bare'], 'reconnect'>, network: FakeServer) => {
  const { length } = network.connections
  network.mode = 'accept'
  bare.reconnect()
  await advanceTime(hour)
  forget()
  return network.connections.length === length
}

describe('close() during backoff, then a new connect', () => {
  it('locks reconnecting-websocket', async () => {
    const { bare, network } = createBare({ network: { mode: 'refuse' } })
    await advanceTime(500)
    bare.close()
    await advanceTime(hour)
    expect(await isLocked(bare, network)).toBe(true)
  })

  it('connects again in reduplex', async () => {
    const connection = setupConnection({ network: { mode: 'refuse' } })
    connection.connect()
    await advanceTime(500)
    expect(connection.phase()).toBe('reconnecting')
    connection.close()
    await advanceTime(hour)
    connection.network.mode = 'accept'
    const connecting = connection.connect()
    await advanceTime()
    expect(connecting.outcome).toBe('open')
    expect(connection.network.connections).toHaveLength(2)
  })
})

describe('close() before the first attempt, then a new connect', () => {
  it('locks reconnecting-websocket', async () => {
    const { bare, network } = createBare({ network: { mode: 'accept' } })
    bare.close()
    await advanceTime(hour)
    bare.reconnect()
    await advanceTime(hour)
    expect(network.connections).toHaveLength(0)
    expect(bare.readyState).toBe(0)
    forget()
  })

  it('connects once in reduplex', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    const first = connection.connect()
    connection.close()
    const second = connection.connect()
    await advanceTime()
    expect([first.outcome, second.outcome]).toEqual(['closed', 'open'])
    expect(connection.network.connections).toHaveLength(1)
  })
})

// The package leaves an unhandled rejection in these two cases, which Jest counts against the test.
describe('a url function that rejects', () => {
  it('fails one attempt, and the next one follows', async () => {
    const url = jest.fn<() => Promise<string>>()
    url.mockRejectedValueOnce(new Error('no token')).mockResolvedValue('ws://server.test/ws')
    const connection = setupConnection({ network: { mode: 'accept' }, address: { url } })
    const connecting = connection.connect()
    await advanceTime()
    expect(connecting.outcome).toBe('reconnecting')
    expect(connection.takeTypes()).toEqual(['error', 'reconnecting'])
    expect(connection.eventsOf('error')).toEqual([
      expect.objectContaining({ code: 'provider_failed', message: expect.stringContaining('no token') }),
    ])
    await advanceTime(1_000)
    expect(connection.phase()).toBe('open')
    expect(url).toHaveBeenCalledTimes(2)
  })
})

describe('a WebSocket class whose constructor throws', () => {
  it('fails one attempt, and the next one follows', async () => {
    const network = createHeldServer({ mode: 'accept' })
    let isBroken = true
    const Fragile = function Fragile(url: string) {
      if (isBroken) throw new Error('out of sockets')
      return new network.WebSocket(url)
    } as unknown as WebSocketClass
    const connection = setupConnection({ WebSocket: Fragile })
    const connecting = connection.connect()
    await advanceTime()
    expect(connecting.outcome).toBe('reconnecting')
    expect(connection.takeTypes()).toEqual(['connecting', 'error', 'reconnecting'])
    isBroken = false
    await advanceTime(1_000)
    expect(connection.phase()).toBe('open')
  })
})

describe('a listener that throws', () => {
  it('silences the other listeners of reconnecting-websocket, and throws into the socket', async () => {
    const { Strict, sockets } = createStrictClass()
    const bare = new BareSocket('ws://server.test/ws', undefined, { WebSocket: Strict })
    const second = jest.fn()
    bare.addEventListener('message', () => {
      throw new Error('from a listener')
    })
    bare.addEventListener('message', second)
    await advanceTime()
    expect(() => sockets[0]?.emit('message', { data: 'hello' })).toThrow('from a listener')
    expect(second).not.toHaveBeenCalled()
    bare.close()
    forget()
  })

  it('is reported in reduplex, and the connection continues', async () => {
    // Development prints the error of the subscriber.
    jest.spyOn(console, 'error').mockImplementation(() => {})
    const network = createHeldServer({ mode: 'accept' })
    const store = setupStore({
      url: 'ws://server.test/ws',
      WebSocket: network.WebSocket,
      reconnect: { backoff: () => 1_000 },
    })
    const { connect, error } = createSocketActions()
    const unsubscribe = store.store.subscribe(() => {
      if (store.state().status !== 'idle' && store.recorder.types.at(-1) !== error.type) throw new Error('a subscriber')
    })
    const connecting = store.dispatch(connect())
    await advanceTime()
    expect(await connecting).toBe('open')
    network.last.cut()
    await advanceTime(1_000)
    expect(store.state().status).toBe('open')
    expect(network.connections).toHaveLength(2)
    expect(store.recorder.of(error).map(({ payload }) => payload.code)).toContain('callback_failed')
    unsubscribe()
  })
})

describe('maxRetries reached', () => {
  it('locks reconnecting-websocket without a report', async () => {
    const { bare, network } = createBare({ network: { mode: 'refuse' }, maxRetries: 1 })
    await advanceTime(hour)
    expect(await isLocked(bare, network)).toBe(true)
  })

  it('is reported in reduplex, and the next connect starts an attempt', async () => {
    const connection = setupConnection({ network: { mode: 'refuse' }, reconnect: { maxRetries: 1 } })
    connection.connect()
    await advanceTime(hour)
    expect(connection.phase()).toBe('failed')
    expect(connection.eventsOf('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
    expect(connection.network.connections).toHaveLength(2)
    connection.network.mode = 'accept'
    const connecting = connection.connect()
    await advanceTime()
    expect(connecting.outcome).toBe('open')
  })
})

describe('a connection that is lost', () => {
  it('reports a clean 1000 in reconnecting-websocket', async () => {
    const { bare, network } = createBare({ network: { mode: 'refuse' } })
    const closes: { code: number; wasClean: boolean }[] = []
    bare.onclose = ({ code, wasClean }) => closes.push({ code, wasClean })
    await advanceTime()
    expect(network.connections).toHaveLength(1)
    expect(closes).toEqual([{ code: 1000, wasClean: true }])
    forget()
  })

  it('reports 1006 in reduplex, after the error', async () => {
    const connection = setupConnection({ network: { mode: 'refuse' } })
    connection.connect()
    await advanceTime()
    expect(connection.takeTypes()).toEqual(['connecting', 'error', 'closed', 'reconnecting'])
    expect(connection.eventsOf('closed')).toEqual([
      expect.objectContaining({ code: 1006, wasClean: false, next: 'reconnecting' }),
    ])
    expect(connection.eventsOf('closed')[0]).not.toHaveProperty('cause')
  })

  it('is judged by its close code, not by an error before it', async () => {
    const codes: (number | null)[] = []
    const shouldReconnect = ({ code }: { code: number | null }) => {
      codes.push(code)
      return false
    }
    const connection = setupConnection({ reconnect: { shouldReconnect } })
    await connection.open()
    connection.network.last.socket.dispatchEvent(new Event('error'))
    await advanceTime(hour)
    // The close code is not known yet, so nothing is decided: no attempt, no close.
    expect(connection.phase()).toBe('open')
    expect(connection.network.connections).toHaveLength(1)
    connection.network.last.close(4403)
    await advanceTime(hour)
    expect(codes).toEqual([4403])
    expect(connection.phase()).toBe('failed')
    expect(connection.network.connections).toHaveLength(1)
  })

  it('makes reconnecting-websocket connect again after an error alone', async () => {
    const { network } = createBare({ network: { mode: 'accept' } })
    await advanceTime()
    const first = network.last
    first.socket.dispatchEvent(new Event('error'))
    await advanceTime(1_000)
    expect(network.connections.length).toBeGreaterThan(1)
    forget()
  })
})

describe('an attempt that hangs', () => {
  it('is not ended by the timeout of the package', async () => {
    const connection = setupConnection({ connectTimeout: Infinity })
    connection.connect()
    // 24 days: the largest possible timeout of the package is longer.
    await advanceTime(24 * 24 * hour)
    expect(connection.phase()).toBe('connecting')
    expect(connection.network.connections).toHaveLength(1)
    connection.network.last.accept()
    await advanceTime(24 * hour)
    expect(connection.phase()).toBe('open')
  })

  it('sets no timer that is too long for the platform, which would run at once', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout')
    const connection = setupConnection({
      network: { mode: 'accept' },
      reconnect: { backoff: () => 1e12 },
      connectTimeout: 1e12,
    })
    await connection.open()
    connection.network.last.cut()
    await advanceTime(1)
    const delays = timers.mock.calls.map(([, delay]) => delay ?? 0)
    expect(delays.length).toBeGreaterThan(3)
    expect(Math.max(...delays)).toBe(2 ** 31 - 1)
  })

  it('is abandoned at connectTimeout, and the next attempt follows after the backoff', async () => {
    const connection = setupConnection({ network: { halfOpen: true }, connectTimeout: 3_000 })
    const connecting = connection.connect()
    await advanceTime(2_999)
    expect(connection.phase()).toBe('connecting')
    await advanceTime(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(connection.network.live).toBe(0)
    expect(connection.takeTypes()).toEqual(['connecting', 'error', 'closed', 'reconnecting'])
    expect(connection.eventsOf('closed')).toEqual([
      expect.objectContaining({ code: null, cause: 'timeout', wasClean: false }),
    ])
    await advanceTime(999)
    expect(connection.network.connections).toHaveLength(1)
    await advanceTime(1)
    expect(connection.network.connections).toHaveLength(2)
  })
})

describe('the wait before a retry', () => {
  it('is drawn again for every retry, also at the cap', async () => {
    const random = jest.fn(Math.random)
    const connection = setupConnection({
      network: { mode: 'refuse' },
      reconnect: { backoff: (_, context) => 20_000 + 10_000 * context.random(), random },
    })
    connection.connect()
    await advanceTime(10 * 30_000)
    const delays = connection.eventsOf('reconnecting').map(({ delay }) => delay)
    expect(delays.length).toBeGreaterThan(9)
    expect(new Set(delays).size).toBe(delays.length)
    expect(random).toHaveBeenCalledTimes(delays.length)
  })

  it('is exactly what the backoff returns', async () => {
    const connection = setupConnection({
      network: { mode: 'refuse' },
      reconnect: { backoff: (attempt) => attempt * 700 },
    })
    const attempts: number[] = []
    connection.network.onAttempt = () => attempts.push(Date.now())
    connection.connect()
    await advanceTime(10_000)
    const gaps = attempts.slice(1).map((time, index) => time - (attempts[index] ?? 0))
    expect(gaps).toEqual([700, 1_400, 2_100, 2_800])
  })

  it('is 1 ms in reconnecting-websocket when it is Infinity', async () => {
    // Node warns of the overflow, as intended here.
    const { network } = createBare({
      network: { mode: 'refuse' },
      minReconnectionDelay: Infinity,
      maxReconnectionDelay: Infinity,
    })
    await advanceTime(100)
    expect(network.connections.length).toBeGreaterThan(10)
    forget()
  })

  it('ends only with a command when it is Infinity', async () => {
    const connection = setupConnection({ network: { mode: 'refuse' }, reconnect: { backoff: () => Infinity } })
    connection.connect()
    await advanceTime(24 * hour)
    expect(connection.network.connections).toHaveLength(1)
    expect(connection.eventsOf('reconnecting')).toEqual([expect.objectContaining({ delay: null, retryAt: null })])
    expect(jest.getTimerCount()).toBe(0)
    connection.network.mode = 'accept'
    const connecting = connection.reconnect()
    await advanceTime()
    expect(connecting.outcome).toBe('open')
  })

  it('also precedes the first retry of a new connect', async () => {
    const connection = setupConnection({ network: { mode: 'refuse' } })
    connection.connect()
    await advanceTime()
    connection.close()
    connection.connect()
    await advanceTime(999)
    expect(connection.network.connections).toHaveLength(2)
    await advanceTime(1)
    expect(connection.network.connections).toHaveLength(3)
  })
})

describe('reconnect() during backoff', () => {
  it('is ignored by reconnecting-websocket', async () => {
    const { bare, network } = createBare({
      network: { mode: 'refuse' },
      minReconnectionDelay: 30_000,
      maxReconnectionDelay: 30_000,
    })
    await advanceTime(500)
    const { length } = network.connections
    bare.reconnect()
    await advanceTime(5_000)
    expect(network.connections).toHaveLength(length)
    forget()
  })

  it.each(['reconnect', 'connect'] as const)('starts an attempt at once in reduplex: %s()', async (command) => {
    const connection = setupConnection({ network: { mode: 'refuse' }, reconnect: { backoff: () => 30_000 } })
    connection.connect()
    await advanceTime(500)
    expect(connection.network.connections).toHaveLength(1)
    const attempt = connection.network.nextAttempt()
    connection[command]()
    // No time passes: microtasks alone lead to the attempt.
    await attempt
    expect(Date.now()).toBe(1_000_500)
    expect(connection.network.connections).toHaveLength(2)
  })
})

describe('close() during backoff', () => {
  it('leaves reconnecting-websocket with a timer that calls the url function once more', async () => {
    const url = jest.fn(() => 'ws://server.test/ws')
    const { bare } = createBare({ network: { mode: 'refuse' } }, url)
    await advanceTime(500)
    const urlCalls = url.mock.calls.length
    bare.close()
    expect(jest.getTimerCount()).toBe(1)
    await advanceTime(hour)
    expect(url).toHaveBeenCalledTimes(urlCalls + 1)
    forget()
  })

  it('leaves no timer in reduplex, and the url function is not called', async () => {
    const url = jest.fn(() => 'ws://server.test/ws')
    const connection = setupConnection({
      network: { mode: 'refuse' },
      address: { url },
      reconnect: { backoff: () => 30_000 },
    })
    connection.connect()
    await advanceTime(500)
    const closing = connection.close()
    expect(jest.getTimerCount()).toBe(0)
    await advanceTime(hour)
    expect(closing.outcome).toBe('closed')
    expect(url).toHaveBeenCalledTimes(1)
    expect(connection.network.connections).toHaveLength(1)
  })
})

describe('a send while offline', () => {
  it('leaves reconnecting-websocket before its open event', async () => {
    const { bare, network } = createBare({ network: { mode: 'accept' } })
    for (let n = 0; n < 5_000; n++) bare.send(String(n))
    let seen = 0
    bare.onopen = () => {
      seen = network.last.receivedRaw.length
    }
    await advanceTime()
    expect(seen).toBe(5_000)
    bare.close()
    forget()
  })

  it('is bounded in reduplex, and goes out before the opened event', async () => {
    const connection = setupConnection({ network: { mode: 'accept' }, queue: { maxMessages: 2 } })
    let seen: number | undefined
    connection.onEvent = ({ type }) => {
      if (type === 'opened') seen = connection.network.last.receivedRaw.length
    }
    expect(['a', 'b', 'c'].map((text) => connection.send(text).delivery)).toEqual(['queued', 'queued', 'dropped'])
    connection.connect()
    await advanceTime()
    expect(seen).toBe(2)
    expect(connection.network.last.receivedRaw).toEqual(['a', 'b'])
  })
})

describe('a url function that hangs', () => {
  it('hangs reconnecting-websocket', async () => {
    const url = jest.fn(async () => await new Promise<string>(() => {}))
    const { network } = createBare({ connectionTimeout: 1_000 }, url)
    await advanceTime(hour)
    expect(url).toHaveBeenCalledTimes(1)
    expect(network.connections).toHaveLength(0)
    forget()
  })

  it('ends at connectTimeout in reduplex, and is called again', async () => {
    const url = jest.fn(async () => await new Promise<string>(() => {}))
    url.mockImplementation(async () => await new Promise<string>(() => {}))
    const connection = setupConnection({ network: { mode: 'accept' }, address: { url }, connectTimeout: 3_000 })
    const connecting = connection.connect()
    await advanceTime(3_000)
    expect(connecting.outcome).toBe('reconnecting')
    url.mockResolvedValue('ws://server.test/ws')
    await advanceTime(1_000)
    expect(url).toHaveBeenCalledTimes(2)
    expect(connection.phase()).toBe('open')
  })
})

describe('a close code that advises to stop', () => {
  it('does not stop reconnecting-websocket', async () => {
    const { bare, network } = createBare({ network: { mode: 'accept' } })
    await advanceTime(6_000)
    network.last.close(4403, 'banned')
    await advanceTime(2_000)
    expect(network.connections).toHaveLength(2)
    bare.close()
    forget()
  })

  it('stops reduplex', async () => {
    const connection = setupConnection()
    await connection.open()
    connection.network.last.close(4403, 'banned')
    await advanceTime(hour)
    expect(connection.phase()).toBe('failed')
    expect(connection.network.connections).toHaveLength(1)
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('a socket that is abandoned while it connects', () => {
  it('throws an uncaught error under reconnecting-websocket', async () => {
    const { Strict, uncaught } = createStrictClass()
    const bare = new BareSocket('ws://server.test/ws', undefined, { WebSocket: Strict })
    await advanceTime()
    bare.reconnect()
    await advanceTime(500)
    expect(uncaught).toHaveLength(1)
    bare.close()
    forget()
  })

  it.each(['close', 'reconnect', 'dispose'] as const)(
    'still has a listener in reduplex after %s()',
    async (command) => {
      const { Strict, uncaught } = createStrictClass()
      const connection = setupConnection({ WebSocket: Strict })
      connection.connect()
      await advanceTime()
      connection[command]()
      await advanceTime(500)
      expect(uncaught).toEqual([])
    },
  )

  it('still has a listener in reduplex after connectTimeout', async () => {
    const { Strict, uncaught } = createStrictClass()
    const connection = setupConnection({ WebSocket: Strict })
    connection.connect()
    await advanceTime(10_000)
    expect(connection.phase()).toBe('reconnecting')
    expect(uncaught).toEqual([])
  })
})

describe('close() inside the constructor of the WebSocket', () => {
  it('leaves reconnecting-websocket with a live socket', async () => {
    const { bare, network } = createBare()
    network.onAttempt = () => bare.close()
    await advanceTime()
    expect(network.connections).toHaveLength(1)
    network.last.accept()
    await advanceTime(hour)
    expect(network.live).toBe(1)
    forget()
  })

  it('leaves no live socket in reduplex', async () => {
    const connection = setupConnection()
    const closing: ReturnType<typeof connection.close>[] = []
    connection.network.onAttempt = () => closing.push(connection.close())
    const connecting = connection.connect()
    await advanceTime()
    expect(connection.network.live).toBe(0)
    expect(connection.phase()).toBe('closed')
    expect([connecting.outcome, closing[0]?.outcome]).toEqual(['closed', 'closed'])
    await advanceTime(hour)
    expect(connection.network.connections).toHaveLength(1)
  })
})

describe('binary messages', () => {
  it('are Blobs in reconnecting-websocket, whatever the socket was set to', async () => {
    const { bare, network } = createBare({ network: { mode: 'accept' } })
    network.onAttempt = ({ socket: client }) => {
      client.binaryType = 'arraybuffer'
    }
    await advanceTime()
    expect(network.last.socket.binaryType).toBe('blob')
    bare.close()
    forget()
  })

  it('are ArrayBuffers in reduplex, on every socket', async () => {
    const connection = setupConnection({ network: { mode: 'accept' } })
    connection.connect()
    await advanceTime()
    connection.network.last.sendRaw(Uint8Array.of(1, 2, 3))
    connection.network.last.cut()
    await advanceTime(1_000)
    connection.network.last.sendRaw(Uint8Array.of(4))
    expect(
      connection.received.map((frame) => (typeof frame === 'string' ? frame : [...new Uint8Array(frame)])),
    ).toEqual([[1, 2, 3], [4]])
  })
})

describe('a function for the subprotocols', () => {
  it('is passed to the WebSocket by reconnecting-websocket', async () => {
    const given: unknown[] = []
    const Nosy = Object.assign(
      function Nosy(_url: string, protocols: unknown) {
        given.push(protocols)
        return new EventTarget()
      },
      { CLOSING: 2 },
    )
    const protocols = () => ['chat.v1']
    // oxlint-disable-next-line no-new
    new BareSocket('ws://server.test/ws', protocols, { WebSocket: Nosy })
    await advanceTime()
    expect(given).toEqual([protocols])
    forget()
  })

  it('is called by reduplex once before every attempt', async () => {
    const protocols = jest.fn(() => ['chat.v1', 'chat.v0'])
    const connection = setupConnection({ network: { mode: 'accept' }, address: { url: 'ws://server.test', protocols } })
    connection.connect()
    await advanceTime()
    connection.network.last.cut()
    await advanceTime(1_000)
    expect(connection.network.connections.map(({ offered }) => offered)).toEqual([
      ['chat.v1', 'chat.v0'],
      ['chat.v1', 'chat.v0'],
    ])
    expect(protocols).toHaveBeenCalledTimes(2)
  })
})

describe('a close code that no application may send', () => {
  it('throws in reconnecting-websocket, which has stopped its retries by then', async () => {
    const { bare, network } = createBare({ network: { mode: 'accept' } })
    await advanceTime(6_000)
    expect(() => bare.close(1001)).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }))
    network.last.cut()
    await advanceTime(hour)
    expect(network.connections).toHaveLength(1)
    forget()
  })

  it.each([999, 1001, 1006, 2999, 5000, 3000.5, NaN])('is refused by reduplex before anything happens: %p', (code) => {
    const { close } = createSocketActions()
    expect(() => close(code)).toThrow(expect.objectContaining({ code: 'invalid_close_code' }))
  })

  it('ends the connection even when the WebSocket refuses it', async () => {
    const connection = setupConnection()
    await connection.open()
    const closing = connection.close(1001)
    await advanceTime()
    expect(closing.outcome).toBe('closed')
    expect(connection.phase()).toBe('closed')
    expect(connection.network.live).toBe(0)
  })
})

describe('a close at any moment of the loop', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15])(
    'starts no attempt and leaves no timer after %i microtasks',
    async (ticks) => {
      const url = jest.fn(() => 'ws://server.test/ws')
      const connection = setupConnection({ network: { mode: 'refuse' }, address: { url } })
      connection.connect()
      await advanceTime()
      connection.reconnect()
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
      connection.close()
      const urlCalls = url.mock.calls.length
      const { length } = connection.network.connections
      // The loop's own timer of 0 ms, at most; the fake clock makes it 1.
      await advanceTime(1)
      expect(jest.getTimerCount()).toBe(0)
      connection.network.mode = 'accept'
      await advanceTime(hour)
      expect(url).toHaveBeenCalledTimes(urlCalls)
      expect(connection.network.connections).toHaveLength(length)
      expect(connection.network.live).toBe(0)
    },
  )
})
