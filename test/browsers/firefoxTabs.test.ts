import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { describeFallback, insecureHost } from '../support/tabs/fallbackCases.js'
import { describeSessions } from '../support/tabs/sessionCases.js'
import { startFlood, startSessionServer, untilEnded } from '../support/tabs/sessionFlood.js'
import { describeStores } from '../support/tabs/storeCases.js'
import { createTabsBrowser } from '../support/tabs/tabsBrowser.js'
import {
  closeTab,
  describeTransport,
  replaceStuckTab,
  expectTraffic,
  openTabs,
  usualEnds,
} from '../support/tabs/transportCases.js'
import { launchFirefoxForTabs } from './firefox.js'
import { crashTab, stopTab } from './firefoxProcess.js'

let browser: Browser
beforeAll(async () => {
  browser = await launchFirefoxForTabs({ 'network.dns.localDomains': insecureHost })
})
afterAll(async () => {
  await browser.close()
})

describeTransport('Firefox', () => browser, { crashes: crashTab })
describeStores('Firefox', () => browser)
describeSessions('Firefox', () => browser, { crashes: crashTab, lastEnds: { 'is closed': closeTab } })
describeFallback('Firefox', () => browser)

describe('a tab of Firefox that holds the connection', () => {
  it('is replaced when it is stuck, and joins the connection of the others when it goes on', async () => {
    await using tabs = await createTabsBrowser(browser)
    expect(await replaceStuckTab(tabs, stopTab)).toBe(2)
  })
})

describe('one session for the tabs of Firefox', () => {
  // Firefox closes the sockets of a page that navigates before the page gets an event.
  it('waits at the server when the last one goes to another page', async () => {
    await using tabs = await createTabsBrowser(browser)
    await using running = await startSessionServer({ ttl: 1_000 })
    const tab = await tabs.open()
    await startFlood(tab, running, 'a')
    await usualEnds['goes to another page'](tab)
    await untilEnded(running)
    expect(running.reasons).toEqual(['expired'])
  })
})

describe('private windows of Firefox', () => {
  it('share a connection', async () => {
    const own = await launchFirefoxForTabs({ 'browser.privatebrowsing.autostart': true })
    try {
      await using tabs = await createTabsBrowser(own)
      const open = await openTabs(tabs, 2)
      await using server = open.server
      await expectTraffic(open, 'p')
      expect(server.connections).toHaveLength(1)
    } finally {
      await own.close()
    }
  })
})
