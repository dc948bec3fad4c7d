import { describe, expect, it, jest } from '@jest/globals'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPage } from '../../support/page.js'
import { type ConnectionOptions, setupConnection } from '../../support/setupConnection.js'

// A page that entered the back-forward cache was judged as a lost connection: without a retry left it came back without its connection, and otherwise
// it cost a retry.

const minute = 60_000
const cached = { persisted: true }

useFakeTime()

const never = (): never => {
  throw new Error('called')
}

const strict: [string, ConnectionOptions['reconnect']][] = [
  ['"reconnect: false"', { maxRetries: 0 }],
  ['a "shouldReconnect" that says no', { shouldReconnect: () => false }],
  ['a backoff of Infinity', { backoff: () => Infinity }],
  ['callbacks that must not be asked', { shouldReconnect: never, backoff: never }],
]

describe.each(strict)('with %s', (_what, reconnect) => {
  it('an open connection opens again at once when the page is shown', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { random: () => 0.9, ...reconnect } })
    await connection.open()
    page.fire('pagehide', cached)
    expect([connection.phase(), connection.network.live]).toEqual(['reconnecting', 0])
    await advanceTime(minute)
    expect(connection.network.connections).toHaveLength(1)
    page.fire('pageshow', cached)
    await advanceTime(1)
    expect(connection.phase()).toBe('open')
    expect(connection.eventsOf('connecting').map(({ attempt }) => attempt)).toEqual([0, 0])
    expect([connection.eventsOf('failed'), connection.eventsOf('error')]).toEqual([[], []])
  })

  it('an attempt starts again at once when the page is shown', async () => {
    const page = createPage()
    const connection = setupConnection({ reconnect: { ...reconnect } })
    const connecting = connection.connect()
    await advanceTime(1)
    page.fire('pagehide', cached)
    await advanceTime(minute)
    expect([connection.network.connections.length, connecting.outcome]).toEqual([1, 'reconnecting'])
    connection.network.mode = 'accept'
    page.fire('pageshow', cached)
    await advanceTime(1)
    expect(connection.phase()).toBe('open')
    expect(connection.eventsOf('connecting').map(({ attempt }) => attempt)).toEqual([0, 0])
  })
})

