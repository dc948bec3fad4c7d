import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions } from '../../../src/index.js'
import { createFakeNetwork } from '../../support/fakeWebSocket.js'
import { createTestStore } from '../../support/store.js'
import { createPage, onPages, type Page } from '../page.js'
import { createEngine, onFakeTime, pass, type EngineOptions } from './engine.js'

const minute = 60_000
const hour = 60 * minute

onFakeTime()
onPages()

const events = { online: 1, offline: 1, pagehide: 1, pageshow: 1, visibilitychange: 1 }

const wakes: [string, (page: Page) => void][] = [
  ['online', (page) => page.setOnline(true)],
  ['pageshow from the back-forward cache', (page) => page.fire('pageshow', { persisted: true })],
  ['visible again', (page) => page.setVisible(true)],
]

/** Waits for a retry that is a minute away. */
const waiting = async (options: EngineOptions = {}) => {
  const page = createPage()
  const engine = createEngine({ network: { mode: 'refuse' }, reconnect: { backoff: () => minute }, ...options })
  const dials: number[] = []
  const since = Date.now()
  engine.network.onDial = () => dials.push(Date.now() - since)
  engine.connect()
  await pass(1)
  expect(engine.phase()).toBe('reconnecting')
  return { page, engine, dials }
}

describe('a connection that waits for its next attempt', () => {
  it.each(wakes)('dials soon when the page is %s', async (_how, wake) => {
    const { page, engine, dials } = await waiting()
    engine.network.mode = 'accept'
    wake(page)
    await pass(300)
    expect(engine.phase()).toBe('open')
    // The jitter of at most a quarter of a second, of which this randomness makes the half.
    expect(dials).toEqual([0, 1 + 125])
  })

  it.each([
    ['a page that is hidden', (page: Page) => page.setVisible(false)],
    ['a pageshow of a page that was just loaded', (page: Page) => page.fire('pageshow', { persisted: false })],
    ['a pagehide of a page that is left for good', (page: Page) => page.fire('pagehide', { persisted: false })],
  ])('is not moved by %s', async (_what, happens) => {
    const { page, engine, dials } = await waiting()
    happens(page)
    await pass(minute - 2)
    expect(dials).toEqual([0])
    await pass(1)
    expect(dials).toHaveLength(2)
    expect(engine.of('changed')).toEqual([])
  })

  it('says when it will dial', async () => {
    const { page, engine } = await waiting()
    await pass(1_000)
    page.setVisible(true)
    await pass(20)
    expect(engine.of('changed').at(-1)).toEqual({ type: 'changed', retryAt: Date.now() - 20 + 125 })
  })

  it('keeps the count of its retries', async () => {
    const { page, engine } = await waiting()
    for (let n = 0; n < 3; n++) {
      page.setVisible(true)
      // oxlint-disable-next-line no-await-in-loop
      await pass(2_000)
    }
    expect(engine.of('connecting').map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3])
  })

  it('dials in a hurry at most once a second', async () => {
    const { page, dials } = await waiting()
    for (let n = 0; n < 1_000; n++) {
      page.setVisible(true)
      // oxlint-disable-next-line no-await-in-loop
      await pass(10)
    }
    const gaps = dials.slice(1).map((time, index) => time - (dials[index] ?? 0))
    expect(dials.length).toBeGreaterThan(5)
    expect(Math.min(...gaps.slice(1))).toBeGreaterThanOrEqual(1_000)
  })

  it('does not dial later for being woken', async () => {
    const { page, dials } = await waiting({ reconnect: { backoff: () => 50 } })
    page.setVisible(true)
    await pass(51)
    expect(dials[1]).toBeLessThanOrEqual(51)
  })

  it('spreads the pages of one network over a quarter of a second', async () => {
    const delays: number[] = []
    for (const draw of [0, 0.25, 0.999]) {
      // oxlint-disable-next-line no-await-in-loop
      const { page, engine, dials } = await waiting({ reconnect: { backoff: () => minute, random: () => draw } })
      page.setOnline(true)
      // oxlint-disable-next-line no-await-in-loop
      await pass(300)
      delays.push((dials[1] ?? Infinity) - 1)
      engine.dispose()
      page.remove()
    }
    expect(delays).toEqual([0, expect.closeTo(62, -1), expect.closeTo(250, -1)])
  })

  it('dials when the clock has jumped over the moment', async () => {
    const { engine, dials } = await waiting()
    engine.network.mode = 'accept'
    await pass(1_000)
    jest.setSystemTime(Date.now() + hour)
    await pass(5_000)
    expect(engine.phase()).toBe('open')
    expect(dials).toHaveLength(2)
  })

  it('is not hurried out of a dial that is under way', async () => {
    const { page, engine, dials } = await waiting()
    engine.network.mode = 'manual'
    page.setVisible(true)
    await pass(2_000)
    expect(engine.phase()).toBe('connecting')
    for (const [, wake] of wakes) wake(page)
    await pass(5_000)
    expect(dials).toHaveLength(2)
  })
})

