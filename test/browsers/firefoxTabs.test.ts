import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { createTabsBrowser, type BrowserTab } from '../support/tabs/tabsBrowser.js'
import { expectTraffic, openTabs, untilOpenAgain } from '../support/tabs/transportCases.js'
import { launchFirefox } from './firefox.js'

let browser: Browser
beforeAll(async () => {
  browser = await launchFirefox()
})
afterAll(async () => {
  await browser.close()
})

/** How the tab that holds the connection goes away. */
const ends: Readonly<Record<string, (tab: BrowserTab) => Promise<unknown>>> = {
  'is closed': async ({ page }) => await page.close(),
  'is reloaded': async ({ page }) => await page.reload(),
  'goes to another page': async ({ page }) => await page.goto('about:blank'),
}

describe.each([2, 5])('%i tabs of Firefox', (count) => {
  it('share one connection: each message reaches each tab once and in order, each send goes out once', async () => {
    await using tabs = await createTabsBrowser(browser)
    const open = await openTabs(tabs, count)
    await using server = open.server
    await expectTraffic(open, 'a')
    expect(server.connections).toHaveLength(1)
  })

  it.each(Object.keys(ends))('have a new connection after the tab that holds it %s', async (name) => {
    await using tabs = await createTabsBrowser(browser)
    const open = await openTabs(tabs, count)
    await using server = open.server
    const others = open.tabs.slice(1)
    const time = Date.now()
    await ends[name]?.(open.tabs[0]!)
    const took = await untilOpenAgain(others, time)
    if (process.env['PRINT_TIMES']) process.stderr.write(`${count} tabs, ${name}: ${Math.round(took)} ms\n`)
    await server.until(({ open: live }) => live.length === 1)
    expect(server.connections).toHaveLength(2)
    await expectTraffic({ server, tabs: others }, 'b')
  })
})
