import { describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { socketClosed, socketDropped, socketMessage, socketOpened } from '../../src/index.js'
import { buildStore, type StoreOptions } from '../support/buildStore.js'
import { useFakeTime } from '../support/fakeTime.js'
import type { FakeServerOptions } from '../../src/testing/index.js'
import { createHeldServer } from '../support/heldServer.js'
import { takePrinted } from '../support/leaks.js'
import { command, network, options, settle, step, take, type Run, type Step } from './modelSteps.js'

// Random commands and faults in random order; after each step, and at the end, what must always hold.

/** Checks what holds after every step. */
const checkNow = ({ store, net }: Run): void => {
  expect(net.mostLive).toBeLessThanOrEqual(1)
  const { status } = store.state()
  if (status === 'idle' || status === 'closed' || status === 'failed' || status === 'reconnecting') {
    expect({ status, live: net.live }).toEqual({ status, live: 0 })
  }
  // Open, or about to learn that the server has closed.
  if (status === 'open') expect([1, 2]).toContain(net.last.socket.readyState)
}

const countOf = (list: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const item of list) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}

/** Checks what holds at the end. */
const checkSends = ({ store, net, sends }: Run, steps: readonly Step[]): void => {
  const order = net.connections.flatMap(({ receivedRaw: sent }) =>
    sent.map((frame) => JSON.parse(frame as string) as string),
  )
  const numbers = order.map((id) => Number(id.slice(1)))
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  const arrived = countOf(order)
  // A message that was passed to a frozen socket is neither at the server nor dropped: nobody can know.
  const isKnown = !steps.some((given) => given.do === 'freeze')
  // What is indeterminate was sent, and may have arrived.
  const drops = store.recorder.of(socketDropped).filter(({ payload }) => payload.reason !== 'indeterminate')
  const dropped = countOf(drops.flatMap(({ payload }) => [...payload.ids]))
  for (const [id, delivery] of sends) {
    const fate = { id, delivery, arrived: arrived.get(id) ?? 0, dropped: dropped.get(id) ?? 0 }
    if (delivery === 'sent') expect(fate).toMatchObject({ dropped: 0 })
    if (delivery === 'dropped') expect(fate).toMatchObject({ arrived: 0, dropped: 1 })
    const fates = fate.arrived + fate.dropped
    expect({ ...fate, isFair: isKnown ? fates === 1 : fates <= 1 }).toEqual({ ...fate, isFair: true })
  }
}

const checkEvents = ({ store }: Run): void => {
  const opened = store.recorder.count(socketOpened)
  const closed = store.recorder.count(socketClosed)
  expect(opened).toBeLessThanOrEqual(closed + 1)
  // There is no message between a close and the next open.
  let isOpen = false
  for (const action of store.recorder.all) {
    if (socketOpened.match(action)) isOpen = true
    if (socketClosed.match(action)) isOpen = false
    if (socketMessage.match(action)) expect(isOpen).toBe(true)
  }
}

const play = async (given: FakeServerOptions, storeOptions: StoreOptions, steps: readonly Step[]): Promise<void> => {
  const net = createHeldServer(given)
  const store = buildStore({ url: 'ws://a.example', WebSocket: net.WebSocket, ...storeOptions })
  const run: Run = { store, net, sends: new Map(), outcomes: [], lastCommand: 'none', inside: new Set() }
  try {
    for (const each of steps) {
      // oxlint-disable-next-line no-await-in-loop
      await take(run, each)
      checkNow(run)
    }
    for (const stop of run.inside) stop()
    // All faults end, and every attempt is accepted. The last command decides.
    net.mode = 'accept'
    for (const peer of net.connections) {
      peer.refuse()
      peer.finishClose()
    }
    await settle(5_000)
    checkNow(run)
    expect(run.outcomes).not.toContain(null)
    if (run.lastCommand === 'close') expect(store.state().status).toBe('closed')
    if (run.lastCommand === 'connect') expect(['open', 'closed', 'failed']).toContain(store.state().status)
    command(run, 'connect')
    await settle(5_000)
    expect([store.state().status, net.live]).toEqual(['open', 1])
    checkSends(run, steps)
    checkEvents(run)
    command(run, 'close')
    await settle(5_000)
    expect([store.state().status, net.live, run.outcomes.includes(null)]).toEqual(['closed', 0, false])
    expect(takePrinted()).toEqual([])
  } finally {
    store.socket.dispose()
    await settle(5_000)
  }
  expect({ live: net.live, timers: jest.getTimerCount() }).toEqual({ live: 0, timers: 0 })
}

useFakeTime()

describe('any sequence of commands and faults', () => {
  it('leaves one live socket at most, the result of the last command, and one end for every send', async () => {
    const property = fc.assert(
      fc.asyncProperty(network, options, fc.array(step, { maxLength: 25 }), async (given, storeOptions, steps) => {
        jest.clearAllTimers()
        await play(given, storeOptions, steps)
      }),
      { numRuns: 300, ...(process.env['SEED'] !== undefined && { seed: Number(process.env['SEED']) }) },
    )
    await expect(property).resolves.toBeUndefined()
  }, 60_000)
})
