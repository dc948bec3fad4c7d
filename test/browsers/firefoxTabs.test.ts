import { afterAll, beforeAll } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { describeTransport } from '../support/tabs/transportCases.js'
import { launchFirefox } from './firefox.js'

let browser: Browser
beforeAll(async () => {
  browser = await launchFirefox()
})
afterAll(async () => {
  await browser.close()
})

describeTransport('Firefox', () => browser)
