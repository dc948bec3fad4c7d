import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions, SocketFailure, type Codec } from '../../../src/index.js'
import { said } from '../../../src/internal/errors.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { type ConnectionOptions, type FrameWire, setupConnection, watch } from '../../support/setupConnection.js'
import { setupStore, type StoreOptions } from '../../support/setupStore.js'
import { createHeldServer } from '../../support/heldServer.js'
import { isDevelopment, sentence } from '../../support/mode.js'

const hour = 3_600_000

useFakeTime()

/** A connection during its handshake, which does as the test says. */
const shakeHands = async (options: ConnectionOptions = {}) => {
  const wires: FrameWire[] = []
  const ends: { readonly done: () => void; readonly fail: (reason: unknown) => void }[] = []
  const handshake = async (wire: FrameWire) => {
    wires.push(wire)
    await new Promise<void>((done, fail) => ends.push({ done, fail }))
  }
  const connection = setupConnection({ handshake, ...options })
  const connecting = await connection.open()
  const last = <Entry>(list: Entry[]) => list.at(-1) as Entry
  return {
    connection,
    connecting,
    wires,
    ends,
    peer: () => connection.network.last,
    wire: () => last(wires),
    done: async () => {
      last(ends).done()
      await advanceTime()
    },
    fail: async (reason: unknown) => {
      last(ends).fail(reason)
      await advanceTime()
    },
  }
}