describe('a page in the back-forward cache', () => {
  it('costs no retry, also of a connection that has used them up', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'refuse' }, reconnect: { maxRetries: 2 } })
    connection.connect()
    await advanceTime(1_500)
    connection.network.mode = 'accept'
    await advanceTime(1_000)
    expect(connection.phase()).toBe('open')
    for (let n = 0; n < 3; n++) {
      page.fire('pagehide', cached)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(minute)
      page.fire('pageshow', cached)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(1)
      expect(connection.phase()).toBe('open')
    }
    expect(connection.eventsOf('connecting').map(({ attempt }) => attempt)).toEqual([0, 1, 2, 2, 2, 2])
    // No retry is left for a real loss.
    connection.network.last.cut()
    await advanceTime(1)
    expect(connection.eventsOf('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
  })

  it('resets the retries that a connection has earned by its uptime', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { maxRetries: 1 } })
    await connection.open()
    connection.network.last.cut()
    await advanceTime(minute)
    expect(connection.phase()).toBe('open')
    page.fire('pagehide', cached)
    page.fire('pageshow', cached)
    await advanceTime(1)
    connection.network.last.cut()
    await advanceTime(1_000)
    expect(connection.phase()).toBe('open')
  })

  it('starts an attempt with the reason of the one that it interrupted, or because the connection was lost', async () => {
    const page = createPage()
    const reasons: string[] = []
    const url = ({ reason, attempt }: { reason: string; attempt: number }) => {
      reasons.push(`${reason} ${String(attempt)}`)
      return 'ws://server.test/ws'
    }
    const connection = setupConnection({ address: { url } })
    const back = async () => {
      page.fire('pagehide', cached)
      await advanceTime(minute)
      page.fire('pageshow', cached)
      await advanceTime(1)
    }
    connection.connect()
    await advanceTime(1)
    await back()
    connection.network.last.accept()
    await back()
    connection.network.last.accept()
    connection.network.last.close(4401)
    await advanceTime(1_001)
    await back()
    expect(reasons).toEqual(['connect 0', 'connect 0', 'retry 0', 'refresh 1', 'refresh 1'])
  })

  it('keeps a wait for the next attempt, which starts early when the page is shown', async () => {
    const page = createPage()
    const connection = setupConnection({
      network: { mode: 'refuse' },
      reconnect: { backoff: () => minute, maxRetries: 1 },
    })
    connection.connect()
    await advanceTime(1)
    page.fire('pagehide', cached)
    await advanceTime(10 * minute)
    expect(connection.network.connections).toHaveLength(1)
    connection.network.mode = 'accept'
    page.fire('pageshow', cached)
    await advanceTime(300)
    expect(connection.phase()).toBe('open')
    expect(connection.eventsOf('connecting').map(({ attempt }) => attempt)).toEqual([0, 1])
  })

  it('starts no attempt because the network is back meanwhile', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept' } })
    await connection.open()
    page.fire('pagehide', cached)
    page.setOnline(false)
    page.setOnline(true)
    await advanceTime(minute)
    expect(connection.network.connections).toHaveLength(1)
    page.fire('pageshow', cached)
    await advanceTime(1)
    expect(connection.phase()).toBe('open')
  })

  it('waits for the network when it is shown while the device is offline', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { maxRetries: 0 } })
    await connection.open()
    page.fire('pagehide', cached)
    page.setOnline(false)
    page.fire('pageshow', cached)
    await advanceTime(minute)
    expect(connection.network.connections).toHaveLength(1)
    page.setOnline(true)
    await advanceTime(300)
    expect(connection.phase()).toBe('open')
  })

  it('that is entered and left repeatedly leads to one loss, one attempt a second, and one socket', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { maxRetries: 0 } })
    await connection.open()
    connection.takeTypes()
    page.fire('pagehide', cached)
    page.fire('pagehide', cached)
    page.fire('pageshow', cached)
    page.fire('pageshow', cached)
    await advanceTime(1)
    expect(connection.takeTypes().filter((type) => type !== 'changed')).toEqual([
      'closed',
      'reconnecting',
      'connecting',
      'opened',
    ])
    for (let n = 0; n < 20; n++) {
      page.fire(n % 2 ? 'pageshow' : 'pagehide', cached)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(100)
    }
    expect(connection.network.connections.length).toBeLessThanOrEqual(5)
    expect(connection.network.mostLive).toBe(1)
    await advanceTime(1_300)
    expect(connection.phase()).toBe('open')
  })

  it('stays closed after a socketClose', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { maxRetries: 0 } })
    await connection.open()
    page.fire('pagehide', cached)
    const closing = connection.close()
    page.fire('pageshow', cached)
    await advanceTime(minute)
    expect([closing.outcome, connection.phase()]).toEqual(['closed', 'closed'])
    expect(connection.network.connections).toHaveLength(1)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('does not change a close that is under way', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept', halfOpen: true }, reconnect: { maxRetries: 0 } })
    await connection.open()
    const closing = connection.close()
    connection.takeTypes()
    page.fire('pagehide', cached)
    expect(connection.takeTypes()).toEqual([])
    page.fire('pageshow', cached)
    await advanceTime(minute)
    expect([closing.outcome, connection.network.connections.length]).toEqual(['closed', 1])
  })

  it('is judged as any other loss when its attempt fails', async () => {
    const page = createPage()
    const connection = setupConnection({ network: { mode: 'accept' }, reconnect: { maxRetries: 0 } })
    await connection.open()
    page.fire('pagehide', cached)
    connection.network.mode = 'refuse'
    page.fire('pageshow', cached)
    await advanceTime(1)
    expect(connection.eventsOf('failed')).toEqual([expect.objectContaining({ code: 'retries_exhausted' })])
  })
})
