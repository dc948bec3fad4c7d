import { afterAll, beforeAll } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { crashTab, launchChromium } from '../../support/chromium.js'
import { describeTransport } from '../../support/tabs/transportCases.js'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
})

describeTransport('Chromium', () => browser, { crashes: crashTab })
