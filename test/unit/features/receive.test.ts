import { describe, expect, it } from '@jest/globals'
import { createAction } from '@reduxjs/toolkit'
import fc from 'fast-check'
import { socketListen, socketReceive } from '../../../src/features/listen.js'
import {
  socketClose,
  socketClosed,
  socketConnect,
  socketError,
  socketReconnect,
  SocketFailure,
  type Codec,
} from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'
import { inDevelopment } from '../../support/mode.js'

// Jest fails a test that leaves an unhandled rejection, so every test here also checks that each one is handled.

useFakeTime()

const posted = createAction<unknown>('posts/created')
const soon: StoreOptions = { reconnect: { backoff: () => 10 } }

interface Reading {
  /** What was read, and last 'end' or the code of the error. */
  readonly read: unknown[]
  readonly iterator: AsyncIterableIterator<unknown>
}

/** Reads in the background. */
const follow = (iterator: AsyncIterableIterator<unknown>): Reading => {
  const read: unknown[] = []
  const run = async (): Promise<void> => {
    try {
      for await (const message of iterator) read.push(message)
      read.push('end')
    } catch (error) {
      read.push((error as { code?: unknown }).code)
    }
  }
  void run()
  return { read, iterator }
}

const receive = (store: TestStore, rule?: unknown): Reading => follow(store.dispatch(socketReceive(rule as 'type')))
const say = (store: TestStore, ...messages: unknown[]): void => {
  for (const message of messages) store.receiveJson(message)
}

describe('socketReceive waits for the connection and yields in order', () => {
  it('when it is dispatched before a connect', async () => {
    const store = setupStore()
    const { read } = receive(store)
    await advanceTime(100)
    expect(read).toEqual([])
    void store.dispatch(socketConnect())
    await advanceTime(1)
    say(store, 1, 2, 3)
    await advanceTime()
    expect(read).toEqual([1, 2, 3])
  })

  it('during an attempt', async () => {
    const store = setupStore({}, { mode: 'hold' })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    const { read } = receive(store)
    store.network.last.accept()
    say(store, 1)
    await advanceTime()
    expect(read).toEqual([1])
  })

  it('through attempts that fail and are retried', async () => {
    const store = setupStore(soon, { mode: 'refuse' })
    void store.dispatch(socketConnect())
    const { read } = receive(store)
    await advanceTime(35)
    expect(store.network.connections.length).toBeGreaterThan(2)
    expect(read).toEqual([])
    store.network.mode = 'accept'
    await advanceTime(20)
    say(store, 1)
    await advanceTime()
    expect(read).toEqual([1])
  })

  it('through handshakes that fail and are retried', async () => {
    let count = 0
    const store = setupStore({
      ...soon,
      handshake: () => {
        if (++count < 3) throw new Error('busy')
      },
    })
    void store.dispatch(socketConnect())
    const { read } = receive(store)
    await advanceTime(50)
    say(store, 1)
    await advanceTime()
    expect(read).toEqual([1])
  })

  it('when it is dispatched between two attempts', async () => {
    const store = await setupOpenStore(soon)
    store.network.last.cut()
    const { read } = receive(store)
    await advanceTime(20)
    say(store, 1)
    await advanceTime()
    expect(read).toEqual([1])
  })

  it('without duplicates, and without earlier messages', async () => {
    const store = await setupOpenStore()
    say(store, 1)
    const { read } = receive(store)
    say(store, 2)
    await advanceTime()
    say(store, 3)
    await advanceTime()
    expect(read).toEqual([2, 3])
  })

  it('including what arrives between the dispatch and the first next()', async () => {
    const store = await setupOpenStore()
    const iterator = store.dispatch(socketReceive())
    say(store, 1, 2)
    await advanceTime(1_000)
    const { read } = follow(iterator)
    await advanceTime()
    expect(read).toEqual([1, 2])
  })

  it('only what its rule matches', async () => {
    const store = await setupOpenStore()
    const { read } = receive(store, posted)
    say(store, 1, posted(1), { type: 'other' }, posted(2))
    await advanceTime()
    expect(read).toEqual([posted(1), posted(2)])
  })

  it('values as they were decoded', async () => {
    const value = new Map([[1, new Uint8Array([1])]])
    const codec: Codec = { encode: () => '', decode: () => value }
    const store = await setupOpenStore({ codec })
    const { read } = receive(store)
    store.receive('x')
    await advanceTime()
    expect(read[0]).toBe(value)
  })

  it('to several pending next(), in their order', async () => {
    const store = await setupOpenStore()
    const iterator = store.dispatch(socketReceive())
    const asked = Promise.all([iterator.next(), iterator.next()])
    say(store, 1, 2)
    expect((await asked).map(({ value }) => value as unknown)).toEqual([1, 2])
  })

  it('to two readers side by side', async () => {
    const store = await setupOpenStore()
    const [one, other] = [receive(store), receive(store)]
    say(store, 1)
    await advanceTime()
    void one.iterator.return!()
    say(store, 2)
    await advanceTime()
    expect([one.read, other.read]).toEqual([
      [1, 'end'],
      [1, 2],
    ])
  })

  it('opens a lazy connection, also one that was closed for being idle', async () => {
    const store = setupStore({ lazy: true, idleTimeout: 1_000 })
    const { read } = receive(store)
    await advanceTime(1)
    say(store, 1)
    await advanceTime(2_000)
    expect(read).toEqual([1, 'end'])
    const again = receive(store)
    await advanceTime(1)
    say(store, 2)
    await advanceTime()
    expect(again.read).toEqual([2])
  })
})

