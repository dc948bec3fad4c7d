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

/** Lets the first of three tabs be stuck: another one takes its place, and it joins when it goes on. `stick` returns what lets it go on. Returns how many connections there were. */
export const replaceStuckTab = async <Tab extends TabCalls>(
  browser: { readonly open: () => Promise<Tab> },
  stick: (tab: Tab) => Promise<() => Promise<unknown>>,
): Promise<number> => {
  const open = await openTabs(browser, 3, { patience: 1000 })
  await using server = open.server
  const [first, ...others] = open.tabs
  const time = Date.now()
  const goOn = await stick(first!)
  await untilOpenAgain(others, time)
  await expectTraffic({ server, tabs: others }, 'g')
  // It still has its own connection: it cannot know yet.
  expect(server.open).toHaveLength(2)
  await goOn()
  await untilOpenAgain([first!], time)
  await server.until(({ open: live }) => live.length === 1)
  for (const tab of others) {
    const events = await tab.call<PageEvent[]>('events')
    expect(events.filter(({ type }) => type === 'open')).toHaveLength(2)
  }
  await expectTraffic(open, 'h')
  return server.connections.length
}

/** How the tab that holds the connection goes away. */
export type TabEnds = Readonly<Record<string, (tab: BrowserTab) => Promise<unknown>>>

export const usualEnds = {
  'is closed': async ({ page }) => await page.close(),
  'is reloaded': async ({ page }) => await page.reload(),
  'goes to another page': async ({ page }) => await page.goto('about:blank'),
} satisfies TabEnds

/** As a user closes a tab: the page gets its events. */
export const closeTab = async ({ page }: BrowserTab): Promise<void> => await page.close({ runBeforeUnload: true })

/** The tests that run in each browser, with two and with five tabs. `PRINT_TIMES=1` prints how long a hand-over takes. */
export const describeTransport = (name: string, browser: () => Browser, ends: TabEnds = {}): void => {
  const allEnds: TabEnds = { ...usualEnds, ...ends }
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

  describe(`tabs of ${name}`, () => {
    it.each<[string, string[], object[], number[]]>([
      ['another url', ['', '', 'other'], [{}], [0, 0, 1]],
      ['another name', ['?token=1', '?token=2', '?token=3'], [{ name: 'a' }, { name: 'a' }, { name: 'b' }], [0, 0, 1]],
    ])(
      'have a connection of their own for %s, and share that of the same one',
      async (_what, paths, options, expected) => {
        await using tabs = await createTabsBrowser(browser())
        await using server = await startEchoServer({ echo: false })
        const opened: BrowserTab[] = []
        for (const [n, path] of paths.entries()) {
          const tab = await tabs.open()
          await tab.call('startSocket', `${server.url}/${path}`, options[n] ?? {})
          await tab.until<PageEvent[]>('events', (events) => events.some(({ type }) => type === 'open'))
          opened.push(tab)
        }
        expect(server.connections.map((connection) => connection.path)).toEqual([`/${paths[0]}`, `/${paths[2]}`])
        for (const [n, { socket }] of server.connections.entries()) socket.send(`of ${n}`)
        for (const [n, tab] of opened.entries()) {
          const messages = await tab.until<string[]>('messages', (all) => all.length > 0)
          expect(messages).toEqual([`of ${expected[n]}`])
          await tab.call('send', `from ${n}`)
        }
        await server.until(({ received }) => received.length === opened.length)
        const received = server.connections.map((connection) => connection.received.map(String).toSorted())
        expect(received).toEqual([['from 0', 'from 1'], ['from 2']])
      },
    )
  })
}
