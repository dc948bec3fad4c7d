import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions, SocketFailure, type Codec } from '../../../src/index.js'
import type { EngineWire as Wire } from './engine.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { createTestStore, type StoreOptions } from '../../support/store.js'
import { createEngine, onFakeTime, pass, watch, type EngineOptions } from './engine.js'

const hour = 3_600_000

onFakeTime()

/** An engine in the midst of its handshake, which does as the test says. */
const shakeHands = async (options: EngineOptions = {}) => {
  const wires: Wire[] = []
  const ends: { readonly done: () => void; readonly fail: (reason: unknown) => void }[] = []
  const handshake = async (wire: Wire) => {
    wires.push(wire)
    await new Promise<void>((done, fail) => ends.push({ done, fail }))
  }
  const engine = createEngine({ handshake, ...options })
  const connecting = await engine.open()
  const last = <Entry>(list: Entry[]) => list.at(-1) as Entry
  return {
    engine,
    connecting,
    wires,
    ends,
    peer: () => engine.network.last,
    wire: () => last(wires),
    done: async () => {
      last(ends).done()
      await pass()
    },
    fail: async (reason: unknown) => {
      last(ends).fail(reason)
      await pass()
    },
  }
}

describe('a handshake', () => {
  it('comes before the connection is open', async () => {
    const { engine, connecting, done } = await shakeHands()
    await pass(5_000)
    expect([engine.phase(), connecting.outcome, engine.readies]).toEqual(['connecting', 'pending', []])
    expect(engine.of('opened')).toEqual([])
    await done()
    expect([engine.phase(), connecting.outcome, engine.readies]).toEqual(['open', 'open', [false]])
    expect(engine.of('opened')).toEqual([expect.objectContaining({ reconnected: false, at: Date.now() })])
  })

  it('goes out before everything that waits', async () => {
    const engine = createEngine({
      handshake: async ({ send, receive }) => {
        send('token')
        await receive()
        send(new Uint8Array([1]))
      },
    })
    engine.send('queued before')
    await engine.open()
    engine.send('queued meanwhile')
    expect(engine.network.last.sent).toEqual(['token'])
    engine.network.last.receive('welcome')
    await pass()
    engine.send('sent after')
    expect(engine.network.last.sent).toEqual([
      'token',
      new Uint8Array([1]).buffer,
      'queued before',
      'queued meanwhile',
      'sent after',
    ])
  })

  it('runs again on every open, and knows that it is a reconnect', async () => {
    const { engine, wires, done, peer } = await shakeHands({ network: { mode: 'accept' } })
    await done()
    peer().drop()
    await pass(1_000)
    expect(engine.phase()).toBe('connecting')
    await done()
    expect(engine.phase()).toBe('open')
    expect(wires.map(({ reconnected }) => reconnected)).toEqual([false, true])
    expect(engine.of('opened').map(({ reconnected }) => reconnected)).toEqual([false, true])
  })

  it('is not a reconnect as long as none was ever done', async () => {
    const { wires, done, peer } = await shakeHands({ network: { mode: 'accept' } })
    peer().drop()
    await pass(1_000)
    await done()
    expect(wires.map(({ reconnected }) => reconnected)).toEqual([false, false])
  })

  it('reads what comes in order, whether it waits before or after', async () => {
    const { engine, wire, peer, done } = await shakeHands()
    const early = [watch(wire().receive()), watch(wire().receive())]
    peer().receive('1')
    peer().receive('2')
    peer().receive('3')
    peer().receive('4')
    const late = [watch(wire().receive()), watch(wire().receive())]
    await pass()
    expect([...early, ...late].map(({ outcome }) => outcome)).toEqual(['1', '2', '3', '4'])
    await done()
    expect(engine.received).toEqual([])
  })

  it('leaves what it does not read to the store, in order, after open', async () => {
    const { engine, wire, peer, done } = await shakeHands()
    const order: string[] = []
    engine.during = ({ type }) => order.push(`${type}, ${String(engine.received.length)} received`)
    for (const frame of ['welcome', 'news 1', 'news 2']) peer().receive(frame)
    await expect(wire().receive()).resolves.toBe('welcome')
    expect(engine.received).toEqual([])
    await done()
    peer().receive('news 3')
    expect(engine.received).toEqual(['news 1', 'news 2', 'news 3'])
    expect(order).toEqual(['opened, 0 received'])
  })

  it('that is done and still waits for a frame does not take it from the store', async () => {
    const { engine, wire, peer, done } = await shakeHands()
    void wire().receive()
    await done()
    peer().receive('news')
    expect(engine.received).toEqual(['news'])
  })

  it('is cut by connectTimeout when it hangs', async () => {
    const { engine, connecting, wire, peer } = await shakeHands({ connectTimeout: 3_000 })
    const reading = watch(wire().receive())
    await pass(2_999)
    expect(connecting.isSettled).toBe(false)
    await pass(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(engine.types()).toEqual(['error', 'closed', 'reconnecting'])
    expect(engine.of('error')).toEqual([expect.objectContaining({ code: 'connect_timeout' })])
    expect(engine.of('closed')).toEqual([expect.objectContaining({ code: null, cause: 'timeout' })])
    expect(reading.outcome).toMatch(/^rejected/)
    expect(wire().signal.aborted).toBe(true)
    expect(peer().client.readyState).toBeGreaterThan(1)
  })

  it('shares connectTimeout with the provider and the dial', async () => {
    const url = async () => await new Promise<string>((resolve) => setTimeout(resolve, 1_000, 'ws://server.test/'))
    const engine = createEngine({
      address: { url },
      connectTimeout: 3_000,
      handshake: async () => await new Promise<void>(() => {}),
    })
    const connecting = engine.connect()
    await pass(2_000)
    engine.network.last.accept()
    await pass(999)
    expect(connecting.isSettled).toBe(false)
    await pass(1)
    expect(connecting.outcome).toBe('reconnecting')
  })

  it('that throws costs the attempt, and is tried again after the backoff', async () => {
    const { engine, connecting, fail, done, wires, peer } = await shakeHands({ network: { mode: 'accept' } })
    const first = peer()
    await fail(new Error('no such user'))
    expect(connecting.outcome).toBe('reconnecting')
    expect(engine.types()).toEqual(['error', 'closed', 'reconnecting'])
    expect(engine.of('error')).toEqual([
      { type: 'error', code: 'handshake_failed', message: expect.stringContaining('no such user') },
    ])
    expect(engine.of('closed')).toEqual([expect.objectContaining({ code: null, cause: 'abandoned' })])
    expect(first.client.readyState).toBeGreaterThan(1)
    await pass(999)
    expect(wires).toHaveLength(1)
    await pass(1)
    expect(wires).toHaveLength(2)
    await done()
    expect(engine.phase()).toBe('open')
  })

  it.each([undefined, null, 'a text', 42, { code: 7 }, Object.create(null)])(
    'may throw anything: %p',
    async (thrown) => {
      const { engine, fail } = await shakeHands()
      await fail(thrown)
      expect(engine.phase()).toBe('reconnecting')
      expect(engine.of('error')).toEqual([
        expect.objectContaining({ code: 'handshake_failed', message: expect.any(String) }),
      ])
    },
  )

  it('that throws again and again ends in `failed` with maxRetries', async () => {
    const handshake = jest.fn(async () => await Promise.reject(new Error('no')))
    const engine = createEngine({ network: { mode: 'accept' }, handshake, reconnect: { maxRetries: 3, minUptime: 0 } })
    engine.connect()
    await pass(hour)
    expect(handshake).toHaveBeenCalledTimes(4)
    expect(engine.phase()).toBe('failed')
    expect(engine.of('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
    expect(engine.of('reconnecting').map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  })

  it('that throws a SocketFailure ends the connection, until the next connect', async () => {
    const { engine, connecting, fail, done } = await shakeHands({ network: { mode: 'accept' } })
    engine.send('waiting', { id: 'waiting' })
    await fail(new SocketFailure('banned'))
    expect(connecting.outcome).toBe('failed')
    expect(engine.of('failed')).toEqual([{ type: 'failed', code: 'socket_failure', message: 'banned' }])
    expect(engine.of('error')).toEqual([])
    expect(engine.of('dropped')).toEqual([expect.objectContaining({ reason: 'closed', ids: ['waiting'] })])
    await pass(hour)
    expect(engine.network.sockets).toHaveLength(1)
    expect(jest.getTimerCount()).toBe(0)
    engine.connect()
    await pass(1)
    await done()
    expect(engine.phase()).toBe('open')
  })
})

describe('a SocketFailure', () => {
  it.each(['url', 'params', 'protocols'] as const)('of a function for %s is terminal', async (part) => {
    const provider = jest.fn(async (): Promise<never> => await Promise.reject(new SocketFailure('no account')))
    const engine = createEngine({ address: { url: 'ws://server.test/', [part]: provider } })
    const connecting = engine.connect()
    await pass(hour)
    expect(connecting.outcome).toBe('failed')
    expect(provider).toHaveBeenCalledTimes(1)
    expect(engine.events.map(({ type }) => type)).toEqual(['failed'])
    expect(engine.of('failed')).toEqual([{ type: 'failed', code: 'socket_failure', message: 'no account' }])
    expect(engine.network.sockets).toEqual([])
  })

  it('thrown at once is one too, also at a retry', async () => {
    let isBanned = false
    const url = () => {
      if (isBanned) throw new SocketFailure('no account')
      return 'ws://server.test/'
    }
    const engine = createEngine({ network: { mode: 'accept' }, address: { url } })
    await engine.open()
    isBanned = true
    engine.network.last.drop()
    await pass(hour)
    expect(engine.phase()).toBe('failed')
    expect(engine.network.sockets).toHaveLength(1)
  })

  it('any other error of a provider is retried', async () => {
    const url = jest.fn(async (): Promise<string> => await Promise.reject(new TypeError('no network')))
    const engine = createEngine({ address: { url } })
    engine.connect()
    await pass(10_000)
    expect(engine.phase()).toBe('reconnecting')
    expect(url.mock.calls.length).toBeGreaterThan(5)
  })
})

describe('a socket that closes inside its handshake', () => {
  it.each([
    ['is cut', 1006, 'reconnecting'],
    ['is closed by the server with 1012', 1012, 'reconnecting'],
    ['is refused with 4403', 4403, 'failed'],
    ['is closed with 1000', 1000, 'closed'],
  ])('%s: who waits for a frame is told, and the code decides', async (_how, code, next) => {
    const { engine, connecting, wire, peer } = await shakeHands()
    const reading = watch(wire().receive())
    if (code === 1006) peer().drop()
    else peer().serverClose(code)
    await pass()
    expect(reading.outcome).toMatch(/^rejected: The socket was closed/)
    expect([engine.phase(), connecting.outcome]).toEqual([next, next])
    expect(engine.of('closed')).toEqual([expect.objectContaining({ code, next })])
    expect(wire().signal.aborted).toBe(true)
    await expect(wire().receive()).rejects.toThrow('The socket was closed')
  })

  it('what had come before can still be read', async () => {
    const { wire, peer } = await shakeHands()
    peer().receive('denied')
    peer().serverClose(4403)
    await expect(wire().receive()).resolves.toBe('denied')
    await expect(wire().receive()).rejects.toThrow('The socket was closed')
  })

  it('with 4401 has it done anew with fresh credentials, once', async () => {
    const { engine, peer, wires } = await shakeHands({ network: { mode: 'accept' } })
    peer().serverClose(4401)
    await pass(1_000)
    expect(wires).toHaveLength(2)
    peer().serverClose(4401)
    await pass(hour)
    expect(wires).toHaveLength(2)
    expect(engine.phase()).toBe('failed')
  })

  it('what the old handshake does afterwards changes nothing', async () => {
    const { engine, ends, wires, peer, done } = await shakeHands({ network: { mode: 'accept' } })
    const old = peer()
    old.drop()
    await pass(1_000)
    ends[0]?.done()
    wires[0]?.send('late')
    await pass()
    expect(engine.phase()).toBe('connecting')
    expect([old.sent, peer().sent]).toEqual([[], []])
    ends[0]?.fail(new SocketFailure('late'))
    await done()
    expect(engine.phase()).toBe('open')
  })

  it('a handshake that fails because of that is not told of twice', async () => {
    const engine = createEngine({
      network: { mode: 'accept' },
      handshake: async ({ receive }) => void (await receive()),
    })
    await engine.open()
    engine.network.last.drop()
    await pass(1)
    expect(engine.types()).toEqual(['closed', 'reconnecting'])
  })
})

describe('a command inside a handshake', () => {
  it('close ends it: who waits is told, nothing queued goes out', async () => {
    const { engine, connecting, wire, done } = await shakeHands()
    const reading = watch(wire().receive())
    engine.send('waiting', { id: 'waiting' })
    const closing = engine.close(4000, 'enough')
    await pass()
    expect([connecting.outcome, closing.outcome]).toEqual(['closed', 'closed'])
    expect(reading.outcome).toMatch(/^rejected/)
    expect(engine.network.last.closedBy).toEqual({ code: 4000, reason: 'enough' })
    expect(wire().signal.aborted).toBe(true)
    await done()
    expect(engine.phase()).toBe('closed')
    expect(engine.network.last.sent).toEqual([])
    await pass(20)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('reconnect begins anew, with a handshake of its own', async () => {
    const { engine, wires, done } = await shakeHands({ network: { mode: 'accept' } })
    engine.reconnect()
    await pass(1)
    expect(wires.map(({ signal }) => signal.aborted)).toEqual([true, false])
    await done()
    expect(engine.phase()).toBe('open')
    expect(engine.network.live).toBe(1)
  })

  it('dispose ends it', async () => {
    const { engine, wire, done } = await shakeHands()
    engine.dispose()
    expect(wire().signal.aborted).toBe(true)
    await done()
    await pass(1)
    expect(engine.of('opened')).toEqual([])
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('while a handshake is under way', () => {
  it('a server’s ping is answered', async () => {
    const { engine, peer, done } = await shakeHands({ respondToPing: { ping: 'ping', pong: 'pong' } })
    peer().receive('ping')
    expect(peer().sent).toEqual(['pong'])
    await done()
    expect(engine.received).toEqual([])
  })

  it('there is room for a thousand unread messages, and no more', async () => {
    const { engine, peer, connecting } = await shakeHands()
    for (let n = 0; n < 1_000; n++) peer().receive(String(n))
    await pass()
    expect(connecting.isSettled).toBe(false)
    peer().receive('one too many')
    await pass()
    expect(connecting.outcome).toBe('reconnecting')
    expect(engine.of('error')).toEqual([expect.objectContaining({ code: 'handshake_failed' })])
    expect(engine.received).toEqual([])
    expect(peer().client.readyState).toBeGreaterThan(1)
  })

  it('what is read does not count', async () => {
    const { engine, peer, wire, done } = await shakeHands()
    for (let n = 0; n < 3_000; n++) {
      peer().receive(String(n))
      void wire().receive()
    }
    await done()
    expect(engine.phase()).toBe('open')
  })

  it('`minUptime` does not count: it begins with ready', async () => {
    const { engine, peer, done } = await shakeHands({
      network: { mode: 'accept' },
      connectTimeout: 60_000,
      reconnect: { backoff: (attempt) => attempt * 1_000 },
    })
    await pass(10_000)
    peer().drop()
    await pass(1_000)
    await done()
    await pass(4_999)
    peer().drop()
    await pass(2_000)
    await done()
    await pass(5_000)
    peer().drop()
    await pass(1)
    expect(engine.of('reconnecting').map(({ attempt }) => attempt)).toEqual([1, 2, 1])
  })
})

// ── Through the middleware: values, not frames ──────────────────────────────────────────────────────────────────────────

const { connect, send, close, error, failed, message, opened } = createSocketActions()

const openStore = async (options: StoreOptions) => {
  const network = createFakeNetwork({ mode: 'accept' })
  const store = createTestStore({
    url: 'ws://server.test/ws',
    WebSocket: network.WebSocket,
    reconnect: { backoff: () => 1_000 },
    ...options,
  })
  const connecting = watch(store.dispatch(connect()))
  await pass(1)
  return { network, store, connecting }
}

describe('the handshake option', () => {
  it('speaks in values, knows the state, and comes first on the wire', async () => {
    const { network, store } = await openStore({
      reducer: { token: () => 'secret' },
      handshake: async ({ send: say, receive, getState, reconnected, signal, dispatch }) => {
        const { token } = getState() as { token: string }
        say({ token, reconnected, aborted: signal.aborted })
        const { user } = (await receive()) as { user: string }
        dispatch({ type: 'user/known', payload: user })
        dispatch(send('from the handshake'))
        say('thanks')
      },
    })
    expect(store.state().status).toBe('connecting')
    store.dispatch(send('from the app'))
    expect(network.last.sent).toEqual(['{"token":"secret","reconnected":false,"aborted":false}'])
    network.last.receive('{"user":"ada"}')
    network.last.receive('"news"')
    await pass(1)
    expect(network.last.sent.slice(1)).toEqual(['"thanks"', '"from the app"', '"from the handshake"'])
    expect(store.recorder.of(message)).toEqual([expect.objectContaining({ payload: 'news' })])
    const { types } = store.recorder
    expect(types.indexOf('user/known')).toBeLessThan(types.indexOf(opened.type))
    expect(types.indexOf(opened.type)).toBeLessThan(types.indexOf(message.type))
    await pass(20)
  })

  it('sends from inside wait in the queue', async () => {
    let delivery: unknown
    const { network } = await openStore({
      handshake: ({ dispatch }) => {
        ;({ delivery } = dispatch(send('behind')))
      },
    })
    await pass(1)
    expect(delivery).toBe('queued')
    expect(network.last.sent).toEqual(['"behind"'])
  })

  it('may be no async function at all', async () => {
    const { store, connecting } = await openStore({ handshake: () => {} })
    expect(connecting.outcome).toBe('open')
    expect(store.state().status).toBe('open')
  })

  it('that throws at once is as one that rejects', async () => {
    const { store, connecting } = await openStore({
      handshake: () => {
        throw new Error('no')
      },
    })
    expect(connecting.outcome).toBe('reconnecting')
    expect(store.recorder.of(error).map(({ payload }) => payload)).toEqual([
      { code: 'handshake_failed', message: 'no' },
    ])
    expect(store.state()).toMatchObject({ status: 'reconnecting', error: { code: 'handshake_failed' } })
  })

  it('that throws a SocketFailure at once is terminal', async () => {
    const { store, connecting } = await openStore({
      handshake: () => {
        throw new SocketFailure('banned')
      },
    })
    expect(connecting.outcome).toBe('failed')
    expect(store.recorder.of(failed)).toEqual([
      expect.objectContaining({ payload: { code: 'socket_failure', message: 'banned' } }),
    ])
    expect(store.state().status).toBe('failed')
  })

  it('whose message cannot be decoded fails with the codec’s own words', async () => {
    const { network, store } = await openStore({ handshake: async ({ receive }) => void (await receive()) })
    network.last.receive('{not json')
    await pass(1)
    expect(store.state().status).toBe('reconnecting')
    expect(store.recorder.of(error)).toHaveLength(1)
    expect(store.recorder.of(error)[0]?.payload.message).toMatch(/JSON/)
    expect(store.recorder.of(message)).toEqual([])
  })

  it('may catch that and go on', async () => {
    const { network, store } = await openStore({
      handshake: async ({ receive }) => {
        await receive().catch(() => {})
        await receive()
      },
    })
    network.last.receive('{not json')
    network.last.receive('"fine"')
    await pass(1)
    expect(store.state().status).toBe('open')
    expect(store.recorder.of(error)).toEqual([])
  })

  it('whose value cannot be encoded fails, and nothing of it goes out', async () => {
    const codec: Codec = {
      encode: () => {
        throw new Error('cannot')
      },
      decode: String,
    }
    const { network, store } = await openStore({ codec, handshake: ({ send: say }) => say('x') })
    expect(store.state().status).toBe('reconnecting')
    expect(network.last.sent).toEqual([])
    expect(store.recorder.of(error).map(({ payload }) => payload)).toEqual([
      { code: 'handshake_failed', message: 'cannot' },
    ])
  })

  it('that closes the connection settles the connect', async () => {
    const { store, connecting } = await openStore({
      handshake: async ({ dispatch }) => {
        await dispatch(close(4000, 'changed my mind'))
      },
    })
    await pass(1)
    expect(connecting.outcome).toBe('closed')
    expect(store.state().status).toBe('closed')
    expect(store.recorder.of(error)).toEqual([])
  })
})