describe('socketReceive ends', () => {
  it.each<[how: string, end: (store: TestStore) => void]>([
    ['with a close of the app', (store) => void store.dispatch(socketClose())],
    ['with a close of the app with another code', (store) => void store.dispatch(socketClose(4000, 'bye'))],
    ['with a close of the server with 1000', (store) => store.network.last.close(1000)],
    ['with dispose', (store) => store.socket.dispose()],
  ])('%s, after the messages before it', async (_how, end) => {
    const store = await setupOpenStore()
    const iterator = store.dispatch(socketReceive())
    say(store, 1)
    end(store)
    await advanceTime(10)
    const { read } = follow(iterator)
    await advanceTime()
    expect(read).toEqual([1, 'end'])
  })

  it.each<[phase: string, network: 'refuse' | 'hold', end: (store: TestStore) => void]>([
    ['connecting', 'hold', (store) => void store.dispatch(socketClose())],
    ['waiting for the next attempt', 'refuse', (store) => void store.dispatch(socketClose())],
    ['connecting', 'hold', (store) => store.socket.dispose()],
    ['waiting for the next attempt', 'refuse', (store) => store.socket.dispose()],
  ])('when the connection is closed while it is %s', async (_phase, mode, end) => {
    const store = setupStore({ reconnect: { backoff: () => 1_000 } }, { mode })
    void store.dispatch(socketConnect())
    const { read } = receive(store)
    await advanceTime(10)
    end(store)
    await advanceTime(10)
    expect(read).toEqual(['end'])
  })

  it('when the app closes a connection that was never opened', async () => {
    const store = setupStore()
    const { read } = receive(store)
    void store.dispatch(socketClose())
    await advanceTime(10)
    expect(read).toEqual(['end'])
  })

  it('when a middleware that never connected is disposed of', async () => {
    const store = setupStore()
    const { read } = receive(store)
    store.socket.dispose()
    await advanceTime()
    expect(read).toEqual(['end'])
  })

  it('at once when it is dispatched on a connection that is closing', async () => {
    const store = await setupOpenStore({}, { halfOpen: true })
    void store.dispatch(socketClose())
    await advanceTime(1)
    expect(store.state().status).toBe('closing')
    const { read } = receive(store)
    await advanceTime()
    expect(read).toEqual(['end'])
  })

  it('with break: nothing listens any more', async () => {
    const store = await setupOpenStore()
    let asked = 0
    const iterator = store.dispatch(
      socketReceive(() => {
        asked++
        return true
      }),
    )
    say(store, 1)
    // oxlint-disable-next-line no-unreachable-loop -- a break is what is tried
    for await (const message of iterator) {
      expect(message).toBe(1)
      break
    }
    say(store, 2)
    expect(asked).toBe(1)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('with return() while a next() waits', async () => {
    const store = await setupOpenStore()
    const iterator = store.dispatch(socketReceive())
    const next = iterator.next()
    await iterator.return!()
    expect(await next).toEqual({ done: true, value: undefined })
  })

  it('for a second iteration of the same iterator', async () => {
    const store = await setupOpenStore()
    const { iterator, read } = receive(store)
    void store.dispatch(socketClose())
    await advanceTime(1)
    expect(read).toEqual(['end'])
    const again = follow(iterator)
    await advanceTime()
    expect(again.read).toEqual(['end'])
  })
})

describe('socketReceive throws', () => {
  it('connection_lost when the socket is lost, after the messages before it', async () => {
    const store = await setupOpenStore(soon)
    const { read } = receive(store)
    say(store, 1)
    store.network.last.cut()
    await advanceTime(100)
    say(store, 2)
    await advanceTime()
    expect(read).toEqual([1, 'connection_lost'])
  })

  it('connection_lost also when it had waited for that socket', async () => {
    const store = setupStore(soon)
    const { read } = receive(store)
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.network.last.cut()
    await advanceTime()
    expect(read).toEqual(['connection_lost'])
  })

  it.each<[how: string, replace: (store: TestStore) => void]>([
    ['another address', (store) => void store.dispatch(socketConnect({ url: 'ws://b.example' }))],
    ['other params', (store) => void store.dispatch(socketConnect({ params: { a: 1 } }))],
    ['socketReconnect', (store) => void store.dispatch(socketReconnect())],
  ])('connection_replaced for %s', async (_how, replace) => {
    const store = await setupOpenStore()
    const { read } = receive(store)
    say(store, 1)
    replace(store)
    await advanceTime(1)
    expect(read).toEqual([1, 'connection_replaced'])
  })

  it('connection_replaced also while the replaced one was still connecting', async () => {
    const store = setupStore({}, { mode: 'hold' })
    void store.dispatch(socketConnect())
    const { read } = receive(store)
    await advanceTime(1)
    void store.dispatch(socketConnect({ url: 'ws://b.example' }))
    await advanceTime(1)
    expect(read).toEqual(['connection_replaced'])
  })

  it.each<[code: string, options: StoreOptions, happen: (store: TestStore) => void]>([
    ['stopped', {}, (store) => store.network.last.close(1008, 'banned')],
    ['retries_exhausted', { reconnect: false }, (store) => store.network.last.cut()],
  ])('%s when the connection fails', async (code, options, happen) => {
    const store = await setupOpenStore(options)
    const { read } = receive(store)
    say(store, 1)
    happen(store)
    await advanceTime(1)
    expect(read).toEqual([1, code])
  })

  it.each<[code: string, options: StoreOptions]>([
    ['retries_exhausted', { reconnect: { maxRetries: 2, backoff: () => 10 } }],
    [
      'socket_failure',
      {
        url: () => {
          throw new SocketFailure('signed out')
        },
      },
    ],
    ['invalid_url', { url: 'ftp://a.example' }],
  ])('%s when connecting fails', async (code, options) => {
    const store = setupStore(options, { mode: 'refuse' })
    void store.dispatch(socketConnect())
    const { read } = receive(store)
    await advanceTime(100)
    expect(read).toEqual([code])
  })

  it('connection_lost at once when the connection has failed before', async () => {
    const store = await setupOpenStore()
    store.network.last.close(1008)
    await advanceTime(1)
    expect(store.state().status).toBe('failed')
    const { read } = receive(store)
    await advanceTime()
    expect(read).toEqual(['connection_lost'])
  })

  it('receive_overflow at a slow reader, after what was buffered', async () => {
    const store = await setupOpenStore()
    const iterator = store.dispatch(socketReceive(undefined, { maxBuffered: 2 }))
    say(store, 1, 2, 3, 4)
    const { read } = follow(iterator)
    await advanceTime()
    expect(read).toEqual([1, 2, 'receive_overflow'])
  })

  it('receive_overflow at the 1001st message by default', async () => {
    const store = await setupOpenStore()
    const iterator = store.dispatch(socketReceive())
    say(store, ...Array.from({ length: 1_001 }, (_, index) => index))
    const { read } = follow(iterator)
    await advanceTime()
    expect(read).toHaveLength(1_001)
    expect(read.at(-1)).toBe('receive_overflow')
  })

  it('nothing when nobody reads: it just ends', async () => {
    const store = await setupOpenStore(soon)
    const iterator = store.dispatch(socketReceive())
    store.network.last.cut()
    await advanceTime(100)
    await iterator.return!()
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  inDevelopment(() =>
    it.each<[what: string, maxBuffered: unknown]>([
      ['below zero', -1],
      ['NaN', Number.NaN],
      ['a text', '10'],
      ['null', null],
    ])('invalid_option for a bound that is %s, at the dispatch', async (_what, maxBuffered) => {
      const store = await setupOpenStore()
      expect(() => store.dispatch(socketReceive(undefined, { maxBuffered: maxBuffered as number }))).toThrow(
        expect.objectContaining({ code: 'invalid_option' }),
      )
    }),
  )

  it.each([null, 7, {}, ['a']])('invalid_option for the rule %j, at the dispatch', async (rule) => {
    const store = await setupOpenStore()
    expect(() => store.dispatch(socketReceive(rule as never))).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    )
  })
})

describe('socketReceive beside other features', () => {
  it('reports a rule that throws as a socketError, and continues', async () => {
    const store = await setupOpenStore()
    const { read } = receive(store, (message: unknown) => {
      if (message === 'bad') throw new Error('no')
      return true
    })
    say(store, 'bad', 'good')
    await advanceTime()
    expect(read).toEqual(['good'])
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['callback_failed'])
  })

  it('yields the message that a listener gets, after the store has got it', async () => {
    const store = await setupOpenStore()
    const received: unknown[] = []
    store.dispatch(
      socketListen(
        () => true,
        (message) => received.push(message),
      ),
    )
    const { read } = receive(store)
    say(store, 1, 2)
    await advanceTime()
    expect([received, read]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  it('is not seen by reducers, because it is not plain data', async () => {
    const store = await setupOpenStore()
    receive(store, () => true)
    expect(store.takeActions()).toEqual([])
  })

  it('waits for a connect that is dispatched with it inside an event', async () => {
    const store = await setupOpenStore()
    let again: Reading | undefined
    const stop = store.store.subscribe(() => {
      if (store.recorder.all.at(-1)?.type !== socketClosed.type || again) return
      void store.dispatch(socketConnect())
      again = receive(store)
    })
    void store.dispatch(socketClose())
    await advanceTime(10)
    stop()
    expect(store.state().status).toBe('open')
    say(store, 1)
    await advanceTime()
    expect(again?.read).toEqual([1])
  })

  it('waits for a connect that is dispatched with it outside of events', async () => {
    const store = await setupOpenStore()
    void store.dispatch(socketClose())
    await advanceTime(10)
    void store.dispatch(socketConnect())
    const { read } = receive(store)
    await advanceTime(10)
    say(store, 1)
    await advanceTime()
    expect(read).toEqual([1])
  })
})

it('socketReceive yields everything once and in order, whatever the server sends and however it is read', async () => {
  const step = fc.constantFrom<'say' | 'read' | 'breathe'>('say', 'read', 'breathe')
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.constantFrom('close', 'drop'), async (steps, ending) => {
      const store = await setupOpenStore(soon)
      const iterator = store.dispatch(socketReceive())
      const answers: Promise<unknown>[] = []
      let said = 0
      const ask = (): Promise<unknown> =>
        iterator.next().then(
          ({ done, value }) => (done ? 'end' : value),
          (error: unknown) => (error as { code: string }).code,
        )
      for (const next of steps) {
        if (next === 'say') say(store, said++)
        else if (next === 'read') answers.push(ask())
        else await advanceTime() // oxlint-disable-line no-await-in-loop
      }
      if (ending === 'close') store.network.last.close(1000)
      else store.network.last.cut()
      // Reads to the end.
      for (let left = 0; left <= said; left++) answers.push(ask())
      const read = await Promise.all(answers)
      store.socket.dispose()
      const messages = Array.from({ length: said }, (_, index) => index)
      const rest = read.slice(said)
      expect(read.slice(0, said)).toEqual(messages)
      expect(rest[0]).toBe(ending === 'close' ? 'end' : 'connection_lost')
      expect(new Set(rest.slice(1))).toEqual(rest.length > 1 ? new Set(['end']) : new Set())
    }),
    { numRuns: 60 },
  )
})
