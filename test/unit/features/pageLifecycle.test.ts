import { beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPage, type Page } from '../../support/page.js'
import { type ConnectionOptions, setupConnection } from '../../support/setupConnection.js'
import { setupStore } from '../../support/setupStore.js'

const minute = 60_000
const hour = 60 * minute

useFakeTime()

const draw = (random: number) => jest.spyOn(Math, 'random').mockReturnValue(random)

beforeEach(() => {
  draw(0.5)
})

const events = { online: 1, offline: 1, pagehide: 1, pageshow: 1, visibilitychange: 1 }

const wakes: [string, (page: Page) => void][] = [
  ['online', (page) => page.setOnline(true)],
  ['pageshow from the back-forward cache', (page) => page.fire('pageshow', { persisted: true })],
  ['visible again', (page) => page.setVisible(true)],
]

/** Waits for a retry that is a minute away. */
const waiting = async (options: ConnectionOptions = {}) => {
  const page = createPage()
  const connection = setupConnection({ network: { mode: 'refuse' }, reconnect: { backoff: () => minute }, ...options })
  const attemptTimes: number[] = []
  const since = Date.now()
  connection.network.onAttempt = () => attemptTimes.push(Date.now() - since)
  connection.connect()
  await advanceTime(1)
  expect(connection.phase()).toBe('reconnecting')
  return { page, connection, attemptTimes }
}

describe('a connection that waits for its next attempt', () => {
  it.each(wakes)('starts it soon when the page is %s', async (_how, wake) => {
    const { page, connection, attemptTimes } = await waiting()
    connection.network.mode = 'accept'
    wake(page)
    await advanceTime(300)
    expect(connection.phase()).toBe('open')
    // The jitter is a quarter of a second at most; this random number makes it half of that.
    expect(attemptTimes).toEqual([0, 1 + 125])
  })

  it.each([
    ['a page that is hidden', (page: Page) => page.setVisible(false)],
    ['a pageshow of a page that was just loaded', (page: Page) => page.fire('pageshow', { persisted: false })],
    ['a pagehide of a page that is left for good', (page: Page) => page.fire('pagehide', { persisted: false })],
  ])('is not moved by %s', async (_what, happens) => {
    const { page, connection, attemptTimes } = await waiting()
    happens(page)
    await advanceTime(minute - 2)
    expect(attemptTimes).toEqual([0])
    await advanceTime(1)
    expect(attemptTimes).toHaveLength(2)
    expect(connection.eventsOf('changed')).toEqual([])
  })

  it('reports the new time of the attempt', async () => {
    const { page, connection } = await waiting()
    await advanceTime(1_000)
    page.setVisible(true)
    await advanceTime(20)
    expect(connection.eventsOf('changed').at(-1)).toEqual({ type: 'changed', retryAt: Date.now() - 20 + 125 })
  })

  it('keeps the count of its retries', async () => {
    const { page, connection } = await waiting()
    for (let n = 0; n < 3; n++) {
      page.setVisible(true)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(2_000)
    }
    expect(connection.eventsOf('connecting').map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3])
  })

  it('starts an early attempt at most once a second', async () => {
    const { page, attemptTimes } = await waiting()
    for (let n = 0; n < 1_000; n++) {
      page.setVisible(true)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(10)
    }
    const gaps = attemptTimes.slice(1).map((time, index) => time - (attemptTimes[index] ?? 0))
    expect(attemptTimes.length).toBeGreaterThan(5)
    expect(Math.min(...gaps.slice(1))).toBeGreaterThanOrEqual(1_000)
  })

  it('does not start it later because the page wakes up', async () => {
    const { page, attemptTimes } = await waiting({ reconnect: { backoff: () => 50 } })
    page.setVisible(true)
    await advanceTime(51)
    expect(attemptTimes[1]).toBeLessThanOrEqual(51)
  })

  it('spreads the pages of one network over a quarter of a second', async () => {
    const delays: number[] = []
    for (const random of [0, 0.25, 0.999]) {
      draw(random)
      // oxlint-disable-next-line no-await-in-loop
      const { page, connection, attemptTimes } = await waiting()
      page.setOnline(true)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(300)
      delays.push((attemptTimes[1] ?? Infinity) - 1)
      connection.dispose()
      page.remove()
    }
    expect(delays).toEqual([0, expect.closeTo(62, -1), expect.closeTo(250, -1)])
  })

  it('starts it when the clock has jumped past its time', async () => {
    const { connection, attemptTimes } = await waiting()
    connection.network.mode = 'accept'
    await advanceTime(1_000)
    jest.setSystemTime(Date.now() + hour)
    await advanceTime(5_000)
    expect(connection.phase()).toBe('open')
    expect(attemptTimes).toHaveLength(2)
  })

  it('does not interrupt an attempt that is under way', async () => {
    const { page, connection, attemptTimes } = await waiting()
    connection.network.mode = 'hold'
    page.setVisible(true)
    await advanceTime(2_000)
    expect(connection.phase()).toBe('connecting')
    for (const [, wake] of wakes) wake(page)
    await advanceTime(5_000)
    expect(attemptTimes).toHaveLength(2)
  })
})

