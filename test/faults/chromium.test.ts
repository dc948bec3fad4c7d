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

/** In backoff: the server takes no dials. */
const startAway = async (delay: number): Promise<void> => {
  await start({ delay })
  await site.proxy.refuse()
  site.proxy.drop()
  await call('whenStatus', 'reconnecting')
}

describe('Chromium: a server that is killed and comes back', () => {
  it('is reached again, and gets what was sent meanwhile', async () => {
    expect(await start()).toBe('open')
    await site.proxy.refuse('closed')
    await call('whenCounted', 'socket/reconnecting', 3)
    expect(await call('send', 'meanwhile')).toBe('queued')
    await site.proxy.resume()
    await call('whenCounted', 'socket/message', 1)
    expect(await look()).toMatchObject({ messages: ['meanwhile'], mostLive: 1, live: 1 })
  })

  it('by its restart says 1012, and a cut says 1006', async () => {
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

describe('Chromium: a frozen link', () => {
  it('is noticed by the heartbeat and replaced at once, without waiting for the native close', async () => {
    await start({ heartbeat: { interval: 50, timeout: 200 }, delay: 60_000 })
    // It has answered: the miss will not back off.
    await call('whenCounted', 'socket/changed', 1)
    site.proxy.freeze()
    await site.proxy.resume()
    await call('whenCounted', 'socket/opened', 2)
    const { closes, errors, delays, dials, live } = await look()
    expect(closes).toMatchObject([{ code: null, cause: 'timeout', next: 'reconnecting' }])
    expect({ errors, delays, dials, live }).toEqual({ errors: ['heartbeat_missed'], delays: [0], dials: 2, live: 1 })
    expect(await call('send', 'alive')).toBe('sent')
    await call('whenCounted', 'socket/message', 1)
    expect((await look()).closes).toHaveLength(1)
  }, 15_000)
})

describe('Chromium: offline', () => {
  it('in backoff stops dialling, says so in the state, and goes on when back', async () => {
    await startAway(60_000)
    expect((await look()).state.retryAt).toEqual(expect.any(Number))
    await setOffline(true)
    await call('whenWaiting', true)
    const { dials } = await look()
    await site.proxy.resume()
    await setOffline(false)
    await call('whenCounted', 'socket/opened', 2)
    const after = await look()
    expect(after.dials - dials).toBeLessThanOrEqual(2)
    expect(after.mostLive).toBe(1)
  }, 15_000)

  it('at the moment of the loss waits for the network, without a date', async () => {
    await start({ delay: 1 })
    await setOffline(true)
    site.proxy.drop()
    await call('whenWaiting', true)
    const { dials, state } = await look()
    expect([dials, state.retryAt]).toEqual([1, null])
    // Neither does a page that comes to the front dial into nothing.
    await call('fire', 'visibilitychange')
    await call('fire', 'pageshow', true)
    await call('settle')
    expect((await look()).dials).toBe(1)
    await setOffline(false)
    await call('whenCounted', 'socket/opened', 2)
    expect((await look()).dials).toBe(2)
  }, 15_000)

  it('and on a hundred times: at most one socket, bounded dials', async () => {
    await startAway(1_000)
    const { dials } = await look()
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
    // One hurried dial and one retry a second, and the toggling took a moment.
    expect(after.dials - dials).toBeLessThanOrEqual(8)
  }, 20_000)

  it('does not close a socket that is open', async () => {
    await start()
    await call('toggle', 100)
    expect(await call('send', 'still here')).toBe('sent')
    await call('whenCounted', 'socket/message', 1)
    expect(await look()).toMatchObject({ dials: 1, sockets: 1, closes: [] })
  })
})

describe('Chromium: the back-forward cache', () => {
  it('gets no open socket, and one is there when the page comes back', async () => {
    await start({ delay: 60_000 })
    await call('fire', 'pagehide', true)
    expect((await look()).live).toBe(0)
    await call('whenWaiting', true)
    await call('fire', 'pageshow', true)
    await call('whenCounted', 'socket/opened', 2)
    expect(await look()).toMatchObject({ dials: 2, live: 1, mostLive: 1 })
  }, 15_000)
})

describe('Chromium: a store that was disposed', () => {
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