describe('a hundred toggles in a second', () => {
  it.each<[string, (page: Page, n: number) => void]>([
    ['online and offline', (page, n) => page.setOnline(n % 2 === 1)],
    ['visible and hidden', (page, n) => page.setVisible(n % 2 === 1)],
    ['into the cache and back', (page, n) => page.fire(n % 2 ? 'pageshow' : 'pagehide', { persisted: true })],
  ])('%s: at most one socket, few dials, and open in the end', async (_what, toggle) => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' }, heartbeat: { interval: 30_000, timeout: 5_000 } })
    engine.network.onDial = (peer) => {
      peer.onSent = (frame) => {
        if (frame === 'ping') setTimeout(() => peer.receive('pong'), 1)
      }
    }
    await engine.open()
    for (let n = 0; n < 100; n++) {
      toggle(page, n)
      // oxlint-disable-next-line no-await-in-loop
      await pass(10)
    }
    expect(engine.network.sockets.length).toBeLessThanOrEqual(3)
    expect(engine.network.mostLive).toBe(1)
    expect(page.listeners()).toEqual(events)
    await pass(3 * minute)
    expect(engine.phase()).toBe('open')
  })
})

describe('an open connection', () => {
  it.each(wakes)('asks its peer at once when the page is %s', async (_how, wake) => {
    const page = createPage()
    const engine = createEngine({ heartbeat: { interval: hour, timeout: 5_000 } })
    await engine.open()
    engine.network.last.receive('pong')
    await pass(minute)
    expect(engine.network.last.sent).toEqual(['ping'])
    wake(page)
    expect(engine.network.last.sent).toEqual(['ping', 'ping'])
    // One question at a time.
    wake(page)
    expect(engine.network.last.sent).toHaveLength(2)
    await pass(5_000)
    expect(engine.of('error')).toEqual([expect.objectContaining({ code: 'heartbeat_missed' })])
  })

  it.each(wakes)('without a heartbeat has nothing to ask with (%s)', async (_how, wake) => {
    const page = createPage()
    const engine = createEngine()
    await engine.open()
    wake(page)
    await pass(minute)
    expect(engine.network.last.sent).toEqual([])
    expect(engine.phase()).toBe('open')
    expect(engine.types()).toEqual([])
  })

  it('is left alone when the machine says that it is offline: it may be wrong', async () => {
    const page = createPage()
    const engine = createEngine()
    await engine.open()
    page.setOnline(false)
    await pass(minute)
    expect(engine.phase()).toBe('open')
  })
})

