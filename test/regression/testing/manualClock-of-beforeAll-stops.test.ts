import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import { socketConnect, socketOpened } from '../../../src/index.js'
import {
  createFakeServer,
  expectAllClosed,
  manualClock,
  recordActions,
  type ManualClock,
} from '../../../src/testing/index.js'
import { createChat } from '../../unit/testing/chatStore.js'

// One clock for all tests of a file. Jest runs the automatic check before each test.

let clock: ManualClock
beforeAll(() => void (clock = manualClock({ now: 1_000 })))
afterAll(() => clock.restore())

it.each([1, 2])('a clock of beforeAll moves the store of test %i', async () => {
  const server = createFakeServer()
  const { store, dispose } = createChat({ WebSocket: server.WebSocket })
  const recorder = recordActions(store)
  void store.dispatch(socketConnect())
  await recorder.next(socketOpened)
  await server.cut()
  await clock.advance('backoff')
  expect((await recorder.next(socketOpened)).payload.reconnected).toBe(true)
  dispose()
})

const ends: readonly (readonly [string, () => void])[] = [
  ['restored by expectAllClosed()', () => expectAllClosed()],
  ['restored by clock.restore()', () => clock.restore()],
  ['replaced by another call of manualClock()', () => void manualClock()],
]

it.each(ends)('advance of a clock that was %s throws an error that says so', async (what, end) => {
  clock = manualClock({ now: 1_000 })
  end()
  const advice = `clock.advance: this clock was ${what}. Call manualClock() in each test, before the store connects.`
  for (const step of [5, 'backoff', 'heartbeat'] as const) {
    // oxlint-disable-next-line no-await-in-loop
    await expect(clock.advance(step)).rejects.toThrow(advice)
  }
  expect(clock.now()).toBe(1_000)
})

it('advance throws an error that says that the fake timers were removed', async () => {
  jest.useFakeTimers()
  const ofTimers = manualClock()
  jest.useRealTimers()
  await expect(ofTimers.advance(5)).rejects.toThrow(
    'clock.advance: the fake timers that this clock moves are no longer installed. Call manualClock() in each test',
  )
})
