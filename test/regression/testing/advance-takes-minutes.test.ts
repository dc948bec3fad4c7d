import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { socketConnect, type SocketMiddlewareOptions } from '../../../src/index.js'
import { createFakeServer, expectAllClosed, manualClock, type ManualClock } from '../../../src/testing/index.js'
import { createChat } from '../../unit/testing/chatStore.js'

// A timer of the platform takes 1 ms in Node and 4 ms in a page, so what counts here is how many a step of the clock waits for, and how many timers of the
// library it runs before its error.

const START = 1_000_000
const HOUR = 3_600_000
const heartbeat = { interval: 25_000, timeout: 5_000 }

const chats: ReturnType<typeof createChat>[] = []

afterEach(() => {
  for (const { dispose } of chats.splice(0)) dispose()
  expectAllClosed()
  jest.useRealTimers()
  jest.restoreAllMocks()
})

const openChat = async (clock: ManualClock, options: SocketMiddlewareOptions = {}) => {
  const server = createFakeServer()
  server.reply('ping', () => 'pong')
  const chat = createChat({ WebSocket: server.WebSocket, ...options })
  chats.push(chat)
  void chat.store.dispatch(socketConnect())
  await clock.advance(0)
  return { server, ...chat }
}

const messageOf = async (step: Promise<void>): Promise<string> => {
  const error = await step.catch((reason: unknown) => reason)
  return (error as Error).message
}

describe('a manual clock on real timers', () => {
  it('waits for at most two timers of the platform for each heartbeat of an hour', async () => {
    const clock = manualClock({ now: START })
    const { server } = await openChat(clock, { heartbeat })
    const platform = jest.spyOn(globalThis, 'setTimeout')
    await clock.advance(HOUR)
    const heartbeats = server.received.length
    expect(heartbeats).toBeGreaterThan(100)
    expect(platform.mock.calls.length).toBeLessThan(2 * heartbeats + 20)
    expect(clock.now()).toBe(START + HOUR)
  })

  it('still goes to an attempt that is due in half a day', async () => {
    const clock = manualClock({ now: START })
    const { server } = await openChat(clock, { reconnect: { backoff: () => 12 * HOUR } })
    await server.cut()
    await clock.advance('backoff')
    expect([server.connections.length, clock.now()]).toEqual([2, START + 12 * HOUR])
  })

  it('reconnects in the middle of a step, on a socket of any class', async () => {
    const clock = manualClock({ now: START })
    const attempts: number[] = []
    /** Opens, never answers, and closes when it is told to. */
    class SilentSocket extends EventTarget {
      readyState = 0
      constructor() {
        super()
        attempts.push(clock.now() - START)
        this.#move(1, 'open')
      }
      #move(state: number, type: string) {
        queueMicrotask(() => {
          this.readyState = state
          this.dispatchEvent(Object.assign(new Event(type), { code: 1006, reason: '', wasClean: false }))
        })
      }
      send() {}
      close() {
        this.#move(3, 'close')
      }
    }
    await openChat(clock, {
      WebSocket: SilentSocket as never,
      heartbeat: { interval: 20_000, timeout: 5_000 },
      reconnect: { backoff: () => 1_000 },
    })
    await clock.advance(20_000)
    expect(attempts).toEqual([0, 6_000, 12_000, 18_000])
  })
})

const rows = [
  { name: 'on real timers', install: () => {} },
  { name: 'on the fake timers of jest', install: () => void jest.useFakeTimers({ now: START }) },
]

describe.each(rows)('a manual clock $name', ({ install }) => {
  it('looks for an attempt for at most 500 timers while no connection waits to reconnect', async () => {
    install()
    const clock = manualClock({ now: START })
    const { server } = await openChat(clock, { heartbeat })
    expect(await messageOf(clock.advance('backoff'))).toBe(
      "clock.advance('backoff'): expected a connection that waits to reconnect, got none: 1 timers wait. Heartbeats of an open connection do not count: let the server cut or close it first.",
    )
    expect(server.received.length).toBeLessThan(500)
  })

  it('counts no connection that was disposed of right after it was lost', async () => {
    install()
    const clock = manualClock({ now: START })
    const lost = await openChat(clock)
    await lost.server.cut()
    lost.dispose()
    await clock.advance(0)
    const { server } = await openChat(clock, { heartbeat })
    expect(await messageOf(clock.advance('backoff'))).toContain('got none')
    expect(server.received.length).toBeLessThan(500)
  })

  it('looks for a heartbeat for at most 500 timers', async () => {
    install()
    const clock = manualClock({ now: START })
    const { server } = await openChat(clock, { reconnect: { backoff: () => 60_000 } })
    await server.refuse()
    await server.cut()
    expect(await messageOf(clock.advance('heartbeat'))).toBe(
      "clock.advance('heartbeat'): expected an open connection with a heartbeat, got none: 1 timers wait. Set the option heartbeat, and open a connection first.",
    )
    expect(clock.now() - START).toBeLessThan(2 * HOUR)
  })

  it('says that a connection waits to reconnect, but for no timer', async () => {
    install()
    const clock = manualClock({ now: START })
    const { server } = await openChat(clock, { reconnect: { backoff: () => Infinity } })
    await server.cut()
    expect(await messageOf(clock.advance('backoff'))).toContain(
      'got one that waits for more than a day, or not for a timer: 0 timers wait.',
    )
  })

  it('goes to the attempt of a connection whose server has stopped to answer', async () => {
    install()
    const clock = manualClock({ now: START })
    const { server } = await openChat(clock, { heartbeat })
    await server.freeze()
    await clock.advance('backoff')
    expect(server.connections).toHaveLength(2)
  })
})
