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
import type { StoreOptions } from '../../support/store.js'
import { createWorld, openWorld, passTime, useFakeTime, type World } from './harness.js'

// Jest fails a test that leaves a rejection unhandled, so every test here says that there is none.

useFakeTime()

const posted = createAction<unknown>('posts/created')
const soon: StoreOptions = { reconnect: { backoff: () => 10 } }

interface Reading {
  /** What was read, and last 'end' or the code of what was thrown. */
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

const receive = (world: World, rule?: unknown): Reading => follow(world.dispatch(socketReceive(rule as 'type')))
const say = (world: World, ...messages: unknown[]): void => {
  for (const message of messages) world.hearJson(message)
}

describe('D7 receive waits for the connection, then yields in order', () => {
  it('before anything was asked for', async () => {
    const world = createWorld()
    const { read } = receive(world)
    await passTime(100)
    expect(read).toEqual([])
    void world.dispatch(socketConnect())
    await passTime(1)
    say(world, 1, 2, 3)
    await passTime()
    expect(read).toEqual([1, 2, 3])
  })

  it('while it is dialled', async () => {
    const world = createWorld({}, { mode: 'manual' })
    void world.dispatch(socketConnect())
    await passTime(1)
    const { read } = receive(world)
    world.network.last.accept()
    say(world, 1)
    await passTime()
    expect(read).toEqual([1])
  })

  it('through dials that fail and are tried again', async () => {
    const world = createWorld(soon, { mode: 'refuse' })
    void world.dispatch(socketConnect())
    const { read } = receive(world)
    await passTime(35)
    expect(world.network.sockets.length).toBeGreaterThan(2)
    expect(read).toEqual([])
    world.network.mode = 'accept'
    await passTime(20)
    say(world, 1)
    await passTime()
    expect(read).toEqual([1])
  })

  it('through handshakes that fail and are tried again', async () => {
    let count = 0
    const world = createWorld({
      ...soon,
      handshake: () => {
        if (++count < 3) throw new Error('busy')
      },
    })
    void world.dispatch(socketConnect())
    const { read } = receive(world)
    await passTime(50)
    say(world, 1)
    await passTime()
    expect(read).toEqual([1])
  })

  it('when it is begun between two attempts', async () => {
    const world = await openWorld(soon)
    world.network.last.drop()
    const { read } = receive(world)
    await passTime(20)
    say(world, 1)
    await passTime()
    expect(read).toEqual([1])
  })

  it('and yields nothing twice, and nothing of before', async () => {
    const world = await openWorld()
    say(world, 1)
    const { read } = receive(world)
    say(world, 2)
    await passTime()
    say(world, 3)
    await passTime()
    expect(read).toEqual([2, 3])
  })

  it('also what came between the dispatch and the first next()', async () => {
    const world = await openWorld()
    const iterator = world.dispatch(socketReceive())
    say(world, 1, 2)
    await passTime(1_000)
    const { read } = follow(iterator)
    await passTime()
    expect(read).toEqual([1, 2])
  })

  it('only what its rule names', async () => {
    const world = await openWorld()
    const { read } = receive(world, posted)
    say(world, 1, posted(1), { type: 'other' }, posted(2))
    await passTime()
    expect(read).toEqual([posted(1), posted(2)])
  })

  it('values as they were decoded', async () => {
    const value = new Map([[1, new Uint8Array([1])]])
    const codec: Codec = { encode: () => '', decode: () => value }
    const world = await openWorld({ codec })
    const { read } = receive(world)
    world.hear('x')
    await passTime()
    expect(read[0]).toBe(value)
  })

  it('for several next() at once, in their order', async () => {
    const world = await openWorld()
    const iterator = world.dispatch(socketReceive())
    const asked = Promise.all([iterator.next(), iterator.next()])
    say(world, 1, 2)
    expect((await asked).map(({ value }) => value as unknown)).toEqual([1, 2])
  })

  it('for two who read side by side', async () => {
    const world = await openWorld()
    const [one, other] = [receive(world), receive(world)]
    say(world, 1)
    await passTime()
    void one.iterator.return!()
    say(world, 2)
    await passTime()
    expect([one.read, other.read]).toEqual([
      [1, 'end'],
      [1, 2],
    ])
  })

  it('opens a lazy connection, also one that sleeps', async () => {
    const world = createWorld({ lazy: true, idleTimeout: 1_000 })
    const { read } = receive(world)
    await passTime(1)
    say(world, 1)
    await passTime(2_000)
    expect(read).toEqual([1, 'end'])
    const again = receive(world)
    await passTime(1)
    say(world, 2)
    await passTime()
    expect(again.read).toEqual([2])
  })
})

describe('D7 receive ends', () => {
  it.each<[how: string, end: (world: World) => void]>([
    ['with a close of the app', (world) => void world.dispatch(socketClose())],
    ['with a close of the app with a code of its own', (world) => void world.dispatch(socketClose(4000, 'bye'))],
    ['with a close of the server by 1000', (world) => world.network.last.serverClose(1000)],
    ['with dispose', (world) => world.socket.dispose()],
  ])('%s, after what came before', async (_how, end) => {
    const world = await openWorld()
    const iterator = world.dispatch(socketReceive())
    say(world, 1)
    end(world)
    await passTime(10)
    const { read } = follow(iterator)
    await passTime()
    expect(read).toEqual([1, 'end'])
  })

  it.each<[phase: string, network: 'refuse' | 'manual', end: (world: World) => void]>([
    ['dialled', 'manual', (world) => void world.dispatch(socketClose())],
    ['waiting for the next attempt', 'refuse', (world) => void world.dispatch(socketClose())],
    ['dialled', 'manual', (world) => world.socket.dispose()],
    ['waiting for the next attempt', 'refuse', (world) => world.socket.dispose()],
  ])('when the connection is closed while it is %s', async (_phase, mode, end) => {
    const world = createWorld({ reconnect: { backoff: () => 1_000 } }, { mode })
    void world.dispatch(socketConnect())
    const { read } = receive(world)
    await passTime(10)
    end(world)
    await passTime(10)
    expect(read).toEqual(['end'])
  })

  it('when the app closes what was never connected', async () => {
    const world = createWorld()
    const { read } = receive(world)
    void world.dispatch(socketClose())
    await passTime(10)
    expect(read).toEqual(['end'])
  })

  it('when a middleware that never connected is disposed', async () => {
    const world = createWorld()
    const { read } = receive(world)
    world.socket.dispose()
    await passTime()
    expect(read).toEqual(['end'])
  })

  it.each(['closed', 'closing'])('at once when it is begun on a connection that is %s', async (phase) => {
    const world = await openWorld({}, { halfOpen: phase === 'closing' })
    void world.dispatch(socketClose())
    await passTime(1)
    expect(world.state().status).toBe(phase)
    const { read } = receive(world)
    await passTime()
    expect(read).toEqual(['end'])
  })

  it('by break: nothing is listening any more', async () => {
    const world = await openWorld()
    let asked = 0
    const iterator = world.dispatch(
      socketReceive(() => {
        asked++
        return true
      }),
    )
    say(world, 1)
    // oxlint-disable-next-line no-unreachable-loop -- a break is what is tried
    for await (const message of iterator) {
      expect(message).toBe(1)
      break
    }
    say(world, 2)
    expect(asked).toBe(1)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it('by return() while a next() waits', async () => {
    const world = await openWorld()
    const iterator = world.dispatch(socketReceive())
    const next = iterator.next()
    await iterator.return!()
    expect(await next).toEqual({ done: true, value: undefined })
  })

  it('and another iteration of it is at its end as well', async () => {
    const world = await openWorld()
    const { iterator, read } = receive(world)
    void world.dispatch(socketClose())
    await passTime(1)
    expect(read).toEqual(['end'])
    const again = follow(iterator)
    await passTime()
    expect(again.read).toEqual(['end'])
  })
})

describe('D7 receive throws', () => {
  it('connection_lost when the socket is lost, after what came before', async () => {
    const world = await openWorld(soon)
    const { read } = receive(world)
    say(world, 1)
    world.network.last.drop()
    await passTime(100)
    say(world, 2)
    await passTime()
    expect(read).toEqual([1, 'connection_lost'])
  })

  it('connection_lost also where it had waited for that socket', async () => {
    const world = createWorld(soon)
    const { read } = receive(world)
    void world.dispatch(socketConnect())
    await passTime(1)
    world.network.last.drop()
    await passTime()
    expect(read).toEqual(['connection_lost'])
  })

  it.each<[how: string, replace: (world: World) => void]>([
    ['another address', (world) => void world.dispatch(socketConnect({ url: 'ws://b.example' }))],
    ['other params', (world) => void world.dispatch(socketConnect({ params: { a: 1 } }))],
    ['socketReconnect', (world) => void world.dispatch(socketReconnect())],
  ])('connection_replaced by %s', async (_how, replace) => {
    const world = await openWorld()
    const { read } = receive(world)
    say(world, 1)
    replace(world)
    await passTime(1)
    expect(read).toEqual([1, 'connection_replaced'])
  })

  it('connection_replaced also while the replaced one was still being dialled', async () => {
    const world = createWorld({}, { mode: 'manual' })
    void world.dispatch(socketConnect())
    const { read } = receive(world)
    await passTime(1)
    void world.dispatch(socketConnect({ url: 'ws://b.example' }))
    await passTime(1)
    expect(read).toEqual(['connection_replaced'])
  })

  it.each<[code: string, options: StoreOptions, happen: (world: World) => void]>([
    ['stopped', {}, (world) => world.network.last.serverClose(1008, 'banned')],
    ['retries_exhausted', { reconnect: false }, (world) => world.network.last.drop()],
  ])('%s when the connection fails', async (code, options, happen) => {
    const world = await openWorld(options)
    const { read } = receive(world)
    say(world, 1)
    happen(world)
    await passTime(1)
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
    const world = createWorld(options, { mode: 'refuse' })
    void world.dispatch(socketConnect())
    const { read } = receive(world)
    await passTime(100)
    expect(read).toEqual([code])
  })

  it('connection_lost at once when the connection has failed before', async () => {
    const world = await openWorld()
    world.network.last.serverClose(1008)
    await passTime(1)
    expect(world.state().status).toBe('failed')
    const { read } = receive(world)
    await passTime()
    expect(read).toEqual(['connection_lost'])
  })

  it('receive_overflow at a slow reader, after what was buffered', async () => {
    const world = await openWorld()
    const iterator = world.dispatch(socketReceive(undefined, { maxBuffered: 2 }))
    say(world, 1, 2, 3, 4)
    const { read } = follow(iterator)
    await passTime()
    expect(read).toEqual([1, 2, 'receive_overflow'])
  })

  it('receive_overflow at the 1001st message when nothing else is said', async () => {
    const world = await openWorld()
    const iterator = world.dispatch(socketReceive())
    say(world, ...Array.from({ length: 1_001 }, (_, index) => index))
    const { read } = follow(iterator)
    await passTime()
    expect(read).toHaveLength(1_001)
    expect(read.at(-1)).toBe('receive_overflow')
  })

  it('at nobody when nobody reads: it is over, and that is all', async () => {
    const world = await openWorld(soon)
    const iterator = world.dispatch(socketReceive())
    world.network.last.drop()
    await passTime(100)
    await iterator.return!()
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  it.each<[what: string, maxBuffered: unknown]>([
    ['less than nothing', -1],
    ['no number', Number.NaN],
    ['a text', '10'],
    ['null', null],
  ])('invalid_option for a bound that is %s, at the dispatch', async (_what, maxBuffered) => {
    const world = await openWorld()
    expect(() => world.dispatch(socketReceive(undefined, { maxBuffered: maxBuffered as number }))).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    )
  })

  it.each([null, 7, {}, ['a']])('invalid_option for the rule %j, at the dispatch', async (rule) => {
    const world = await openWorld()
    expect(() => world.dispatch(socketReceive(rule as never))).toThrow(
      expect.objectContaining({ code: 'invalid_option' }),
    )
  })
})

describe('receive and everything else', () => {
  it('a rule that throws is a socketError, and the reading goes on', async () => {
    const world = await openWorld()
    const { read } = receive(world, (message: unknown) => {
      if (message === 'bad') throw new Error('no')
      return true
    })
    say(world, 'bad', 'good')
    await passTime()
    expect(read).toEqual(['good'])
    expect(world.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['callback_failed'])
  })

  it('a reader has the same message as a listener, once the store has it', async () => {
    const world = await openWorld()
    const heard: unknown[] = []
    world.dispatch(
      socketListen(
        () => true,
        (message) => heard.push(message),
      ),
    )
    const { read } = receive(world)
    say(world, 1, 2)
    await passTime()
    expect([heard, read]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  it('no reducer sees the command: it is no plain data', async () => {
    const world = await openWorld()
    receive(world, () => true)
    expect(world.news()).toEqual([])
  })

  it('is begun with a connect in one go from inside an event, and waits for it', async () => {
    const world = await openWorld()
    let again: Reading | undefined
    const stop = world.store.subscribe(() => {
      if (world.recorder.all.at(-1)?.type !== socketClosed.type || again) return
      void world.dispatch(socketConnect())
      again = receive(world)
    })
    void world.dispatch(socketClose())
    await passTime(10)
    stop()
    expect(world.state().status).toBe('open')
    say(world, 1)
    await passTime()
    expect(again?.read).toEqual([1])
  })

  it('is begun with a connect in one go outside of events, and waits for it', async () => {
    const world = await openWorld()
    void world.dispatch(socketClose())
    await passTime(10)
    void world.dispatch(socketConnect())
    const { read } = receive(world)
    await passTime(10)
    say(world, 1)
    await passTime()
    expect(read).toEqual([1])
  })
})

it('whatever the server says and however it is read: everything once, in order', async () => {
  const step = fc.constantFrom<'say' | 'read' | 'breathe'>('say', 'read', 'breathe')
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.constantFrom('close', 'drop'), async (steps, ending) => {
      const world = await openWorld(soon)
      const iterator = world.dispatch(socketReceive())
      const answers: Promise<unknown>[] = []
      let said = 0
      const ask = (): Promise<unknown> =>
        iterator.next().then(
          ({ done, value }) => (done ? 'end' : value),
          (error: unknown) => (error as { code: string }).code,
        )
      for (const next of steps) {
        if (next === 'say') say(world, said++)
        else if (next === 'read') answers.push(ask())
        else await passTime() // oxlint-disable-line no-await-in-loop
      }
      if (ending === 'close') world.network.last.serverClose(1000)
      else world.network.last.drop()
      // To the end, whatever is left.
      for (let left = 0; left <= said; left++) answers.push(ask())
      const read = await Promise.all(answers)
      world.socket.dispose()
      const messages = Array.from({ length: said }, (_, index) => index)
      const rest = read.slice(said)
      expect(read.slice(0, said)).toEqual(messages)
      expect(rest[0]).toBe(ending === 'close' ? 'end' : 'connection_lost')
      expect(new Set(rest.slice(1))).toEqual(rest.length > 1 ? new Set(['end']) : new Set())
    }),
    { numRuns: 60 },
  )
})
