import { afterAll, beforeAll } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../support/chromium.js'
import { describeStores } from '../../support/tabs/storeCases.js'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
})

describeStores('Chromium', () => browser)
