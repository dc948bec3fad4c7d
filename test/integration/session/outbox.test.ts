import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { StoredSession } from '../../../src/session/storage/index.js'
import { serveBundle, type BundleSite } from '../../support/browserPage.js'
import { launchChromium } from '../../support/chromium.js'
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy.js'
import { startServer } from '../../server/support.js'

// The outbox that survives a reload, in Chromium: IndexedDB, Web Locks, and tabs.

interface PageEvent {
  readonly type: string
  readonly payload: { readonly ids?: readonly string[]; readonly code?: string }
}

let browser: Browser
let site: BundleSite
beforeAll(async () => {
  ;[site, browser] = await Promise.all([serveBundle('test/integration/session/outboxPage.ts'), launchChromium()])
})
afterAll(async () => {
  await browser.close()
  await site[Symbol.asyncDispose]()
})

let context: BrowserContext
let started: Awaited<ReturnType<typeof startServer>>
let proxy: FaultProxy
let url: string
let handled: unknown[]
let waiters: (() => void)[]
let slow: (() => void)[]
beforeEach(async () => {
  context = await browser.newContext()
  started = await startServer({ origin: [new URL(site.url).origin], session: { ackInterval: 5 } })
  handled = []
  waiters = []
  slow = []
  started.server.onMessage('said', async (payload) => {
    handled.push(payload)
    for (const resolve of waiters.splice(0)) resolve()
    // Taken, and not handled for now.
    if (payload === 'slow') await new Promise<void>((resolve) => slow.push(resolve))
  })
  proxy = await startFaultProxy(Number(new URL(started.url).port))
  url = `ws://127.0.0.1:${proxy.port}${new URL(started.url).pathname}`
})
afterEach(async () => {
  await context.close()
  await proxy[Symbol.asyncDispose]()
  await started[Symbol.asyncDispose]()
})

const openTab = async (): Promise<Page> => {
  const page = await context.newPage()
  await page.goto(site.url)
  return page
}

const call = async (page: Page, name: string, ...args: readonly unknown[]): Promise<unknown> =>
  await page.evaluate(
    async ([method, given]) => {
      const functions = globalThis as unknown as Record<string, (...all: readonly unknown[]) => unknown>
      return await functions[method]?.(...given)
    },
    [name, args] as const,
  )

/** Resolves once a function of the page returns what satisfies the condition. */
const until = async (page: Page, name: string, holds: (value: never) => boolean): Promise<void> => {
  if (holds((await call(page, name)) as never)) return
  // The page takes a turn.
  await page.evaluate(() => new Promise(requestAnimationFrame))
  await until(page, name, holds)
}

/** Connects, and sends what no server gets and the storage has. */
const leaveUnsent = async (page: Page, payload: string, id = payload): Promise<void> => {
  await call(page, 'connect', url)
  proxy.freeze()
  await call(page, 'send', payload, id)
  await until(page, 'records', (records: readonly StoredSession[]) =>
    records.some(({ unacked }) => unacked.some((send) => send.id === id)),
  )
}

const idsOf = async (page: Page, type: string): Promise<string[]> =>
  ((await call(page, 'events')) as PageEvent[])
    .filter((event) => event.type === type)
    .flatMap(({ payload }) => payload.ids ?? [])

/** Resolves once the page has the action that acknowledges this send. */
const acknowledged = async (page: Page, id: string): Promise<void> =>
  await until(page, 'events', (events: readonly PageEvent[]) =>
    events.some(({ type, payload: { ids = [] } }) => type === 'socket/acknowledged' && ids.includes(id)),
  )

/** Connects, and waits until nothing is left to send or to store. */
const settle = async (page: Page, how = 'connect'): Promise<void> => {
  await proxy.resume()
  await call(page, how, url)
  await until(page, 'hasUnsent', (hasUnsent: boolean) => !hasUnsent)
}

