import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openBundledPage, type BundledPage } from '../support/chromium.js'
import type { FaultPage, Look, PageOptions } from './support/page.js'
import { startSite, type Site } from './support/site.js'

let browser: BundledPage
let site: Site

beforeAll(async () => {
  browser = await openBundledPage('test/faults/support/page.ts')
}, 60_000)

afterAll(async () => {
  await browser[Symbol.asyncDispose]()
})

beforeEach(async () => {
  site = await startSite()
  await browser.reload()
})

afterEach(async () => {
  await browser.page.context().setOffline(false)
  const printed = await browser.page.evaluate(() => {
    const { faults } = globalThis as unknown as { faults: FaultPage }
    faults.dispose()
    return faults.printed
  })
  await site[Symbol.asyncDispose]()
  if (printed.length > 0) throw new Error(`the page printed: ${printed.join('\n')}`)
})

type Methods = Exclude<keyof FaultPage, 'printed'>

/** Calls one method of the page. */
const call = async <Method extends Methods>(
  method: Method,
  ...args: Parameters<FaultPage[Method]>
): Promise<Awaited<ReturnType<FaultPage[Method]>>> =>
  (await browser.page.evaluate(
    ([name, given]) => {
      const { faults } = globalThis as unknown as { faults: Record<string, (...all: unknown[]) => unknown> }
      return faults[name]?.(...given)
    },
    [method as string, args as unknown[]] as const,
  )) as Awaited<ReturnType<FaultPage[Method]>>

const look = async (): Promise<Look> => await call('look')
const setOffline = async (isOffline: boolean): Promise<void> => await browser.page.context().setOffline(isOffline)
const start = async (options?: PageOptions): Promise<string> => await call('start', site.url, options)

/** In backoff: the server takes no attempts. */
const startAway = async (delay: number): Promise<void> => {
  await start({ delay })
  await site.proxy.refuse()
  site.proxy.drop()
  await call('whenStatus', 'reconnecting')
}

describe('Chromium: a server that is killed and starts again', () => {
  it('gets a connection, and the sends made meanwhile', async () => {
    expect(await start()).toBe('open')
    await site.proxy.refuse('closed')
    await call('whenCounted', 'socket/reconnecting', 3)
    expect(await call('send', 'meanwhile')).toBe('queued')
    await site.proxy.resume()
    await call('whenCounted', 'socket/message', 1)
    expect(await look()).toMatchObject({ messages: ['meanwhile'], mostLive: 1, live: 1 })
  })

  it('reports 1012 for its restart, and a cut reports 1006', async () => {
    await start()
    site.server.close(1012)
    await call('whenCounted', 'socket/opened', 2)
    site.proxy.drop()
    await call('whenCounted', 'socket/opened', 3)
    expect((await look()).closes).toMatchObject([
      { code: 1012, wasClean: true },
      { code: 1006, wasClean: false },
    ])
  })
})

describe('Chromium: a frozen connection', () => {
  it('is noticed by the heartbeat and replaced at once, without waiting for its close event', async () => {
    await start({ heartbeat: { interval: 50, timeout: 200 }, delay: 60_000 })
    // It has answered: the miss is not followed by the backoff.
    await call('whenCounted', 'socket/changed', 1)
    site.proxy.freeze()
    await site.proxy.resume()
    await call('whenCounted', 'socket/opened', 2)
    const { closes, errors, delays, attempts, live } = await look()
    expect(closes).toMatchObject([{ code: null, cause: 'timeout', next: 'reconnecting' }])
    expect({ errors, delays, attempts, live }).toEqual({
      errors: ['heartbeat_missed'],
      delays: [0],
      attempts: 2,
      live: 1,
    })
    expect(await call('send', 'alive')).toBe('sent')
    await call('whenCounted', 'socket/message', 1)
    expect((await look()).closes).toHaveLength(1)
  }, 15_000)
})

describe('Chromium: offline', () => {
  it('pauses the attempts in backoff, is seen in the state, and resumes them when online again', async () => {
    await startAway(60_000)
    expect((await look()).state.retryAt).toEqual(expect.any(Number))
    await setOffline(true)
    await call('whenWaiting', true)
    const { attempts } = await look()
    await site.proxy.resume()
    await setOffline(false)
    await call('whenCounted', 'socket/opened', 2)
    const after = await look()
    expect(after.attempts - attempts).toBeLessThanOrEqual(2)
    expect(after.mostLive).toBe(1)
  }, 15_000)

  it('at the moment of a loss waits for the network, without a time for the retry', async () => {
    await start({ delay: 1 })
    await setOffline(true)
    site.proxy.drop()
    await call('whenWaiting', true)
    const { attempts, state } = await look()
    expect([attempts, state.retryAt]).toEqual([1, null])
    // Showing the page starts no attempt either.
    await call('fire', 'visibilitychange')
    await call('fire', 'pageshow', true)
    await call('settle')
    expect((await look()).attempts).toBe(1)
    await setOffline(false)
    await call('whenCounted', 'socket/opened', 2)
    expect((await look()).attempts).toBe(2)
  }, 15_000)

  it('leads to one socket at most and a bounded number of attempts when it comes and goes a hundred times', async () => {
    await startAway(1_000)
    const { attempts } = await look()
    for (let index = 0; index < 10; index++) {
      await setOffline(true)
      await call('toggle', 10)
      await setOffline(false)
    }
    await site.proxy.resume()
    await call('toggle', 90)
    await call('whenCounted', 'socket/opened', 2)
    const after = await look()
    expect(after.mostLive).toBe(1)
    // One early attempt and one retry a second, and the changes took a moment.
    expect(after.attempts - attempts).toBeLessThanOrEqual(8)
  }, 20_000)

  it('does not close an open socket', async () => {
    await start()
    await call('toggle', 100)
    expect(await call('send', 'still here')).toBe('sent')
    await call('whenCounted', 'socket/message', 1)
    expect(await look()).toMatchObject({ attempts: 1, sockets: 1, closes: [] })
  })
})

describe('Chromium: the back-forward cache', () => {
  it('holds no open socket, and the page has one when it is shown again', async () => {
    await start({ delay: 60_000 })
    await call('fire', 'pagehide', true)
    expect((await look()).live).toBe(0)
    await call('whenWaiting', true)
    await call('fire', 'pageshow', true)
    await call('whenCounted', 'socket/opened', 2)
    expect(await look()).toMatchObject({ attempts: 2, live: 1, mostLive: 1 })
  }, 15_000)
})

describe('Chromium: a store that was disposed of', () => {
  it('leaves no listener on the page, and no socket', async () => {
    const client = await browser.page.context().newCDPSession(browser.page)
    const countListeners = async (): Promise<number> => {
      let count = 0
      for (const expression of ['window', 'document']) {
        const { result } = await client.send('Runtime.evaluate', { expression })
        const { listeners } = await client.send('DOMDebugger.getEventListeners', { objectId: result.objectId ?? '' })
        count += listeners.length
      }
      return count
    }
    const before = await countListeners()
    await start({ heartbeat: { interval: 50, timeout: 1_000 } })
    expect(await countListeners()).toBeGreaterThan(before)
    await call('dispose')
    expect(await countListeners()).toBe(before)
    await site.server.until(({ connections }) => connections.every(({ ended }) => ended !== null))
    expect((await look()).live).toBe(0)
    await client.detach()
  })
})
