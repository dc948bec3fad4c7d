import { describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { startServer } from '../../server/support.js'
import { createTabsBrowser, pollUntil, type BrowserTab, type TabsBrowser } from './tabsBrowser.js'

const start = async () => {
  let subscriptions = 0
  const waiting: (() => void)[] = []
  const authorizeChannel = () => {
    subscriptions++
    return true
  }
  const running = await startServer({ origin: false, authorizeChannel })
  running.server.methods({
    // Replies to the last one first, once all have asked.
    echo: async ({ text, of }: { text: string; of: number }) => {
      await new Promise<void>((resolve) => {
        if (waiting.unshift(resolve) < of) return
        for (const reply of waiting.splice(0)) reply()
      })
      return text
    },
  })
  running.server.channel('news', { history: { size: 100, ttl: 60_000 } })
  return { ...running, subscriptions: () => subscriptions, url: `ws://127.0.0.1:${running.server.port ?? 0}` }
}

const openStores = async (tabs: TabsBrowser, url: string, count: number, options: object): Promise<BrowserTab[]> => {
  const opened: BrowserTab[] = []
  for (let n = 0; n < count; n++) {
    const tab = await tabs.open()
    await tab.call('setTitle', `tab ${n}`)
    await tab.call('startStore', url, options)
    await tab.until<{ status: string }>('state', ({ status }) => status === 'open')
    opened.push(tab)
  }
  return opened
}

const errorsOf = async (tab: BrowserTab) =>
  (await tab.call<{ type: string; payload: { code: string } }[]>('actions'))
    .filter(({ type }) => type === 'socket/error')
    .map(({ payload }) => payload.code)

/** Stores whose tabs share a socket, with the companion server: the tests that run in each browser. */
export const describeStores = (name: string, browser: () => Browser): void => {
  describe.each([2, 5])(`the stores of %i tabs of ${name}`, (count) => {
    it('have one connection, their own replies, one subscription for all, and one answer for the server', async () => {
      await using tabs = await createTabsBrowser(browser())
      await using running = await start()
      const { server } = running
      const opened = await openStores(tabs, running.url, count, {
        withRpc: true,
        heartbeat: { interval: 200, timeout: 5_000 },
      })
      expect(server.count()).toBe(1)
      const replies = await Promise.all(
        opened.map(async (tab, n) => await tab.call('request', 'echo', { text: `for ${n}`, of: count })),
      )
      expect(replies).toEqual(opened.map((_, n) => ({ data: `for ${n}` })))
      for (const tab of opened) await tab.call('subscribe', 'news')
      const subscribed = (actions: { type: string }[]) => actions.some(({ type }) => type === 'socket/subscribed')
      for (const tab of opened) await tab.until('actions', subscribed)
      expect(running.subscriptions()).toBe(1)
      for (let n = 0; n < 50; n++) await server.publish('news', n)
      const expected = Array.from({ length: 50 }, (_, n) => n)
      for (const tab of opened) expect(await tab.until<number[]>('pushes', (all) => all.length >= 50)).toEqual(expected)
      const [connection] = server.connections
      await expect(connection?.request('whoAreYou')).resolves.toBe('tab 0')
      // The tab that holds the connection goes; the channel goes on for the others without a gap.
      await opened[0]?.page.close()
      const others = opened.slice(1)
      for (let n = 50; n < 60; n++) await server.publish('news', n)
      await pollUntil(
        () => server.count(),
        (live) => live === 1,
        'the number of connections',
      )
      for (let n = 60; n < 70; n++) await server.publish('news', n)
      const all = Array.from({ length: 70 }, (_, n) => n)
      for (const tab of others) expect(await tab.until<number[]>('pushes', (got) => got.length >= 70)).toEqual(all)
      // Which of the others holds it now is open.
      expect(others.map((_, n) => `tab ${n + 1}`)).toContain(await [...server.connections][0]?.request('whoAreYou'))
      for (const tab of others) expect(await errorsOf(tab)).toEqual([])
    })

    it('end their shared subscription when all unsubscribe at once, and may subscribe again', async () => {
      await using tabs = await createTabsBrowser(browser())
      await using running = await start()
      const { server } = running
      const opened = await openStores(tabs, running.url, count, { withRpc: true })
      const reached = async () => (await server.publish('news', 'x')).reached
      for (let times = 1; times <= 4; times++) {
        await Promise.all(opened.map(async (tab) => await tab.call('subscribe', 'news')))
        const isSubscribed = (actions: { type: string }[]) =>
          actions.filter(({ type }) => type === 'socket/subscribed').length === times
        for (const tab of opened) await tab.until('actions', isSubscribed)
        expect(await reached()).toBe(1)
        await Promise.all(opened.map(async (tab) => await tab.call('unsubscribe')))
        await pollUntil(reached, (left) => left === 0, 'the number of subscriptions at the server')
      }
      for (const tab of opened) expect(await errorsOf(tab)).toEqual([])
    })
  })
}
