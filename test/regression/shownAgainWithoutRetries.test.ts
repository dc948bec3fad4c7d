import { describe, expect, it, jest } from '@jest/globals'
import { createEngine, onFakeTime, pass, type EngineOptions } from '../unit/socket/engine.js'
import { createPage, onPages } from '../unit/page.js'

// A page that went into the back-forward cache was judged as a lost connection: where no retry was left or wanted, it came back without its
// connection, and where one was, it had cost one.

const minute = 60_000
const cached = { persisted: true }

onFakeTime()
onPages()

const never = (): never => {
  throw new Error('called')
}

const strict: [string, EngineOptions['reconnect']][] = [
  ['"reconnect: false"', { maxRetries: 0 }],
  ['a "shouldReconnect" that says no', { shouldReconnect: () => false }],
  ['a backoff of Infinity', { backoff: () => Infinity }],
  ['callbacks that must not be asked', { shouldReconnect: never, backoff: never }],
]

describe.each(strict)('under %s', (_what, reconnect) => {
  it('an open connection is opened again at once when the page is shown', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { random: () => 0.9, ...reconnect } })
    await engine.open()
    page.fire('pagehide', cached)
    expect([engine.phase(), engine.network.live]).toEqual(['reconnecting', 0])
    await pass(minute)
    expect(engine.network.sockets).toHaveLength(1)
    page.fire('pageshow', cached)
    await pass(1)
    expect(engine.phase()).toBe('open')
    expect(engine.of('connecting').map(({ attempt }) => attempt)).toEqual([0, 0])
    expect([engine.of('failed'), engine.of('error')]).toEqual([[], []])
  })

  it('so is one that was still connecting', async () => {
    const page = createPage()
    const engine = createEngine({ reconnect: { ...reconnect } })
    const connecting = engine.connect()
    await pass(1)
    page.fire('pagehide', cached)
    await pass(minute)
    expect([engine.network.sockets.length, connecting.outcome]).toEqual([1, 'reconnecting'])
    engine.network.mode = 'accept'
    page.fire('pageshow', cached)
    await pass(1)
    expect(engine.phase()).toBe('open')
    expect(engine.of('connecting').map(({ attempt }) => attempt)).toEqual([0, 0])
  })
})

