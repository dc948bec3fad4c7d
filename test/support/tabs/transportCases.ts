import { describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { startEchoServer, type EchoServer } from '../echoServer.js'
import { createTabsBrowser, type BrowserTab, type TabCalls } from './tabsBrowser.js'

interface PageEvent {
  readonly type: string
  readonly at: number
  readonly code?: number
  readonly reason?: string
}

/** Tabs whose sockets are open, and their server. */
export interface OpenTabs<Tab extends TabCalls = TabCalls> {
  readonly server: EchoServer
  readonly tabs: Tab[]
}

/** Opens tabs one after the other: the first one is the holder. */
export const openTabs = async <Tab extends TabCalls>(
  { open }: { readonly open: () => Promise<Tab> },
  count: number,
  options: object = {},
): Promise<OpenTabs<Tab>> => {
  const server = await startEchoServer({ echo: false })
  const tabs: Tab[] = []
  for (let n = 0; n < count; n++) {
    const tab = await open()
    await tab.call('startSocket', server.url, options)
    await tab.until<PageEvent[]>('events', (events) => events.some(({ type }) => type === 'open'))
    tabs.push(tab)
  }
  return { server, tabs }
}

/** Waits until every tab has opened again after `time`. Returns how many milliseconds the last one took. */
export const untilOpenAgain = async (tabs: readonly TabCalls[], time: number): Promise<number> => {
  const opened = await Promise.all(
    tabs.map(async (tab) => {
      const events = await tab.until<PageEvent[]>('events', (all) =>
        all.some(({ at, type }) => type === 'open' && at > time),
      )
      return events.findLast(({ type }) => type === 'open')!.at
    }),
  )
  return Math.max(...opened) - time
}

/** Messages in both directions: each reaches every tab once and in order, each send goes out once. */
export const expectTraffic = async ({ server, tabs }: OpenTabs, prefix: string): Promise<void> => {
  const expected = Array.from({ length: 200 }, (_, n) => `${prefix}${n}`)
  const before = server.received.length
  for (const text of expected) server.broadcast(text)
  await Promise.all(tabs.map(async (tab, index) => await tab.call('burst', `${prefix}${index}:`, 100)))
  await server.until(({ received }) => received.length >= before + 100 * tabs.length)
  for (const tab of tabs) {
    const messages = await tab.until<string[]>('messages', (all) => all.at(-1) === expected.at(-1))
    expect(messages.filter((text) => text.startsWith(prefix))).toEqual(expected)
  }
  const received = server.received.slice(before).map(String)
  tabs.forEach((_, index) => {
    const own = received.filter((text) => text.startsWith(`${prefix}${index}:`))
    expect(own).toEqual(Array.from({ length: 100 }, (_unused, n) => `${prefix}${index}:${n}`))
  })
  expect(received).toHaveLength(100 * tabs.length)
}

/** How the tab that holds the connection goes away. */
export type TabEnds = Readonly<Record<string, (tab: BrowserTab) => Promise<unknown>>>

const usualEnds: TabEnds = {
  'is closed': async ({ page }) => await page.close(),
  'is reloaded': async ({ page }) => await page.reload(),
  'goes to another page': async ({ page }) => await page.goto('about:blank'),
}

/** The tests that run in each browser, with two and with five tabs. `PRINT_TIMES=1` prints how long a hand-over takes. */
export const describeTransport = (name: string, browser: () => Browser, ends: TabEnds = {}): void => {
  const allEnds = { ...usualEnds, ...ends }
  describe.each([2, 5])(`%i tabs of ${name}`, (count) => {
    it('share one connection: each message reaches each tab once and in order, each send goes out once', async () => {
      await using tabs = await createTabsBrowser(browser())
      const open = await openTabs(tabs, count)
      await using server = open.server
      await expectTraffic(open, 'a')
      expect(server.connections).toHaveLength(1)
    })

    it.each(Object.keys(allEnds))('have a new connection after the tab that holds it %s', async (end) => {
      await using tabs = await createTabsBrowser(browser())
      const open = await openTabs(tabs, count)
      await using server = open.server
      const others = open.tabs.slice(1)
      const time = Date.now()
      await allEnds[end]?.(open.tabs[0]!)
      const took = await untilOpenAgain(others, time)
      if (process.env['PRINT_TIMES'])
        process.stderr.write(`${count} tabs, ${end}: open again after ${Math.round(took)} ms\n`)
      await server.until(({ open: live }) => live.length === 1)
      expect(server.connections).toHaveLength(2)
      await expectTraffic({ server, tabs: others }, 'b')
    })
  })
}