describe('a hundred changes in a second', () => {
  it.each<[string, (page: Page, n: number) => void]>([
    ['online and offline', (page, n) => page.setOnline(n % 2 === 1)],
    ['visible and hidden', (page, n) => page.setVisible(n % 2 === 1)],
    ['into the cache and back', (page, n) => page.fire(n % 2 ? 'pageshow' : 'pagehide', { persisted: true })],
  ])(
    'of %s lead to one live socket at most, few attempts, and an open connection in the end',
    async (_what, toggle) => {
      const page = createPage()
      const connection = setupConnection({
        network: { mode: 'accept' },
        heartbeat: { interval: 30_000, timeout: 5_000 },
      })
      connection.network.onAttempt = (peer) => {
        peer.onReceived = (frame) => {
          if (frame === 'ping') setTimeout(() => peer.sendRaw('pong'), 1)
        }
      }
      await connection.open()
      for (let n = 0; n < 100; n++) {
        toggle(page, n)
        // oxlint-disable-next-line no-await-in-loop
        await advanceTime(10)
      }
      expect(connection.network.connections.length).toBeLessThanOrEqual(3)
      expect(connection.network.mostLive).toBe(1)
      expect(page.listeners()).toEqual(events)
      await advanceTime(3 * minute)
      expect(connection.phase()).toBe('open')
    },
  )
})

describe('an open connection', () => {
  it.each(wakes)('asks its peer at once when the page is %s', async (_how, wake) => {
    const page = createPage()
    const connection = setupConnection({ heartbeat: { interval: hour, timeout: 5_000 } })
    await connection.open()
    connection.network.last.sendRaw('pong')
    await advanceTime(minute)
    expect(connection.network.last.receivedRaw).toEqual(['ping'])
    wake(page)
    expect(connection.network.last.receivedRaw).toEqual(['ping', 'ping'])
    // One question at a time.
    wake(page)
    expect(connection.network.last.receivedRaw).toHaveLength(2)
    await advanceTime(5_000)
    expect(connection.eventsOf('error')).toEqual([expect.objectContaining({ code: 'heartbeat_missed' })])
  })

  it.each(wakes)('asks nothing without a heartbeat (%s)', async (_how, wake) => {
    const page = createPage()
    const connection = setupConnection()
    await connection.open()
    wake(page)
    await advanceTime(minute)
    expect(connection.network.last.receivedRaw).toEqual([])
    expect(connection.phase()).toBe('open')
    expect(connection.takeTypes()).toEqual([])
  })

  it('stays when the device reports that it is offline, which may be wrong', async () => {
    const page = createPage()
    const connection = setupConnection()
    await connection.open()
    page.setOnline(false)
    await advanceTime(minute)
    expect(connection.phase()).toBe('open')
  })
})

