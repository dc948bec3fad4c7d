import { describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import {
  expectNothingLost,
  startFlood,
  startSessionServer,
  untilEnded,
  untilResumed,
  verdictsOf,
} from './sessionFlood.js'
import { createTabsBrowser, type BrowserTab } from './tabsBrowser.js'
import { usualEnds, type TabEnds } from './transportCases.js'

export interface SessionEnds {
  /** Crashes the page of a tab. */
  readonly crashes: TabEnds[string]
  /** How the last page is left that can still say so to the server. */
  readonly lastEnds: TabEnds
}

/** One session for all tabs, with the companion server, while both ends send all the time: the tests that run in each browser. */
export const describeSessions = (name: string, browser: () => Browser, { crashes, lastEnds }: SessionEnds): void => {
  const allEnds: TabEnds = { ...usualEnds, crashes }
  describe.each([2, 5])(`one session for %i tabs of ${name}`, (count) => {
    it.each(Object.keys(allEnds))(
      'loses and doubles nothing when the tab that holds the connection %s',
      async (end) => {
        await using tabs = await createTabsBrowser(browser())
        await using running = await startSessionServer()
        const opened = new Map<string, BrowserTab>()
        for (let n = 0; n < count; n++) {
          const tab = await tabs.open()
          opened.set(`tab${n}`, tab)
          await startFlood(tab, running, `tab${n}`)
        }
        expect(running.server.connections.size).toBe(1)
        const [[held, holder]] = opened as never as [[string, BrowserTab]]
        opened.delete(held)
        await allEnds[end]!(holder)
        for (const tab of opened.values()) await untilResumed(tab)
        const { messages, sends } = await expectNothingLost(opened, running)
        if (process.env['PRINT_TIMES'])
          process.stderr.write(`${count} tabs, ${end}: ${sends} sends, ${messages} messages\n`)
        for (const tab of opened.values()) expect(await verdictsOf(tab)).toEqual(['new', 'resumed'])
        // Those of the page that is gone, too, are handled once and in order.
        const own = running.handled.filter((id) => id.startsWith(`${held}:`))
        expect(own).toEqual(own.map((_, n) => `${held}:${n}`))
        expect([running.server.connections.size, running.reasons]).toEqual([1, []])
      },
    )
  })

  describe(`one session for the tabs of ${name}`, () => {
    it.each(Object.entries(lastEnds))('ends when the last one %s', async (_end, leave) => {
      await using tabs = await createTabsBrowser(browser())
      await using running = await startSessionServer()
      const first = await tabs.open()
      await startFlood(first, running, 'a')
      const second = await tabs.open()
      await startFlood(second, running, 'b')
      await first.page.close({ runBeforeUnload: true })
      await untilResumed(second)
      expect(running.reasons).toEqual([])
      await leave(second)
      await untilEnded(running)
      expect([running.reasons, running.server.connections.size]).toEqual([[''], 0])
    })
  })
}