describe('the outbox of a tab', () => {
  it('sends after a reload what the server has not got, once, and acknowledges it by its id', async () => {
    const page = await openTab()
    await leaveUnsent(page, 'tunnel')
    await page.reload()
    await until(page, 'unacknowledged', (ids: readonly string[]) => ids.includes('tunnel'))
    await settle(page)
    await acknowledged(page, 'tunnel')
    await until(page, 'records', ({ length }: readonly unknown[]) => length === 0)
    expect([handled, await idsOf(page, 'socket/acknowledged'), await idsOf(page, 'socket/dropped')]).toEqual([
      ['tunnel'],
      ['tunnel'],
      [],
    ])
  })

  it('acknowledges after a reload what the server had got, and does not send it again', async () => {
    const page = await openTab()
    await call(page, 'connect', url)
    const taken = new Promise<void>((resolve) => waiters.push(resolve))
    await call(page, 'send', 'slow', 'got')
    await taken
    await page.reload()
    await settle(page)
    for (const resolve of slow) resolve()
    await acknowledged(page, 'got')
    expect([handled, await idsOf(page, 'socket/acknowledged')]).toEqual([['slow'], ['got']])
  })

  it('is found by the next tab after its tab was killed', async () => {
    const page = await openTab()
    await leaveUnsent(page, 'killed')
    const crashed = page.waitForEvent('crash')
    await page.goto('chrome://crash').catch(() => {})
    await crashed
    const next = await openTab()
    await until(next, 'unacknowledged', (ids: readonly string[]) => ids.includes('killed'))
    await settle(next)
    await acknowledged(next, 'killed')
    expect([handled, await idsOf(next, 'socket/acknowledged')]).toEqual([['killed'], ['killed']])
  })

  it('is gone after a sign-out, also that of tabs that were killed before, and is reported', async () => {
    const killed = [await openTab(), await openTab()]
    for (const one of killed) await call(one, 'connect', url)
    proxy.freeze()
    for (const [index, id] of ['first', 'second'].entries()) await call(killed[index]!, 'send', id, id)
    await until(killed[0]!, 'records', ({ length }: readonly unknown[]) => length === 2)
    for (const one of killed) await one.close()
    const page = await openTab()
    await until(page, 'unacknowledged', ({ length }: readonly string[]) => length === 1)
    await call(page, 'signOut')
    await until(page, 'records', ({ length }: readonly unknown[]) => length === 0)
    await until(page, 'events', (events: readonly PageEvent[]) =>
      ['first', 'second'].every((id) =>
        events.some(({ type, payload: { ids = [] } }) => type === 'socket/dropped' && ids.includes(id)),
      ),
    )
    await settle(page)
    expect(handled).toEqual([])
  })

  it('is not taken by a second tab while the first one lives', async () => {
    const first = await openTab()
    await leaveUnsent(first, 'mine')
    const second = await openTab()
    await call(second, 'send', 'other', 'other')
    await until(second, 'records', ({ length }: readonly unknown[]) => length === 2)
    expect(await call(second, 'unacknowledged')).toEqual([])
    await settle(second)
    await acknowledged(second, 'other')
    await settle(first, 'reconnect')
    await acknowledged(first, 'mine')
    await until(first, 'records', ({ length }: readonly unknown[]) => length === 0)
    expect([
      [...handled].map(String).sort((a, b) => a.localeCompare(b)),
      await idsOf(second, 'socket/acknowledged'),
      await idsOf(first, 'socket/dropped'),
    ]).toEqual([['mine', 'other'], ['other'], []])
  })

  it('is not taken by a duplicate of its tab', async () => {
    const first = await openTab()
    await leaveUnsent(first, 'mine')
    const opening = context.waitForEvent('page')
    // A window that a page opens gets a copy of its sessionStorage, as a duplicated tab does.
    await first.evaluate(() => void window.open(location.href))
    const second = await opening
    await second.waitForLoadState()
    await settle(second)
    expect(await call(second, 'unacknowledged')).toEqual([])
    await settle(first, 'reconnect')
    await acknowledged(first, 'mine')
    expect([handled, await idsOf(first, 'socket/acknowledged')]).toEqual([['mine'], ['mine']])
  })

  it.each(['close', 'signOut'])('leaves nothing in the database: %s', async (name) => {
    const page = await openTab()
    await leaveUnsent(page, 'secret')
    await call(page, name)
    await until(page, 'records', ({ length }: readonly unknown[]) => length === 0)
    await page.reload()
    await settle(page)
    expect(await call(page, 'unacknowledged')).toEqual([])
  })

  it('goes on in memory when the database is refused', async () => {
    const page = await context.newPage()
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('refused', 'SecurityError')
      }
    })
    await page.goto(site.url)
    await settle(page)
    await call(page, 'send', 'in memory', 'm')
    await until(page, 'hasUnsent', (hasUnsent: boolean) => !hasUnsent)
    const events = (await call(page, 'events')) as PageEvent[]
    expect(events.flatMap(({ payload, type }) => (type === 'socket/error' ? payload.code : []))).toEqual([
      'storage_failed',
    ])
    expect(handled).toEqual(['in memory'])
  })

  it('stores nothing without Web Locks', async () => {
    const page = await context.newPage()
    await page.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined })
    })
    await page.goto(site.url)
    await call(page, 'connect', url)
    await call(page, 'send', 'in memory', 'm')
    await until(page, 'hasUnsent', (hasUnsent: boolean) => !hasUnsent)
    const events = (await call(page, 'events')) as PageEvent[]
    expect(events.flatMap(({ payload, type }) => (type === 'socket/error' ? payload.code : []))).toEqual([
      'storage_failed',
    ])
  })
})