describe('a device that is offline', () => {
  it('starts no attempt, and starts one when it is online again', async () => {
    const { page, connection, attemptTimes } = await waiting()
    page.setOnline(false)
    await advanceTime(hour)
    expect(attemptTimes).toEqual([0])
    expect(jest.getTimerCount()).toBe(0)
    connection.network.mode = 'accept'
    page.setOnline(true)
    await advanceTime(300)
    expect(connection.phase()).toBe('open')
  })

  it('has no time for the next attempt', async () => {
    const { page, connection } = await waiting()
    page.setOnline(false)
    await advanceTime(20)
    expect(connection.eventsOf('changed').at(-1)).toEqual({ type: 'changed', retryAt: null })
  })

  it('has none at once when the connection is lost meanwhile', async () => {
    const page = createPage()
    const connection = setupConnection()
    await connection.open()
    page.setOnline(false)
    connection.network.last.cut()
    await advanceTime(hour)
    expect(connection.eventsOf('reconnecting')).toEqual([expect.objectContaining({ retryAt: null })])
    expect(connection.network.connections).toHaveLength(1)
    connection.network.mode = 'accept'
    page.setOnline(true)
    await advanceTime(300)
    expect(connection.phase()).toBe('open')
  })

  it('starts no attempt after a missed heartbeat either', async () => {
    const page = createPage()
    const connection = setupConnection({ heartbeat: { interval: 10_000, timeout: 5_000 } })
    await connection.open()
    connection.network.last.sendRaw('pong')
    page.setOnline(false)
    connection.network.last.freeze()
    await advanceTime(minute)
    expect(connection.phase()).toBe('reconnecting')
    expect(connection.network.connections).toHaveLength(1)
  })

  it.each(['connect', 'reconnect'] as const)('starts an attempt for a command: %s', async (command) => {
    const { page, connection, attemptTimes } = await waiting()
    page.setOnline(false)
    connection[command]()
    await advanceTime(1)
    expect(attemptTimes).toHaveLength(2)
    // The next one waits again when that fails.
    await advanceTime(hour)
    expect(attemptTimes).toHaveLength(2)
  })

  it('starts the first attempt too, because the command may know better', async () => {
    createPage({ online: false })
    const connection = setupConnection({ network: { mode: 'accept' } })
    const connecting = connection.connect()
    await advanceTime(1)
    expect(connecting.outcome).toBe('open')
  })

  it('is seen in the store', async () => {
    const page = createPage()
    const network = createHeldServer({ mode: 'refuse' })
    const { connect } = createSocketActions()
    const store = setupStore({
      url: 'ws://server.test/ws',
      WebSocket: network.WebSocket,
      reconnect: { backoff: () => minute },
    })
    void store.dispatch(connect())
    await advanceTime(20)
    expect(store.state()).toMatchObject({ status: 'reconnecting', retryAt: 1_000_000 + minute })
    page.setOnline(false)
    await advanceTime(20)
    expect(store.state()).toMatchObject({ status: 'reconnecting', retryAt: null })
    page.setOnline(true)
    await advanceTime(20)
    expect(store.state().retryAt).toBeGreaterThan(Date.now())
    network.mode = 'accept'
    await advanceTime(300)
    expect(store.state()).toMatchObject({ status: 'open', retryAt: null })
  })
})