describe('a page in the back-forward cache', () => {
  it('costs no retry, also of a connection that has used them up', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'refuse' }, reconnect: { maxRetries: 2 } })
    engine.connect()
    await pass(1_500)
    engine.network.mode = 'accept'
    await pass(1_000)
    expect(engine.phase()).toBe('open')
    for (let n = 0; n < 3; n++) {
      page.fire('pagehide', cached)
      // oxlint-disable-next-line no-await-in-loop
      await pass(minute)
      page.fire('pageshow', cached)
      // oxlint-disable-next-line no-await-in-loop
      await pass(1)
      expect(engine.phase()).toBe('open')
    }
    expect(engine.of('connecting').map(({ attempt }) => attempt)).toEqual([0, 1, 2, 2, 2, 2])
    // None is left for a real loss.
    engine.network.last.drop()
    await pass(1)
    expect(engine.of('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
  })

  it('gives the retries back that a connection had earned before', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { maxRetries: 1 } })
    await engine.open()
    engine.network.last.drop()
    await pass(minute)
    expect(engine.phase()).toBe('open')
    page.fire('pagehide', cached)
    page.fire('pageshow', cached)
    await pass(1)
    engine.network.last.drop()
    await pass(1_000)
    expect(engine.phase()).toBe('open')
  })

  it('asks the providers with the reason of the attempt that it cut short, or because the connection was lost', async () => {
    const page = createPage()
    const reasons: string[] = []
    const url = ({ reason, attempt }: { reason: string; attempt: number }) => {
      reasons.push(`${reason} ${String(attempt)}`)
      return 'ws://server.test/ws'
    }
    const engine = createEngine({ address: { url } })
    const back = async () => {
      page.fire('pagehide', cached)
      await pass(minute)
      page.fire('pageshow', cached)
      await pass(1)
    }
    engine.connect()
    await pass(1)
    await back()
    engine.network.last.accept()
    await back()
    engine.network.last.accept()
    engine.network.last.serverClose(4401)
    await pass(1_001)
    await back()
    expect(reasons).toEqual(['connect 0', 'connect 0', 'retry 0', 'refresh 1', 'refresh 1'])
  })

  it('leaves a wait for the next attempt as it was, and hurries it when it is shown', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'refuse' }, reconnect: { backoff: () => minute, maxRetries: 1 } })
    engine.connect()
    await pass(1)
    page.fire('pagehide', cached)
    await pass(10 * minute)
    expect(engine.network.sockets).toHaveLength(1)
    engine.network.mode = 'accept'
    page.fire('pageshow', cached)
    await pass(300)
    expect(engine.phase()).toBe('open')
    expect(engine.of('connecting').map(({ attempt }) => attempt)).toEqual([0, 1])
  })

  it('does not dial because the network comes back meanwhile', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' } })
    await engine.open()
    page.fire('pagehide', cached)
    page.setOnline(false)
    page.setOnline(true)
    await pass(minute)
    expect(engine.network.sockets).toHaveLength(1)
    page.fire('pageshow', cached)
    await pass(1)
    expect(engine.phase()).toBe('open')
  })

  it('that is shown while the machine is offline waits for the network', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { maxRetries: 0 } })
    await engine.open()
    page.fire('pagehide', cached)
    page.setOnline(false)
    page.fire('pageshow', cached)
    await pass(minute)
    expect(engine.network.sockets).toHaveLength(1)
    page.setOnline(true)
    await pass(300)
    expect(engine.phase()).toBe('open')
  })

  it('that comes and goes is one loss, one dial a second, and one socket', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { maxRetries: 0 } })
    await engine.open()
    engine.types()
    page.fire('pagehide', cached)
    page.fire('pagehide', cached)
    page.fire('pageshow', cached)
    page.fire('pageshow', cached)
    await pass(1)
    expect(engine.types().filter((type) => type !== 'changed')).toEqual([
      'closed',
      'reconnecting',
      'connecting',
      'opened',
    ])
    for (let n = 0; n < 20; n++) {
      page.fire(n % 2 ? 'pageshow' : 'pagehide', cached)
      // oxlint-disable-next-line no-await-in-loop
      await pass(100)
    }
    expect(engine.network.sockets.length).toBeLessThanOrEqual(5)
    expect(engine.network.mostLive).toBe(1)
    await pass(1_300)
    expect(engine.phase()).toBe('open')
  })

  it('that a socketClose meets stays closed', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { maxRetries: 0 } })
    await engine.open()
    page.fire('pagehide', cached)
    const closing = engine.close()
    page.fire('pageshow', cached)
    await pass(minute)
    expect([closing.outcome, engine.phase()]).toEqual(['closed', 'closed'])
    expect(engine.network.sockets).toHaveLength(1)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('does nothing to a close that is under way', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept', halfOpen: true }, reconnect: { maxRetries: 0 } })
    await engine.open()
    const closing = engine.close()
    engine.types()
    page.fire('pagehide', cached)
    expect(engine.types()).toEqual([])
    page.fire('pageshow', cached)
    await pass(minute)
    expect([closing.outcome, engine.network.sockets.length]).toEqual(['closed', 1])
  })

  it('whose dial fails when it is shown is judged as any other', async () => {
    const page = createPage()
    const engine = createEngine({ network: { mode: 'accept' }, reconnect: { maxRetries: 0 } })
    await engine.open()
    page.fire('pagehide', cached)
    engine.network.mode = 'refuse'
    page.fire('pageshow', cached)
    await pass(1)
    expect(engine.of('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
  })
})
