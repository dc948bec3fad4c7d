import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import {
  selectRetryAt,
  selectSocket,
  selectSocketStatus,
  socketConnect,
  socketReconnecting,
  type SocketMiddlewareOptions,
} from '../../../src/index.js'
import {
  createFakeServer,
  expectAllClosed,
  manualClock,
  recordActions,
  type ManualClock,
} from '../../../src/testing/index.js'
import { createChat } from './chatStore.js'

const START = 1_000_000

let chat: ReturnType<typeof createChat> | undefined

afterEach(() => {
  chat?.dispose()
  chat = undefined
  expectAllClosed()
  jest.useRealTimers()
})

const openChat = async (clock: ManualClock, options: SocketMiddlewareOptions = {}) => {
  const server = createFakeServer()
  chat = createChat({ WebSocket: server.WebSocket, reconnect: { random: () => 0.5 }, ...options })
  const { store } = chat
  // The first question is asked at once.
  server.reply('ping', () => 'pong')
  void store.dispatch(socketConnect())
  await clock.advance(0)
  expect(selectSocketStatus(store.getState())).toBe('open')
  return { server, store, recorder: recordActions(store) }
}

const rows = [
  { name: 'on real timers', install: () => {} },
  { name: 'on the fake timers of jest', install: () => void jest.useFakeTimers({ now: START }) },
]

describe.each(rows)('a manual clock $name', ({ install }) => {
  let clock: ManualClock

  beforeEach(() => {
    install()
    clock = manualClock({ now: START })
  })

  it('is the time of the events and of the state', async () => {
    const { server, store } = await openChat(clock)
    expect(selectSocket(store.getState()).openedAt).toBe(START)
    await clock.advance(5_000)
    await server.cut()
    expect(selectSocket(store.getState())).toMatchObject({ lostAt: START + 5_000, status: 'reconnecting' })
    expect(clock.now()).toBe(START + 5_000)
  })

  it('advances to the next attempt, and no farther', async () => {
    const { server, store } = await openChat(clock)
    await server.refuse()
    await server.cut()
    await clock.advance(0)
    const due = selectRetryAt(store.getState()) ?? 0
    expect(due).toBeGreaterThan(START)
    await clock.advance('backoff')
    expect([server.connections.length, clock.now()]).toEqual([2, due])
    await server.hold()
    await clock.advance('backoff')
    expect(server.connections).toHaveLength(3)
  })

  it('advances to the next heartbeat, then to the end of the wait for its answer', async () => {
    const { server, recorder } = await openChat(clock, { heartbeat: { interval: 20_000, timeout: 5_000 } })
    await clock.advance('heartbeat')
    expect(clock.now()).toBe(START + 20_000)
    await server.sendRaw('pong')
    await server.freeze()
    await clock.advance('heartbeat')
    expect(clock.now()).toBe(START + 40_000)
    await clock.advance('heartbeat')
    expect(clock.now()).toBe(START + 45_000)
    expect(recorder.count(socketReconnecting)).toBe(1)
  })

  it('says what it expected where nothing waits to reconnect', async () => {
    await openChat(clock)
    await expect(clock.advance('backoff')).rejects.toThrow(
      "clock.advance('backoff'): expected a connection that waits to reconnect, got none",
    )
  })

  it('has no timer left when the store is disposed of', async () => {
    const { server } = await openChat(clock, { heartbeat: { interval: 20_000, timeout: 5_000 } })
    expect(clock.pending()).toBeGreaterThan(0)
    await server.cut()
    chat?.dispose()
    // Redux Toolkit notifies subscribers of batched actions with a timer of 10 ms.
    await clock.advance(10)
    expect(clock.pending()).toBe(0)
  })
})

describe('a manual clock', () => {
  it('leaves the timers and the date of everything else alone', async () => {
    const real = Date.now()
    const clock = manualClock({ now: START })
    expect(Date.now()).toBeGreaterThanOrEqual(real)
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(clock.now()).toBe(START)
  })

  it('stops no timer of the library until restore, and none runs after it', async () => {
    const clock = manualClock({ now: START })
    const { server, store } = await openChat(clock)
    await server.cut()
    clock.restore()
    expect(selectSocketStatus(store.getState())).toBe('reconnecting')
    expect(server.connections).toHaveLength(1)
  })

  it('is released by expectAllClosed', () => {
    const clock = manualClock({ now: START })
    expectAllClosed()
    expect(clock.pending()).toBe(0)
    expect(selectSocket({ socket: {} }).openedAt).toBeNull()
  })
})