describe('a handshake', () => {
  it('runs before the connection is open', async () => {
    const { connection, connecting, done } = await shakeHands()
    await advanceTime(5_000)
    expect([connection.phase(), connecting.outcome, connection.readyCalls]).toEqual(['connecting', 'pending', []])
    expect(connection.eventsOf('opened')).toEqual([])
    await done()
    expect([connection.phase(), connecting.outcome, connection.readyCalls]).toEqual(['open', 'open', [false]])
    expect(connection.eventsOf('opened')).toEqual([expect.objectContaining({ reconnected: false, at: Date.now() })])
  })

  it('goes out before the queue', async () => {
    const connection = setupConnection({
      handshake: async ({ send, receive }) => {
        send('token')
        await receive()
        send(new Uint8Array([1]))
      },
    })
    connection.send('queued before')
    await connection.open()
    connection.send('queued meanwhile')
    expect(connection.network.last.receivedRaw).toEqual(['token'])
    connection.network.last.sendRaw('welcome')
    await advanceTime()
    connection.send('sent after')
    expect(connection.network.last.receivedRaw).toEqual([
      'token',
      new Uint8Array([1]).buffer,
      'queued before',
      'queued meanwhile',
      'sent after',
    ])
  })

  it('runs again on every open, and learns that it is a reconnect', async () => {
    const { connection, wires, done, peer } = await shakeHands({ network: { mode: 'accept' } })
    await done()
    peer().cut()
    await advanceTime(1_000)
    expect(connection.phase()).toBe('connecting')
    await done()
    expect(connection.phase()).toBe('open')
    expect(wires.map(({ reconnected }) => reconnected)).toEqual([false, true])
    expect(connection.eventsOf('opened').map(({ reconnected }) => reconnected)).toEqual([false, true])
  })

  it('is not a reconnect until a first one was done', async () => {
    const { wires, done, peer } = await shakeHands({ network: { mode: 'accept' } })
    peer().cut()
    await advanceTime(1_000)
    await done()
    expect(wires.map(({ reconnected }) => reconnected)).toEqual([false, false])
  })

  it('receives messages in order, whether it waits before or after they arrive', async () => {
    const { connection, wire, peer, done } = await shakeHands()
    const early = [watch(wire().receive()), watch(wire().receive())]
    peer().sendRaw('1')
    peer().sendRaw('2')
    peer().sendRaw('3')
    peer().sendRaw('4')
    const late = [watch(wire().receive()), watch(wire().receive())]
    await advanceTime()
    expect([...early, ...late].map(({ outcome }) => outcome)).toEqual(['1', '2', '3', '4'])
    await done()
    expect(connection.received).toEqual([])
  })

  it('leaves what it does not read to the store, in order, after open', async () => {
    const { connection, wire, peer, done } = await shakeHands()
    const order: string[] = []
    connection.onEvent = ({ type }) => order.push(`${type}, ${String(connection.received.length)} received`)
    for (const frame of ['welcome', 'news 1', 'news 2']) peer().sendRaw(frame)
    await expect(wire().receive()).resolves.toBe('welcome')
    expect(connection.received).toEqual([])
    await done()
    peer().sendRaw('news 3')
    expect(connection.received).toEqual(['news 1', 'news 2', 'news 3'])
    expect(order).toEqual(['opened, 0 received'])
  })

  it('that is done while it waits for a frame does not take it from the store', async () => {
    const { connection, wire, peer, done } = await shakeHands()
    void wire().receive()
    await done()
    peer().sendRaw('news')
    expect(connection.received).toEqual(['news'])
  })

  it('is ended by connectTimeout when it hangs', async () => {
    const { connection, connecting, wire, peer } = await shakeHands({ connectTimeout: 3_000 })
    const reading = watch(wire().receive())
    await advanceTime(2_999)
    expect(connecting.isSettled).toBe(false)
    await advanceTime(1)
    expect(connecting.outcome).toBe('reconnecting')
    expect(connection.takeTypes()).toEqual(['error', 'closed', 'reconnecting'])
    expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'connect_timeout' })])
    expect(connection.eventsOf('closed')).toEqual([expect.objectContaining({ code: null, cause: 'timeout' })])
    expect(reading.outcome).toMatch(/^rejected/)
    expect(wire().signal.aborted).toBe(true)
    expect(peer().socket.readyState).toBeGreaterThan(1)
  })

  it('shares connectTimeout with the url function and the upgrade', async () => {
    const url = async () => await new Promise<string>((resolve) => setTimeout(resolve, 1_000, 'ws://server.test/'))
    const connection = setupConnection({
      address: { url },
      connectTimeout: 3_000,
      handshake: async () => await new Promise<void>(() => {}),
    })
    const connecting = connection.connect()
    await advanceTime(2_000)
    connection.network.last.accept()
    await advanceTime(999)
    expect(connecting.isSettled).toBe(false)
    await advanceTime(1)
    expect(connecting.outcome).toBe('reconnecting')
  })

  it('that throws fails the attempt, and the next one follows after the backoff', async () => {
    const { connection, connecting, fail, done, wires, peer } = await shakeHands({ network: { mode: 'accept' } })
    const first = peer()
    await fail(new Error('no such user'))
    expect(connecting.outcome).toBe('reconnecting')
    expect(connection.takeTypes()).toEqual(['error', 'closed', 'reconnecting'])
    expect(connection.eventsOf('error')).toEqual([
      { type: 'error', code: 'handshake_failed', message: expect.stringContaining('no such user') },
    ])
    expect(connection.eventsOf('closed')).toEqual([expect.objectContaining({ code: null, cause: 'abandoned' })])
    expect(first.socket.readyState).toBeGreaterThan(1)
    await advanceTime(999)
    expect(wires).toHaveLength(1)
    await advanceTime(1)
    expect(wires).toHaveLength(2)
    await done()
    expect(connection.phase()).toBe('open')
  })

  it.each([undefined, null, 'a text', 42, { code: 7 }, Object.create(null)])(
    'may throw anything: %p',
    async (thrown) => {
      const { connection, fail } = await shakeHands()
      await fail(thrown)
      expect(connection.phase()).toBe('reconnecting')
      expect(connection.eventsOf('error')).toEqual([
        expect.objectContaining({ code: 'handshake_failed', message: expect.any(String) }),
      ])
    },
  )

  it('that throws at every attempt ends in `failed` with maxRetries', async () => {
    const handshake = jest.fn(async () => await Promise.reject(new Error('no')))
    const connection = setupConnection({
      network: { mode: 'accept' },
      handshake,
      reconnect: { maxRetries: 3, minUptime: 0 },
    })
    connection.connect()
    await advanceTime(hour)
    expect(handshake).toHaveBeenCalledTimes(4)
    expect(connection.phase()).toBe('failed')
    expect(connection.eventsOf('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
    expect(connection.eventsOf('reconnecting').map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  })

  it('that throws a SocketFailure ends the connection until the next connect', async () => {
    const { connection, connecting, fail, done } = await shakeHands({ network: { mode: 'accept' } })
    connection.send('waiting', { id: 'waiting' })
    await fail(new SocketFailure('banned'))
    expect(connecting.outcome).toBe('failed')
    expect(connection.eventsOf('failed')).toEqual([{ type: 'failed', code: 'socket_failure', message: 'banned' }])
    expect(connection.eventsOf('error')).toEqual([])
    expect(connection.eventsOf('dropped')).toEqual([expect.objectContaining({ reason: 'closed', ids: ['waiting'] })])
    await advanceTime(hour)
    expect(connection.network.connections).toHaveLength(1)
    expect(jest.getTimerCount()).toBe(0)
    connection.connect()
    await advanceTime(1)
    await done()
    expect(connection.phase()).toBe('open')
  })
})

describe('a SocketFailure', () => {
  it.each(['url', 'params', 'protocols'] as const)('is fatal from a function for %s', async (part) => {
    const provider = jest.fn(async (): Promise<never> => await Promise.reject(new SocketFailure('no account')))
    const connection = setupConnection({ address: { url: 'ws://server.test/', [part]: provider } })
    const connecting = connection.connect()
    await advanceTime(hour)
    expect(connecting.outcome).toBe('failed')
    expect(provider).toHaveBeenCalledTimes(1)
    expect(connection.events.map(({ type }) => type)).toEqual(['failed'])
    expect(connection.eventsOf('failed')).toEqual([{ type: 'failed', code: 'socket_failure', message: 'no account' }])
    expect(connection.network.connections).toEqual([])
  })

  it('is fatal when it is thrown synchronously, also at a retry', async () => {
    let isBanned = false
    const url = () => {
      if (isBanned) throw new SocketFailure('no account')
      return 'ws://server.test/'
    }
    const connection = setupConnection({ network: { mode: 'accept' }, address: { url } })
    await connection.open()
    isBanned = true
    connection.network.last.cut()
    await advanceTime(hour)
    expect(connection.phase()).toBe('failed')
    expect(connection.network.connections).toHaveLength(1)
  })

  it('alone is fatal: any other error of a function is retried', async () => {
    const url = jest.fn(async (): Promise<string> => await Promise.reject(new TypeError('no network')))
    const connection = setupConnection({ address: { url } })
    connection.connect()
    await advanceTime(10_000)
    expect(connection.phase()).toBe('reconnecting')
    expect(url.mock.calls.length).toBeGreaterThan(5)
  })
})

describe('a socket that closes inside its handshake', () => {
  it.each([
    ['is lost', 1006, 'reconnecting'],
    ['is closed by the server with 1012', 1012, 'reconnecting'],
    ['is refused with 4403', 4403, 'failed'],
    ['is closed with 1000', 1000, 'closed'],
  ])('rejects the receive that waits, and the close code decides, when it %s', async (_how, code, next) => {
    const { connection, connecting, wire, peer } = await shakeHands()
    const reading = watch(wire().receive())
    if (code === 1006) peer().cut()
    else peer().close(code)
    await advanceTime()
    expect(reading.outcome).toMatch(isDevelopment ? /^rejected: The socket was closed/ : /^rejected: /)
    expect([connection.phase(), connecting.outcome]).toEqual([next, next])
    expect(connection.eventsOf('closed')).toEqual([expect.objectContaining({ code, next })])
    expect(wire().signal.aborted).toBe(true)
    await expect(wire().receive()).rejects.toMatchObject({
      code: 'connection_lost',
      message: sentence(/^The socket was closed/, said('connection_lost')),
    })
  })

  it('still delivers the frames that came before', async () => {
    const { wire, peer } = await shakeHands()
    peer().sendRaw('denied')
    peer().close(4403)
    await expect(wire().receive()).resolves.toBe('denied')
    await expect(wire().receive()).rejects.toMatchObject({
      code: 'connection_lost',
      message: sentence(/^The socket was closed/, said('connection_lost')),
    })
  })

  it('with 4401 runs the handshake again with fresh credentials, once', async () => {
    const { connection, peer, wires } = await shakeHands({ network: { mode: 'accept' } })
    peer().close(4401)
    await advanceTime(1_000)
    expect(wires).toHaveLength(2)
    peer().close(4401)
    await advanceTime(hour)
    expect(wires).toHaveLength(2)
    expect(connection.phase()).toBe('failed')
  })

  it('ignores what the old handshake does afterwards', async () => {
    const { connection, ends, wires, peer, done } = await shakeHands({ network: { mode: 'accept' } })
    const old = peer()
    old.cut()
    await advanceTime(1_000)
    ends[0]?.done()
    wires[0]?.send('late')
    await advanceTime()
    expect(connection.phase()).toBe('connecting')
    expect([old.receivedRaw, peer().receivedRaw]).toEqual([[], []])
    ends[0]?.fail(new SocketFailure('late'))
    await done()
    expect(connection.phase()).toBe('open')
  })

  it('reports no second error when its handshake fails', async () => {
    const connection = setupConnection({
      network: { mode: 'accept' },
      handshake: async ({ receive }) => void (await receive()),
    })
    await connection.open()
    connection.network.last.cut()
    await advanceTime(1)
    expect(connection.takeTypes()).toEqual(['closed', 'reconnecting'])
  })
})

describe('a command inside a handshake', () => {
  it('ends it when it is a close: the receive rejects, and nothing queued goes out', async () => {
    const { connection, connecting, wire, done } = await shakeHands()
    const reading = watch(wire().receive())
    connection.send('waiting', { id: 'waiting' })
    const closing = connection.close(4000, 'enough')
    await advanceTime()
    expect([connecting.outcome, closing.outcome]).toEqual(['closed', 'closed'])
    expect(reading.outcome).toMatch(/^rejected/)
    expect(connection.network.last.closedBy).toEqual({ code: 4000, reason: 'enough' })
    expect(wire().signal.aborted).toBe(true)
    await done()
    expect(connection.phase()).toBe('closed')
    expect(connection.network.last.receivedRaw).toEqual([])
    await advanceTime(20)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('starts over when it is a reconnect, with another handshake', async () => {
    const { connection, wires, done } = await shakeHands({ network: { mode: 'accept' } })
    connection.reconnect()
    await advanceTime(1)
    expect(wires.map(({ signal }) => signal.aborted)).toEqual([true, false])
    await done()
    expect(connection.phase()).toBe('open')
    expect(connection.network.live).toBe(1)
  })

  it('ends it when it is a dispose', async () => {
    const { connection, wire, done } = await shakeHands()
    connection.dispose()
    expect(wire().signal.aborted).toBe(true)
    await done()
    await advanceTime(1)
    expect(connection.eventsOf('opened')).toEqual([])
    expect(jest.getTimerCount()).toBe(0)
  })
})

describe('during a handshake', () => {
  it('a server’s ping is answered', async () => {
    const { connection, peer, done } = await shakeHands({ respondToPing: { ping: 'ping', pong: 'pong' } })
    peer().sendRaw('ping')
    expect(peer().receivedRaw).toEqual(['pong'])
    await done()
    expect(connection.received).toEqual([])
  })

  it('up to a thousand unread messages are kept', async () => {
    const { connection, peer, connecting } = await shakeHands()
    for (let n = 0; n < 1_000; n++) peer().sendRaw(String(n))
    await advanceTime()
    expect(connecting.isSettled).toBe(false)
    peer().sendRaw('one too many')
    await advanceTime()
    expect(connecting.outcome).toBe('reconnecting')
    expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'handshake_failed' })])
    expect(connection.received).toEqual([])
    expect(peer().socket.readyState).toBeGreaterThan(1)
  })

  it('messages that are read do not count as unread', async () => {
    const { connection, peer, wire, done } = await shakeHands()
    for (let n = 0; n < 3_000; n++) {
      peer().sendRaw(String(n))
      void wire().receive()
    }
    await done()
    expect(connection.phase()).toBe('open')
  })

  it('minUptime has not started: it counts from ready on', async () => {
    const { connection, peer, done } = await shakeHands({
      network: { mode: 'accept' },
      connectTimeout: 60_000,
      reconnect: { backoff: (attempt) => attempt * 1_000 },
    })
    await advanceTime(10_000)
    peer().cut()
    await advanceTime(1_000)
    await done()
    await advanceTime(4_999)
    peer().cut()
    await advanceTime(2_000)
    await done()
    await advanceTime(5_000)
    peer().cut()
    await advanceTime(1)
    expect(connection.eventsOf('reconnecting').map(({ attempt }) => attempt)).toEqual([1, 2, 1])
  })
})

