import { afterAll, beforeAll } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../support/chromium.js'
import { describeFallback, insecureHost } from '../../support/tabs/fallbackCases.js'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium([`--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`])
})
afterAll(async () => {
  await browser.close()
})

describeFallback('Chromium', () => browser)
