import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { startDemoProcess } from '../demo/support/demoProcess.js'
import { openPostsPage } from '../demo/support/postsPage.js'
import { launchChromium } from '../support/chromium.js'
import { launchFirefox } from './firefox.js'

let chromium: Browser
let firefox: Browser
beforeAll(async () => {
  ;[chromium, firefox] = await Promise.all([launchChromium(), launchFirefox()])
})
afterAll(async () => {
  await Promise.all([chromium.close(), firefox.close()])
})

describe('two users, one with Chromium and one with Firefox', () => {
  it('see what the other creates and edits, in order, without a reload', async () => {
    await using server = await startDemoProcess()
    await using a = await openPostsPage(chromium, server.url)
    await using b = await openPostsPage(firefox, server.url)
    await Promise.all([a, b].map(async (page) => page.waitForStatus('Connected')))
    await a.write('one', 'from Chromium')
    await b.waitForTitles('one')
    await b.write('two', 'from Firefox')
    await a.waitForTitles('two', 'one')
    await b.edit('one', 'uno')
    await a.waitForTitles('two', 'uno')
    for (const page of [a, b]) {
      await page.expectNoReload()
      expect(page.problems).toEqual([])
    }
  })
})
