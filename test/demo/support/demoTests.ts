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

/** A demo server and its open pages. */
interface Setup extends AsyncDisposable {
  readonly server: Demo
  readonly pages: readonly DemoPage[]
  readonly openPage: () => Promise<DemoPage>
}

const createSetup = async (browser: Browser, pageName: PageName, options: TestOptions): Promise<Setup> => {
  const server = await (options.start ?? startDemo)()
  const pages: DemoPage[] = []
  const setup: Setup = {
    server,
    pages,
    openPage: async () => {
      const page = await openDemoPage(browser, `${server.url}/?dev#${pageName}`, options)
      pages.push(page)
      return page
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([server, ...pages].map((part) => part[Symbol.asyncDispose]()))
    },
  }
  await setup.openPage()
  return setup
}

/**
 * Connects the test file to the shared browser. The returned function wraps a test: it gets a demo server and a page of its own, and
 * fails when the console of the page shows a problem. While a test without options runs, the setup of the next one is created.
 */
export function demoTests(pageName: PageName) {
  let browser: Browser
  /** The number of tests without options that have not run yet. */
  let remaining = 0
  let next: Promise<Setup> | undefined
  beforeAll(async () => {
    browser = await connectBrowser()
  })
  afterAll(async () => {
    await (await next?.catch(() => undefined))?.[Symbol.asyncDispose]()
    await browser.close()
  })

  const takeSetup = async (): Promise<Setup> => {
    const taken = await (next ?? createSetup(browser, pageName, {}))
    remaining -= 1
    next = remaining > 0 ? createSetup(browser, pageName, {}) : undefined
    // The test that takes it reports a failure.
    next?.catch(() => {})
    return taken
  }

  return (run: (demo: DemoTest) => Promise<void>, options?: TestOptions) => {
    if (!options) remaining += 1
    return async () => {
      await using setup = await (options ? createSetup(browser, pageName, options) : takeSetup())
      const { server, pages, openPage } = setup
      const [first] = pages
      if (!first) throw new Error('the setup has no page')
      await run({ ...first, server, openPage })
      for (const { problems } of pages) expect(problems).toEqual([])
    }
  }
}
