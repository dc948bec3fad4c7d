import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { type ConnectionOptions, setupConnection } from '../../support/setupConnection.js'
import { setupStore, type StoreOptions } from '../../support/setupStore.js'

const hour = 3_600_000

useFakeTime()

const createLazy = (options: ConnectionOptions = {}) =>
  setupConnection({ network: { mode: 'accept' }, lazy: true, idleTimeout: 60_000, ...options })

describe('a lazy connection', () => {
  it('does nothing until it is used', async () => {
    const connection = createLazy()
    await advanceTime(hour)
    expect(connection.phase()).toBe('idle')
    expect(connection.network.connections).toEqual([])
    expect(connection.ownCommands).toEqual([])
  })

  it('opens at the first send, which is not lost', async () => {
    const connection = createLazy()
    expect(connection.send('a').delivery).toBe('queued')
    expect(connection.phase()).toBe('connecting')
    expect(connection.ownCommands).toEqual(['connect'])
    expect(connection.send('b').delivery).toBe('queued')
    await advanceTime(1)
    expect(connection.phase()).toBe('open')
    expect(connection.network.last.receivedRaw).toEqual(['a', 'b'])
    expect(connection.network.connections).toHaveLength(1)
    expect(connection.ownCommands).toEqual(['connect'])
  })

  it('opens with a connect too', async () => {
    const connection = createLazy()
    const connecting = connection.connect()
    await advanceTime(1)
    expect(connecting.outcome).toBe('open')
    expect(connection.ownCommands).toEqual([])
  })

  it('closes with a close frame after idleTimeout without traffic', async () => {
    const connection = createLazy()
    connection.send('a')
    await advanceTime(59_999)
    expect(connection.phase()).toBe('open')
    await advanceTime(10)
    expect(connection.phase()).toBe('closed')
    expect(connection.network.last.closedBy).toEqual({ code: 1000, reason: 'idle' })
    expect(connection.ownCommands).toEqual(['connect', 'close'])
    expect(connection.eventsOf('closed')).toEqual([
      expect.objectContaining({ code: 1000, reason: 'idle', wasClean: true, next: 'closed' }),
    ])
    expect(connection.eventsOf('dropped')).toEqual([])
    await advanceTime(20)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('opens again at the next send, and closes again', async () => {
    const connection = createLazy()
    connection.send('a')
    for (let n = 0; n < 3; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(70_000)
      expect(connection.phase()).toBe('closed')
      expect(connection.send(String(n)).delivery).toBe('queued')
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(1)
      expect(connection.phase()).toBe('open')
    }
    expect(connection.network.connections.map(({ receivedRaw: sent }) => sent)).toEqual([['a'], ['0'], ['1'], ['2']])
    expect(connection.eventsOf('opened').map(({ reconnected }) => reconnected)).toEqual([false, false, false, false])
    expect(connection.ownCommands).toEqual(['connect', 'close', 'connect', 'close', 'connect', 'close', 'connect'])
  })

  it.each([
    ['the client sends', (connection: ReturnType<typeof createLazy>) => connection.send('a')],
    ['the peer sends', (connection: ReturnType<typeof createLazy>) => connection.network.last.sendRaw('a')],
  ])('stays open as long as %s', async (_who, talk) => {
    const connection = createLazy()
    await connection.open()
    for (let n = 0; n < 10; n++) {
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(59_000)
      talk(connection)
    }
    expect(connection.phase()).toBe('open')
    await advanceTime(59_999)
    expect(connection.phase()).toBe('open')
    await advanceTime(2)
    expect(connection.phase()).toBe('closed')
  })

  it('does not count its heartbeat as traffic', async () => {
    const connection = createLazy({ heartbeat: { interval: 10_000, timeout: 5_000 } })
    connection.network.onAttempt = (peer) => {
      peer.onReceived = (frame) => {
        if (frame === 'ping') peer.sendRaw('pong')
      }
    }
    connection.send('a')
    await advanceTime(59_000)
    expect(connection.phase()).toBe('open')
    await advanceTime(1_010)
    expect(connection.phase()).toBe('closed')
    // The close frame was sent after everything else: all of it has arrived.
    expect(connection.eventsOf('dropped')).toEqual([])
  })

  it('counts idleTimeout from ready on, not from the attempt', async () => {
    const connection = createLazy({ handshake: async () => await new Promise((resolve) => setTimeout(resolve, 5_000)) })
    connection.send('a')
    await advanceTime(64_000)
    expect(connection.phase()).toBe('open')
    await advanceTime(1_010)
    expect(connection.phase()).toBe('closed')
  })
})

describe('a send while an idle connection closes', () => {
  const closing = async (options: ConnectionOptions = {}) => {
    const connection = createLazy({ network: { mode: 'accept', halfOpen: true }, ...options })
    await connection.open()
    await advanceTime(60_000)
    expect(connection.phase()).toBe('closing')
    return connection
  }

  it('waits for the next connection, which follows at once', async () => {
    const connection = await closing()
    expect(connection.send('a').delivery).toBe('queued')
    expect(connection.send('b').delivery).toBe('queued')
    await advanceTime(100)
    expect(connection.phase()).toBe('closing')
    connection.network.last.finishClose()
    await advanceTime(1)
    expect(connection.phase()).toBe('open')
    expect(connection.network.connections.map(({ receivedRaw: sent }) => sent)).toEqual([[], ['a', 'b']])
    expect(connection.eventsOf('dropped')).toEqual([])
    expect(connection.ownCommands).toEqual(['close', 'connect'])
  })

  it('waits for closeTimeout at most when the peer does not answer the close frame', async () => {
    const connection = await closing()
    connection.send('a')
    await advanceTime(2_001)
    expect(connection.phase()).toBe('open')
    expect(connection.network.last.receivedRaw).toEqual(['a'])
    expect(connection.network.live).toBe(1)
  })

  it('goes out when the connection is lost instead', async () => {
    const connection = await closing()
    connection.send('a')
    connection.network.last.cut()
    await advanceTime(1)
    expect(connection.network.last.receivedRaw).toEqual(['a'])
  })

  it('is dropped by an explicit close, and the connection stays closed', async () => {
    const connection = await closing()
    connection.send('a', { id: 'a' })
    const close = connection.close()
    await advanceTime(2_000)
    expect(close.outcome).toBe('closed')
    expect(connection.eventsOf('dropped')).toEqual([{ type: 'dropped', reason: 'closed', ids: ['a'], count: 1 }])
    await advanceTime(hour)
    expect(connection.phase()).toBe('closed')
    expect(connection.network.connections).toHaveLength(1)
  })

  it('goes out with a connect that is dispatched meanwhile', async () => {
    const connection = await closing()
    connection.send('a')
    const connecting = connection.connect()
    await advanceTime(1)
    expect(connecting.outcome).toBe('open')
    expect(connection.network.last.receivedRaw).toEqual(['a'])
    expect(connection.network.connections).toHaveLength(2)
  })

  it('is dropped by `dispose`', async () => {
    const connection = await closing()
    connection.send('a', { id: 'a' })
    connection.dispose()
    await advanceTime(1)
    expect(connection.eventsOf('dropped')).toEqual([expect.objectContaining({ reason: 'closed', ids: ['a'] })])
    expect(connection.network.connections).toHaveLength(1)
  })
})

describe('an explicit close', () => {
  it.each(['before', 'after'] as const)(
    '%s idleTimeout ends the connection: the next send is dropped',
    async (when) => {
      const connection = createLazy()
      await connection.open()
      if (when === 'after') await advanceTime(61_000)
      connection.close()
      await advanceTime(1)
      expect(connection.send('a', { id: 'a' })).toMatchObject({ delivery: 'dropped', reason: 'closed' })
      await advanceTime(hour)
      expect(connection.phase()).toBe('closed')
      expect(connection.network.connections).toHaveLength(1)
    },
  )

  it('is undone by a connect', async () => {
    const connection = createLazy()
    await connection.open()
    connection.close()
    await advanceTime(1)
    connection.connect()
    await advanceTime(61_000)
    expect(connection.phase()).toBe('closed')
    connection.send('a')
    await advanceTime(1)
    expect(connection.network.last.receivedRaw).toEqual(['a'])
  })
})

describe('an idle connection that cannot open again', () => {
  it('retries, and the message waits', async () => {
    const connection = createLazy()
    await connection.open()
    await advanceTime(61_000)
    connection.network.mode = 'refuse'
    connection.send('a')
    await advanceTime(3_000)
    expect(connection.phase()).toBe('reconnecting')
    connection.network.mode = 'accept'
    await advanceTime(2_000)
    expect(connection.network.last.receivedRaw).toEqual(['a'])
  })

  it('drops the send without a queue, and opens for the next one', async () => {
    const connection = createLazy({ queue: { maxMessages: 0 } })
    expect(connection.send('a')).toMatchObject({ delivery: 'dropped', reason: 'offline' })
    await advanceTime(1)
    expect(connection.send('b').delivery).toBe('sent')
  })
})

describe('idleTimeout', () => {
  it('works without lazy: the next send opens a connection that was closed for being idle', async () => {
    const connection = setupConnection({ network: { mode: 'accept' }, idleTimeout: 5_000 })
    connection.send('before the first connect')
    await advanceTime(1_000)
    expect(connection.network.connections).toEqual([])
    await connection.open()
    await advanceTime(5_001)
    expect(connection.phase()).toBe('closed')
    connection.send('a')
    await advanceTime(1)
    expect(connection.network.last.receivedRaw).toEqual(['a'])
  })

  it('of 0 is never', async () => {
    const connection = setupConnection({ network: { mode: 'accept' }, lazy: true, idleTimeout: 0 })
    connection.send('a')
    await advanceTime(24 * hour)
    expect(connection.phase()).toBe('open')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('of Infinity is never', async () => {
    const connection = setupConnection({ network: { mode: 'accept' }, idleTimeout: Infinity })
    await connection.open()
    await advanceTime(24 * hour)
    expect(connection.phase()).toBe('open')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('adds no timer for traffic, however much there is', async () => {
    const connection = createLazy()
    await connection.open()
    await advanceTime(20)
    const before = jest.getTimerCount()
    const counts: number[] = []
    for (let n = 0; n < 200; n++) {
      connection.network.last.sendRaw('a')
      counts.push(jest.getTimerCount())
    }
    expect(Math.max(...counts)).toBe(before)
  })

  it('is checked when a machine that slept wakes up', async () => {
    const connection = createLazy()
    await connection.open()
    jest.setSystemTime(Date.now() + hour)
    await advanceTime(5_001)
    expect(connection.phase()).toBe('closed')
  })
})

// In the store.

const { connect, close, send, closed, opened } = createSocketActions()

const createLazyStore = (options: StoreOptions = {}) => {
  const network = createHeldServer({ mode: 'accept' })
  const store = setupStore({ url: 'ws://server.test/ws', WebSocket: network.WebSocket, lazy: true, ...options })
  return { network, store }
}

describe('the store of a lazy connection', () => {
  it('is true: connecting, open, closing, closed and open again, by one action each', async () => {
    const { store } = createLazyStore()
    expect(store.dispatch(send('a')).delivery).toBe('queued')
    expect(store.state().status).toBe('connecting')
    await advanceTime(1)
    expect(store.state().status).toBe('open')
    await advanceTime(60_000)
    expect(store.state()).toMatchObject({ status: 'closed', lastClose: { code: 1000, reason: 'idle' } })
    store.dispatch(send('b'))
    expect(store.state().status).toBe('connecting')
    await advanceTime(1)
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

  it('receives the commands that the connection gave itself as handled', async () => {
    const { store } = createLazyStore()
    store.dispatch(send('a'))
    await advanceTime(61_000)
    const own = store.recorder.of((action) => action.type === connect.type || action.type === close.type)
    expect(own).toEqual([
      { type: connect.type, payload: undefined, meta: { socket: 'default', delivery: 'handled' } },
      { type: close.type, payload: { code: 1000, reason: 'idle' }, meta: { socket: 'default', delivery: 'handled' } },
    ])
  })

  it('reports that a forwarded action opens the connection', async () => {
    const { network, store } = createLazyStore({ forward: 'chat/said' })
    store.dispatch({ type: 'chat/said', payload: 'hello' })
    await advanceTime(1)
    expect(network.last.receivedRaw).toEqual(['{"type":"chat/said","payload":"hello"}'])
  })

  it('shows that idleTimeout is a minute by default, never without lazy, and the given time otherwise', async () => {
    const closesAfter = async (options: StoreOptions) => {
      const { store } = createLazyStore(options)
      void store.dispatch(connect())
      await advanceTime(1)
      const from = Date.now()
      for (let second = 0; second < 100 && store.state().status === 'open'; second++) {
        // oxlint-disable-next-line no-await-in-loop
        await advanceTime(1_000)
      }
      return store.state().status === 'open' ? Infinity : Math.floor((Date.now() - from) / 1_000)
    }
    expect(await closesAfter({})).toBe(60)
    expect(await closesAfter({ lazy: false })).toBe(Infinity)
    expect(await closesAfter({ idleTimeout: 5_000 })).toBe(5)
    expect(await closesAfter({ lazy: false, idleTimeout: 7_000 })).toBe(7)
    expect(await closesAfter({ idleTimeout: 0 })).toBe(Infinity)
  })

  it('loses nothing when a subscriber sends at the moment of the idle close', async () => {
    const { network, store } = createLazyStore()
    store.dispatch(send('a'))
    await advanceTime(1)
    const unsubscribe = store.store.subscribe(() => {
      if (store.state().status !== 'closing') return
      unsubscribe()
      store.dispatch(send('b'))
    })
    await advanceTime(61_000)
    expect(network.connections.flatMap(({ receivedRaw: sent }) => sent)).toEqual(['"a"', '"b"'])
    expect(store.recorder.count('socket/dropped')).toBe(0)
  })
})