describe('a page in the back-forward cache', () => {
  it('has no socket, and gets one again when it is shown', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    page.fire('pagehide', { persisted: true })
    expect(connection.network.live).toBe(0)
    expect(connection.phase()).toBe('reconnecting')
    // In 16 ms the page is frozen.
    expect(connection.takeTypes()).toEqual(['closed', 'reconnecting', 'changed'])
    expect(connection.eventsOf('closed')).toEqual([expect.objectContaining({ code: null, cause: 'abandoned' })])
    await advanceTime(20)
    const { retryAt } = { ...connection.eventsOf('reconnecting').at(-1), ...connection.eventsOf('changed').at(-1) }
    expect(retryAt).toBeNull()
    await advanceTime(hour)
    expect(connection.network.connections).toHaveLength(1)
    page.fire('pageshow', { persisted: true })
    await advanceTime(300)
    expect(connection.phase()).toBe('open')
    expect(connection.eventsOf('opened').map(({ reconnected }) => reconnected)).toEqual([false, true])
  })

  it('keeps what is sent meanwhile', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    page.fire('pagehide', { persisted: true })
    expect(connection.send('a').delivery).toBe('queued')
    page.fire('pageshow', { persisted: true })
    await advanceTime(300)
    expect(connection.network.last.receivedRaw).toEqual(['a'])
  })

  it.each(['preparing', 'connecting', 'reconnecting'])('starts no attempt either (%s)', async (phase) => {
    const page = createPage()
    const url =
      phase === 'preparing' ? async () => await new Promise<string>(() => {}) : ('ws://server.test/ws' as const)
    const connection = setupConnection({
      network: { mode: phase === 'reconnecting' ? 'refuse' : 'hold' },
      address: { url },
    })
    connection.connect()
    await advanceTime(1)
    const { length } = connection.network.connections
    page.fire('pagehide', { persisted: true })
    await advanceTime(hour)
    expect(connection.network.connections).toHaveLength(length)
    expect(connection.network.live).toBe(0)
    expect(connection.phase()).toBe('reconnecting')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('does not open again after a close that was under way', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept', halfOpen: true } })
    await connection.open()
    const closing = connection.close()
    page.fire('pagehide', { persisted: true })
    page.fire('pageshow', { persisted: true })
    await advanceTime(hour)
    expect(closing.outcome).toBe('closed')
    expect(connection.phase()).toBe('closed')
    expect(connection.network.connections).toHaveLength(1)
  })
})

describe('the listeners on the page', () => {
  it('are added once each while the connection is active', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept' } })
    expect(page.added()).toBe(0)
    await connection.open()
    expect(page.listeners()).toEqual(events)
    for (let n = 0; n < 5; n++) {
      connection.reconnect()
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(1)
      connection.network.last.cut()
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(1_000)
      connection.connect({ params: { n } })
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(1)
    }
    expect(connection.phase()).toBe('open')
    expect(page.listeners()).toEqual(events)
  })

  it.each<[string, (connection: ReturnType<typeof setupConnection>) => void]>([
    ['a close', (connection) => connection.close()],
    ['a close by the server', (connection) => connection.network.last.close(1000)],
    ['a failure', (connection) => connection.network.last.close(4403)],
    ['dispose', (connection) => connection.dispose()],
    ['an idle close', () => {}],
  ])('are removed after %s', async (how, end) => {
    const page = createPage()
    const connection = setupConnection({
      network: { mode: 'accept' },
      idleTimeout: how === 'an idle close' ? 1_000 : 0,
    })
    await connection.open()
    expect(page.count()).toBe(5)
    end(connection)
    await advanceTime(1_010)
    expect(connection.phase()).toMatch(/closed|failed/)
    expect(page.count()).toBe(0)
    page.setOnline(true)
    page.setVisible(true)
    page.fire('pageshow', { persisted: true })
    await advanceTime(hour)
    expect(connection.network.connections).toHaveLength(1)
  })

  it('are removed when the first attempt fails for good', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'refuse' }, reconnect: { maxRetries: 0 } })
    connection.connect()
    await advanceTime(1)
    expect(connection.phase()).toBe('failed')
    expect(page.count()).toBe(0)
  })

  it('change nothing when they are called afterwards', async () => {
    const page = createPage()
    const received: ((event: { persisted: boolean }) => void)[] = []
    const globals = globalThis as unknown as {
      addEventListener: (type: string, listener: (event: { persisted: boolean }) => void) => void
    }
    const { addEventListener } = globals
    globals.addEventListener = (type, listener) => {
      received.push(listener)
      addEventListener(type, listener)
    }
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    connection.dispose()
    for (const listener of received) expect(() => listener({ persisted: true })).not.toThrow()
    await advanceTime(hour)
    expect(connection.network.connections).toHaveLength(1)
    expect(page.count()).toBe(0)
  })
})

describe('a runtime without a page', () => {
  it('has no listeners, and everything else works: Node', async () => {
    expect('addEventListener' in globalThis).toBe(false)
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    connection.network.last.cut()
    await advanceTime(1_000)
    expect(connection.phase()).toBe('open')
  })
})
