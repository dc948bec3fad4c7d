import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../support/chromium.js'
import {
  expectNothingLost,
  startFlood,
  startSessionServer,
  untilResumed,
  verdictsOf,
} from '../../support/tabs/sessionFlood.js'
import { createTabsBrowser, pollUntil, type BrowserTab } from '../../support/tabs/tabsBrowser.js'
import { openVisibleTabs } from '../../support/tabs/visibleTabs.js'

// One session for all tabs, in Chromium, with the companion server, while both ends send all the time.

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
})

const ends: Readonly<Record<string, (tab: BrowserTab) => Promise<unknown>>> = {
  'is closed': async ({ page }) => await page.close(),
  'is reloaded': async ({ page }) => await page.reload(),
  'goes to another page': async ({ page }) => await page.goto('about:blank'),
  crashes: async ({ page }) => {
    const session = await page.context().newCDPSession(page)
    session.send('Page.crash').catch(() => {})
    await page.waitForEvent('crash')
  },
}

describe.each([2, 5])('one session for %i tabs of Chromium', (count) => {
  it.each(Object.keys(ends))('loses and doubles nothing when the tab that holds the connection %s', async (end) => {
    await using tabs = await createTabsBrowser(browser)
    await using running = await startSessionServer()
    const opened = new Map<string, BrowserTab>()
    for (let n = 0; n < count; n++) {
      const tab = await tabs.open()
      opened.set(`tab${n}`, tab)
      await startFlood(tab, running, `tab${n}`)
    }
    expect(running.server.connections.size).toBe(1)
    const [[name, holder]] = opened as never as [[string, BrowserTab]]
    opened.delete(name)
    await ends[end]?.(holder)
    for (const tab of opened.values()) await untilResumed(tab)
    const { messages, sends } = await expectNothingLost(opened, running)
    if (process.env['PRINT_TIMES'])
      process.stderr.write(`${count} tabs, ${end}: ${sends} sends, ${messages} messages\n`)
    for (const tab of opened.values()) expect(await verdictsOf(tab)).toEqual(['new', 'resumed'])
    // Those of the page that is gone, too, are handled once and in order.
    const own = running.handled.filter((id) => id.startsWith(`${name}:`))
    expect(own).toEqual(own.map((_, n) => `${name}:${n}`))
    expect([running.server.connections.size, running.reasons]).toEqual([1, []])
  })
})

describe('one session for the tabs of Chromium', () => {
  it('ends with the last one that is closed', async () => {
    await using tabs = await createTabsBrowser(browser)
    await using running = await startSessionServer()
    const first = await tabs.open()
    await startFlood(first, running, 'a')
    const second = await tabs.open()
    await startFlood(second, running, 'b')
    await first.page.close({ runBeforeUnload: true })
    await untilResumed(second)
    expect(running.reasons).toEqual([])
    await second.page.goto('about:blank')
    await pollUntil(
      () => running.reasons,
      ({ length }) => length === 1,
      'the end of the session',
    )
    expect(running.server.connections.size).toBe(0)
  })

  it('loses nothing for the others when the holder is frozen, which gets the verdict when it wakes', async () => {
    await using visible = await openVisibleTabs()
    await using running = await startSessionServer()
    const [first, second] = [await visible.open(), await visible.open()]
    await startFlood(first, running, 'a')
    await second.show()
    await startFlood(second, running, 'b')
    await first.setFrozen(true)
    await untilResumed(second)
    await first.setFrozen(false)
    await untilResumed(first)
    expect(await verdictsOf(first)).toEqual(['new', 'lost'])
    await first.call('stopFlood')
    await expectNothingLost(new Map([['b', second]]), running)
    expect(await verdictsOf(second)).toEqual(['new', 'resumed'])
    const own = running.handled.filter((id) => id.startsWith('a:'))
    expect(new Set(own).size).toBe(own.length)
    // What was not handled is reported.
    const dropped = (await first.call<{ type: string; payload: { ids?: string[] } }[]>('actions'))
      .filter(({ type }) => type === 'socket/dropped')
      .flatMap(({ payload }) => payload.ids!)
    const handled = new Set([...own, ...dropped])
    const count = await first.call<number>('stopFlood')
    expect(Array.from({ length: count }, (_, n) => `a:${n}`).filter((id) => !handled.has(id))).toEqual([])
  })
})
