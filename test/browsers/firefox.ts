import path from 'node:path'
import { firefox, type Browser, type LaunchOptions } from 'playwright-core'
import type { BrowserPage } from '../support/browserPage.js'
import { openPageIn } from '../support/chromium.js'

type Preferences = NonNullable<LaunchOptions['firefoxUserPrefs']>

const launch = async (executablePath: string, preferences: Preferences): Promise<Browser> =>
  await firefox.launch({
    channel: 'moz-firefox',
    executablePath,
    // No requests of the browser itself during the tests.
    firefoxUserPrefs: {
      'app.update.auto': false,
      'datareporting.policy.dataSubmissionEnabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      'browser.safebrowsing.downloads.remote.enabled': false,
      ...preferences,
    },
  })

/** Launches the Firefox at `FIREFOX_PATH`: a regular one, not Playwright's own build. */
export const launchFirefox = async (): Promise<Browser> => await launch(process.env['FIREFOX_PATH'] ?? 'firefox', {})

/** Opens a page of it. */
export const openFirefoxPage = async (entry: string): Promise<BrowserPage> => await openPageIn(launchFirefox, entry)

/** Launches a Firefox that has a process for each tab, and goes on when one of them crashes. */
export const launchFirefoxForTabs = async (preferences: Preferences = {}): Promise<Browser> =>
  await launch(path.resolve('test/browsers/firefox.sh'), { 'dom.ipc.processCount.webIsolated': 8, ...preferences })