// Through the middleware: values, not frames.

const { connect, send, close, error, failed, message, opened } = createSocketActions()

const openStore = async (options: StoreOptions) => {
  const network = createHeldServer({ mode: 'accept' })
  const store = setupStore({
    url: 'ws://server.test/ws',
    WebSocket: network.WebSocket,
    reconnect: { backoff: () => 1_000 },
    ...options,
  })
  const connecting = watch(store.dispatch(connect()))
  await advanceTime(1)
  return { network, store, connecting }
}

describe('the option handshake', () => {
  it('sends and receives values, reads the state, and sends before everything else', async () => {
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
    expect(network.last.receivedRaw).toEqual(['{"token":"secret","reconnected":false,"aborted":false}'])
    network.last.sendRaw('{"user":"ada"}')
    network.last.sendRaw('"news"')
    await advanceTime(1)
    expect(network.last.receivedRaw.slice(1)).toEqual(['"thanks"', '"from the app"', '"from the handshake"'])
    expect(store.recorder.of(message)).toEqual([expect.objectContaining({ payload: 'news' })])
    const { types } = store.recorder
    expect(types.indexOf('user/known')).toBeLessThan(types.indexOf(opened.type))
    expect(types.indexOf(opened.type)).toBeLessThan(types.indexOf(message.type))
    await advanceTime(20)
  })

  it('leaves sends that it dispatches in the queue', async () => {
    let delivery: unknown
    const { network } = await openStore({
      handshake: ({ dispatch }) => {
        ;({ delivery } = dispatch(send('behind')))
      },
    })
    await advanceTime(1)
    expect(delivery).toBe('queued')
    expect(network.last.receivedRaw).toEqual(['"behind"'])
  })

  it('may be a synchronous function', async () => {
    const { store, connecting } = await openStore({ handshake: () => {} })
    expect(connecting.outcome).toBe('open')
    expect(store.state().status).toBe('open')
  })

  it('that throws synchronously counts as one that rejects', async () => {
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

  it('that throws a SocketFailure synchronously is fatal', async () => {
    const { store, connecting } = await openStore({
      handshake: () => {
        throw new SocketFailure('banned')
      },
    })
    expect(connecting.outcome).toBe('failed')
    expect(store.recorder.of(failed)).toEqual([
      expect.objectContaining({ payload: { code: 'socket_failure', message: 'banned', at: expect.any(Number) } }),
    ])
    expect(store.state().status).toBe('failed')
  })

  it('that receives an invalid frame fails with the codec’s message', async () => {
    const { network, store } = await openStore({ handshake: async ({ receive }) => void (await receive()) })
    network.last.sendRaw('{not json')
    await advanceTime(1)
    expect(store.state().status).toBe('reconnecting')
    expect(store.recorder.of(error)).toHaveLength(1)
    expect(store.recorder.of(error)[0]?.payload.message).toMatch(/JSON/)
    expect(store.recorder.of(message)).toEqual([])
  })

  it('may catch that error and continue', async () => {
    const { network, store } = await openStore({
      handshake: async ({ receive }) => {
        await receive().catch(() => {})
        await receive()
      },
    })
    network.last.sendRaw('{not json')
    network.last.sendRaw('"fine"')
    await advanceTime(1)
    expect(store.state().status).toBe('open')
    expect(store.recorder.of(error)).toEqual([])
  })

  it('that sends a value which cannot be encoded fails, and nothing of it goes out', async () => {
    const codec: Codec = {
      encode: () => {
        throw new Error('cannot')
      },
      decode: String,
    }
    const { network, store } = await openStore({ codec, handshake: ({ send: say }) => say('x') })
    expect(store.state().status).toBe('reconnecting')
    expect(network.last.receivedRaw).toEqual([])
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
    await advanceTime(1)
    expect(connecting.outcome).toBe('closed')
    expect(store.state().status).toBe('closed')
    expect(store.recorder.of(error)).toEqual([])
  })
})
