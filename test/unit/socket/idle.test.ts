import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { createTestStore, type StoreOptions } from '../../support/store.js'
import { createEngine, onFakeTime, pass, type EngineOptions } from './engine.js'

const hour = 3_600_000

onFakeTime()

const createLazy = (options: EngineOptions = {}) =>
  createEngine({ network: { mode: 'accept' }, lazy: true, idleTimeout: 60_000, ...options })

describe('a lazy connection', () => {
  it('does nothing until it is used', async () => {
    const engine = createLazy()
    await pass(hour)
    expect(engine.phase()).toBe('idle')
    expect(engine.network.sockets).toEqual([])
    expect(engine.actions).toEqual([])
  })

  it('opens at the first send, which is not lost', async () => {
    const engine = createLazy()
    expect(engine.send('a').delivery).toBe('queued')
    expect(engine.phase()).toBe('connecting')
    expect(engine.actions).toEqual(['connect'])
    expect(engine.send('b').delivery).toBe('queued')
    await pass(1)
    expect(engine.phase()).toBe('open')
    expect(engine.network.last.sent).toEqual(['a', 'b'])
    expect(engine.network.sockets).toHaveLength(1)
    expect(engine.actions).toEqual(['connect'])
  })

  it('opens with a connect, too', async () => {
    const engine = createLazy()
    const connecting = engine.connect()
    await pass(1)
    expect(connecting.outcome).toBe('open')
    expect(engine.actions).toEqual([])
  })

  it('closes after the idle timeout without traffic, with a goodbye', async () => {
    const engine = createLazy()
    engine.send('a')
    await pass(59_999)
    expect(engine.phase()).toBe('open')
    await pass(10)
    expect(engine.phase()).toBe('closed')
    expect(engine.network.last.closedBy).toEqual({ code: 1000, reason: 'idle' })
    expect(engine.actions).toEqual(['connect', 'close'])
    expect(engine.of('closed')).toEqual([
      expect.objectContaining({ code: 1000, reason: 'idle', wasClean: true, next: 'closed' }),
    ])
    expect(engine.of('dropped')).toEqual([])
    await pass(20)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('reopens with the next send, and closes again', async () => {
    const engine = createLazy()
    engine.send('a')
    for (let n = 0; n < 3; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await pass(70_000)
      expect(engine.phase()).toBe('closed')
      expect(engine.send(String(n)).delivery).toBe('queued')
      // oxlint-disable-next-line no-await-in-loop
      await pass(1)
      expect(engine.phase()).toBe('open')
    }
    expect(engine.network.sockets.map(({ sent }) => sent)).toEqual([['a'], ['0'], ['1'], ['2']])
    expect(engine.of('opened').map(({ reconnected }) => reconnected)).toEqual([false, false, false, false])
    expect(engine.actions).toEqual(['connect', 'close', 'connect', 'close', 'connect', 'close', 'connect'])
  })

  it.each([
    ['we send', (engine: ReturnType<typeof createLazy>) => engine.send('a')],
    ['the peer sends', (engine: ReturnType<typeof createLazy>) => engine.network.last.receive('a')],
  ])('stays as long as %s', async (_who, talk) => {
    const engine = createLazy()
    await engine.open()
    for (let n = 0; n < 10; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await pass(59_000)
      talk(engine)
    }
    expect(engine.phase()).toBe('open')
    await pass(59_999)
    expect(engine.phase()).toBe('open')
    await pass(2)
    expect(engine.phase()).toBe('closed')
  })

  it('does not count its heartbeat as traffic', async () => {
    const engine = createLazy({ heartbeat: { interval: 10_000, timeout: 5_000 } })
    engine.network.onDial = (peer) => {
      peer.onSent = (frame) => {
        if (frame === 'ping') peer.receive('pong')
      }
    }
    engine.send('a')
    await pass(59_000)
    expect(engine.phase()).toBe('open')
    await pass(1_010)
    expect(engine.phase()).toBe('closed')
    // The goodbye came after all that was sent: it has arrived.
    expect(engine.of('dropped')).toEqual([])
  })

  it('counts from ready, not from the dial', async () => {
    const engine = createLazy({ handshake: async () => await new Promise((resolve) => setTimeout(resolve, 5_000)) })
    engine.send('a')
    await pass(64_000)
    expect(engine.phase()).toBe('open')
    await pass(1_010)
    expect(engine.phase()).toBe('closed')
  })
})

describe('what is sent while an idle connection closes', () => {
  const closing = async (options: EngineOptions = {}) => {
    const engine = createLazy({ network: { mode: 'accept', halfOpen: true }, ...options })
    await engine.open()
    await pass(60_000)
    expect(engine.phase()).toBe('closing')
    return engine
  }

  it('waits for the next connection, which follows at once', async () => {
    const engine = await closing()
    expect(engine.send('a').delivery).toBe('queued')
    expect(engine.send('b').delivery).toBe('queued')
    await pass(100)
    expect(engine.phase()).toBe('closing')
    engine.network.last.finishClose()
    await pass(1)
    expect(engine.phase()).toBe('open')
    expect(engine.network.sockets.map(({ sent }) => sent)).toEqual([[], ['a', 'b']])
    expect(engine.of('dropped')).toEqual([])
    expect(engine.actions).toEqual(['close', 'connect'])
  })

  it('waits no longer than closeTimeout for a peer that does not answer the goodbye', async () => {
    const engine = await closing()
    engine.send('a')
    await pass(2_001)
    expect(engine.phase()).toBe('open')
    expect(engine.network.last.sent).toEqual(['a'])
    expect(engine.network.live).toBe(1)
  })

  it('goes out also when the connection is cut instead', async () => {
    const engine = await closing()
    engine.send('a')
    engine.network.last.drop()
    await pass(1)
    expect(engine.network.last.sent).toEqual(['a'])
  })

  it('is dropped by an explicit close, and the close is the end', async () => {
    const engine = await closing()
    engine.send('a', { id: 'a' })
    const close = engine.close()
    await pass(2_000)
    expect(close.outcome).toBe('closed')
    expect(engine.of('dropped')).toEqual([{ type: 'dropped', reason: 'closed', ids: ['a'], count: 1 }])
    await pass(hour)
    expect(engine.phase()).toBe('closed')
    expect(engine.network.sockets).toHaveLength(1)
  })

  it('goes with a connect that comes meanwhile', async () => {
    const engine = await closing()
    engine.send('a')
    const connecting = engine.connect()
    await pass(1)
    expect(connecting.outcome).toBe('open')
    expect(engine.network.last.sent).toEqual(['a'])
    expect(engine.network.sockets).toHaveLength(2)
  })

  it('is told by `dispose` that it will not arrive', async () => {
    const engine = await closing()
    engine.send('a', { id: 'a' })
    engine.dispose()
    await pass(1)
    expect(engine.of('dropped')).toEqual([expect.objectContaining({ reason: 'closed', ids: ['a'] })])
    expect(engine.network.sockets).toHaveLength(1)
  })
})

describe('an explicit close', () => {
  it.each(['before', 'after'] as const)('%s the idle timeout ends it: the next send is dropped', async (when) => {
    const engine = createLazy()
    await engine.open()
    if (when === 'after') await pass(61_000)
    engine.close()
    await pass(1)
    expect(engine.send('a', { id: 'a' })).toMatchObject({ delivery: 'dropped', reason: 'closed' })
    await pass(hour)
    expect(engine.phase()).toBe('closed')
    expect(engine.network.sockets).toHaveLength(1)
  })

  it('is undone by a connect', async () => {
    const engine = createLazy()
    await engine.open()
    engine.close()
    await pass(1)
    engine.connect()
    await pass(61_000)
    expect(engine.phase()).toBe('closed')
    engine.send('a')
    await pass(1)
    expect(engine.network.last.sent).toEqual(['a'])
  })
})

describe('an idle connection that cannot come back', () => {
  it('retries, and the message waits', async () => {
    const engine = createLazy()
    await engine.open()
    await pass(61_000)
    engine.network.mode = 'refuse'
    engine.send('a')
    await pass(3_000)
    expect(engine.phase()).toBe('reconnecting')
    engine.network.mode = 'accept'
    await pass(2_000)
    expect(engine.network.last.sent).toEqual(['a'])
  })

  it('without a queue says that the send had nowhere to wait, and opens for the next', async () => {
    const engine = createLazy({ queue: { maxMessages: 0 } })
    expect(engine.send('a')).toMatchObject({ delivery: 'dropped', reason: 'offline' })
    await pass(1)
    expect(engine.send('b').delivery).toBe('sent')
  })
})

describe('idleTimeout', () => {
  it('works without lazy: what was closed for want of traffic reopens with the next send', async () => {
    const engine = createEngine({ network: { mode: 'accept' }, idleTimeout: 5_000 })
    engine.send('before the first connect')
    await pass(1_000)
    expect(engine.network.sockets).toEqual([])
    await engine.open()
    await pass(5_001)
    expect(engine.phase()).toBe('closed')
    engine.send('a')
    await pass(1)
    expect(engine.network.last.sent).toEqual(['a'])
  })

  it('of 0 is never', async () => {
    const engine = createEngine({ network: { mode: 'accept' }, lazy: true, idleTimeout: 0 })
    engine.send('a')
    await pass(24 * hour)
    expect(engine.phase()).toBe('open')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('of Infinity is never', async () => {
    const engine = createEngine({ network: { mode: 'accept' }, idleTimeout: Infinity })
    await engine.open()
    await pass(24 * hour)
    expect(engine.phase()).toBe('open')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('adds no timer for traffic, however much there is', async () => {
    const engine = createLazy()
    await engine.open()
    await pass(20)
    const before = jest.getTimerCount()
    const counts: number[] = []
    for (let n = 0; n < 200; n++) {
      engine.network.last.receive('a')
      counts.push(jest.getTimerCount())
    }
    expect(Math.max(...counts)).toBe(before)
  })

  it('is kept by a machine that slept: the silence is found out when it wakes', async () => {
    const engine = createLazy()
    await engine.open()
    jest.setSystemTime(Date.now() + hour)
    await pass(5_001)
    expect(engine.phase()).toBe('closed')
  })
})

// ── In the store ────────────────────────────────────────────────────────────────────────────────────────────────────────

const { connect, close, send, closed, opened } = createSocketActions()

const createLazyStore = (options: StoreOptions = {}) => {
  const network = createFakeNetwork({ mode: 'accept' })
  const store = createTestStore({ url: 'ws://server.test/ws', WebSocket: network.WebSocket, lazy: true, ...options })
  return { network, store }
}

describe('the store of a lazy connection', () => {
  it('shows the truth: connecting, open, closing, closed and open again, each by an action', async () => {
    const { store } = createLazyStore()
    expect(store.dispatch(send('a')).delivery).toBe('queued')
    expect(store.state().status).toBe('connecting')
    await pass(1)
    expect(store.state().status).toBe('open')
    await pass(60_000)
    expect(store.state()).toMatchObject({ status: 'closed', lastClose: { code: 1000, reason: 'idle' } })
    store.dispatch(send('b'))
    expect(store.state().status).toBe('connecting')
    await pass(1)
    expect(store.recorder.types.filter((type) => type !== 'socket/changed')).toEqual([
      send.type,
      connect.type,
      'socket/connecting',
      opened.type,
      close.type,
      closed.type,
      send.type,
      connect.type,
      'socket/connecting',
      opened.type,
    ])
  })

  it('sees the commands that it gave itself marked as carried out', async () => {
    const { store } = createLazyStore()
    store.dispatch(send('a'))
    await pass(61_000)
    const own = store.recorder.of((action) => action.type === connect.type || action.type === close.type)
    expect(own).toEqual([
      { type: connect.type, payload: undefined, meta: { socket: 'default', delivery: 'handled' } },
      { type: close.type, payload: { code: 1000, reason: 'idle' }, meta: { socket: 'default', delivery: 'handled' } },
    ])
  })

  it('with an action that is forwarded, opens too', async () => {
    const { network, store } = createLazyStore({ forward: 'chat/said' })
    store.dispatch({ type: 'chat/said', payload: 'hello' })
    await pass(1)
    expect(network.last.sent).toEqual(['{"type":"chat/said","payload":"hello"}'])
  })

  it('has a minute by default, never without lazy, and its own time if given', async () => {
    const closesAfter = async (options: StoreOptions) => {
      const { store } = createLazyStore(options)
      void store.dispatch(connect())
      await pass(1)
      const from = Date.now()
      for (let second = 0; second < 100 && store.state().status === 'open'; second++) {
        // oxlint-disable-next-line no-await-in-loop
        await pass(1_000)
      }
      return store.state().status === 'open' ? Infinity : Math.floor((Date.now() - from) / 1_000)
    }
    expect(await closesAfter({})).toBe(60)
    expect(await closesAfter({ lazy: false })).toBe(Infinity)
    expect(await closesAfter({ idleTimeout: 5_000 })).toBe(5)
    expect(await closesAfter({ lazy: false, idleTimeout: 7_000 })).toBe(7)
    expect(await closesAfter({ idleTimeout: 0 })).toBe(Infinity)
  })

  it('a subscriber that sends at the moment of the idle close loses nothing', async () => {
    const { network, store } = createLazyStore()
    store.dispatch(send('a'))
    await pass(1)
    const unsubscribe = store.store.subscribe(() => {
      if (store.state().status !== 'closing') return
      unsubscribe()
      store.dispatch(send('b'))
    })
    await pass(61_000)
    expect(network.sockets.flatMap(({ sent }) => sent)).toEqual(['"a"', '"b"'])
    expect(store.recorder.count('socket/dropped')).toBe(0)
  })
})