describe('a machine that is offline', () => {
  it('does not dial, and goes on when it is back', async () => {
    const { page, engine, dials } = await waiting()
    page.setOnline(false)
    await pass(hour)
    expect(dials).toEqual([0])
    expect(jest.getTimerCount()).toBe(0)
    engine.network.mode = 'accept'
    page.setOnline(true)
    await pass(300)
    expect(engine.phase()).toBe('open')
  })

  it('says so: there is no time for the next attempt', async () => {
    const { page, engine } = await waiting()
    page.setOnline(false)
    await pass(20)
    expect(engine.of('changed').at(-1)).toEqual({ type: 'changed', retryAt: null })
  })

  it('says so at once when the connection is lost meanwhile', async () => {
    const page = createPage()
    const engine = createEngine()
    await engine.open()
    page.setOnline(false)
    engine.network.last.drop()
    await pass(hour)
    expect(engine.of('reconnecting')).toEqual([expect.objectContaining({ retryAt: null })])
    expect(engine.network.sockets).toHaveLength(1)
    engine.network.mode = 'accept'
    page.setOnline(true)
    await pass(300)
    expect(engine.phase()).toBe('open')
  })

  it('does not even dial at once after a missed heartbeat', async () => {
    const page = createPage()
    const engine = createEngine({ heartbeat: { interval: 10_000, timeout: 5_000 } })
    await engine.open()
    engine.network.last.receive('pong')
    page.setOnline(false)
    engine.network.last.freeze()
    await pass(minute)
    expect(engine.phase()).toBe('reconnecting')
    expect(engine.network.sockets).toHaveLength(1)
  })

  it.each(['connect', 'reconnect'] as const)('dials all the same for a command: %s', async (command) => {
    const { page, engine, dials } = await waiting()
    page.setOnline(false)
    engine[command]()
    await pass(1)
    expect(dials).toHaveLength(2)
    // And waits again when that fails.
    await pass(hour)
    expect(dials).toHaveLength(2)
  })

  it('dials the first time, too: who asks may know better', async () => {
    createPage({ online: false })
    const engine = createEngine({ network: { mode: 'accept' } })
    const connecting = engine.connect()
    await pass(1)
    expect(connecting.outcome).toBe('open')
  })

  it('shows it in the store', async () => {
    const page = createPage()
    const network = createFakeNetwork({ mode: 'refuse' })
    const { connect } = createSocketActions()
    const store = createTestStore({
      url: 'ws://server.test/ws',
      WebSocket: network.WebSocket,
      reconnect: { backoff: () => minute, random: () => 0.5 },
    })
    void store.dispatch(connect())
    await pass(20)
    expect(store.state()).toMatchObject({ status: 'reconnecting', retryAt: 1_000_000 + minute })
    page.setOnline(false)
    await pass(20)
    expect(store.state()).toMatchObject({ status: 'reconnecting', retryAt: null })
    page.setOnline(true)
    await pass(20)
    expect(store.state().retryAt).toBeGreaterThan(Date.now())
    network.mode = 'accept'
    await pass(300)
    expect(store.state()).toMatchObject({ status: 'open', retryAt: null })
  })
})

