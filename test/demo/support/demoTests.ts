import { afterAll, beforeAll, expect } from '@jest/globals'
import type { Browser } from 'playwright-core'
import type { PageName } from '../../../demo/src/route.js'
import { openDemoPage, type DemoPage, type DemoPageOptions } from './demoPage.js'
import { connectBrowser, startDemo, type Demo } from './host.js'

export interface DemoTest extends DemoPage {
  readonly server: Demo
  /** Opens a further page of the same server, in a browser context of its own. */
  readonly openPage: () => Promise<DemoPage>
}

interface TestOptions extends DemoPageOptions {
  /** Starts the demo. @default startDemo, in the shared host */
  readonly start?: () => Promise<Demo>
}

/**
 * Connects the test file to the shared browser. The returned function wraps a test: it gets a demo server and a page of its own, and
 * fails when the console of the page shows a problem.
 */
export function demoTests(pageName: PageName) {
  let browser: Browser
  beforeAll(async () => {
    browser = await connectBrowser()
  })
  afterAll(() => browser.close())

  return (run: (demo: DemoTest) => Promise<void>, { start = startDemo, ...options }: TestOptions = {}) =>
    async () => {
      await using server = await start()
      const opened: DemoPage[] = []
      const openPage = async () => {
        const page = await openDemoPage(browser, `${server.url}/#${pageName}`, options)
        opened.push(page)
        return page
      }
      try {
        await run({ ...(await openPage()), server, openPage })
        for (const { problems } of opened) expect(problems).toEqual([])
      } finally {
        for (const page of opened) await page[Symbol.asyncDispose]()
      }
    }
}
