import { firefox, type Browser } from 'playwright-core'
import type { BrowserPage } from '../support/browserPage.js'
import { openPageIn } from '../support/chromium.js'

/** Launches the Firefox at `FIREFOX_PATH`: a regular one, not Playwright's own build. */
export const launchFirefox = async (): Promise<Browser> =>
  await firefox.launch({
    channel: 'moz-firefox',
    executablePath: process.env['FIREFOX_PATH'] ?? 'firefox',
    // No requests of the browser itself during the tests.
    firefoxUserPrefs: {
      'app.update.auto': false,
      'datareporting.policy.dataSubmissionEnabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      'browser.safebrowsing.downloads.remote.enabled': false,
    },
  })

/** Opens a page of it. */
export const openFirefoxPage = async (entry: string): Promise<BrowserPage> => await openPageIn(launchFirefox, entry)