describe('a page in the back-forward cache', () => {
  it('has no socket, and gets it back when it is shown', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    page.fire('pagehide', { persisted: true })
    expect(engine.network.live).toBe(0)
    expect(engine.phase()).toBe('reconnecting')
    // In a frame the page is frozen.
    expect(engine.types()).toEqual(['closed', 'reconnecting', 'changed'])
    expect(engine.of('closed')).toEqual([expect.objectContaining({ code: null, cause: 'abandoned' })])
    await pass(20)
    const { retryAt } = { ...engine.of('reconnecting').at(-1), ...engine.of('changed').at(-1) }
    expect(retryAt).toBeNull()
    await pass(hour)
    expect(engine.network.sockets).toHaveLength(1)
    page.fire('pageshow', { persisted: true })
    await pass(300)
    expect(engine.phase()).toBe('open')
    expect(engine.of('opened').map(({ reconnected }) => reconnected)).toEqual([false, true])
  })

  it('keeps what is sent meanwhile', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    page.fire('pagehide', { persisted: true })
    expect(engine.send('a').delivery).toBe('queued')
    page.fire('pageshow', { persisted: true })
    await pass(300)
    expect(engine.network.last.sent).toEqual(['a'])
  })

  it.each(['preparing', 'connecting', 'reconnecting'])('does not dial, either (%s)', async (phase) => {
    const page = createPage()
    const url =
      phase === 'preparing' ? async () => await new Promise<string>(() => {}) : ('ws://server.test/ws' as const)
    const engine = createEngine({ network: { mode: phase === 'reconnecting' ? 'refuse' : 'manual' }, address: { url } })
    engine.connect()
    await pass(1)
    const { length } = engine.network.sockets
    page.fire('pagehide', { persisted: true })
    await pass(hour)
    expect(engine.network.sockets).toHaveLength(length)
    expect(engine.network.live).toBe(0)
    expect(engine.phase()).toBe('reconnecting')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('does not come back from a close that was under way', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept', halfOpen: true } })
    await engine.open()
    const closing = engine.close()
    page.fire('pagehide', { persisted: true })
    page.fire('pageshow', { persisted: true })
    await pass(hour)
    expect(closing.outcome).toBe('closed')
    expect(engine.phase()).toBe('closed')
    expect(engine.network.sockets).toHaveLength(1)
  })
})

describe('the listeners on the page', () => {
  it('are there while the connection lives, once each', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' } })
    expect(page.added()).toBe(0)
    await engine.open()
    expect(page.listeners()).toEqual(events)
    for (let n = 0; n < 5; n++) {
      engine.reconnect()
      // oxlint-disable-next-line no-await-in-loop
      await pass(1)
      engine.network.last.drop()
      // oxlint-disable-next-line no-await-in-loop
      await pass(1_000)
      engine.connect({ params: { n } })
      // oxlint-disable-next-line no-await-in-loop
      await pass(1)
    }
    expect(engine.phase()).toBe('open')
    expect(page.listeners()).toEqual(events)
  })

  it.each<[string, (engine: ReturnType<typeof createEngine>) => void]>([
    ['a close', (engine) => engine.close()],
    ['a close by the server', (engine) => engine.network.last.serverClose(1000)],
    ['a failure', (engine) => engine.network.last.serverClose(4403)],
    ['dispose', (engine) => engine.dispose()],
    ['an idle close', () => {}],
  ])('are gone after %s', async (how, end) => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' }, idleTimeout: how === 'an idle close' ? 1_000 : 0 })
    await engine.open()
    expect(page.count()).toBe(5)
    end(engine)
    await pass(1_010)
    expect(engine.phase()).toMatch(/closed|failed/)
    expect(page.count()).toBe(0)
    page.setOnline(true)
    page.setVisible(true)
    page.fire('pageshow', { persisted: true })
    await pass(hour)
    expect(engine.network.sockets).toHaveLength(1)
  })

  it('are gone when the first dial comes to nothing', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'refuse' }, reconnect: { maxRetries: 0 } })
    engine.connect()
    await pass(1)
    expect(engine.phase()).toBe('failed')
    expect(page.count()).toBe(0)
  })

  it('that are called all the same change nothing', async () => {
    const page = createPage()
    const heard: ((event: { persisted: boolean }) => void)[] = []
    const globals = globalThis as unknown as {
      addEventListener: (type: string, listener: (event: { persisted: boolean }) => void) => void
    }
    const { addEventListener } = globals
    globals.addEventListener = (type, listener) => {
      heard.push(listener)
      addEventListener(type, listener)
    }
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    engine.dispose()
    for (const listener of heard) expect(() => listener({ persisted: true })).not.toThrow()
    await pass(hour)
    expect(engine.network.sockets).toHaveLength(1)
    expect(page.count()).toBe(0)
  })
})

describe('where there is no page', () => {
  it('nothing listens, and everything works: Node', async () => {
    expect('addEventListener' in globalThis).toBe(false)
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    engine.network.last.drop()
    await pass(1_000)
    expect(engine.phase()).toBe('open')
  })
})
