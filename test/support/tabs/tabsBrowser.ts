import type { Browser, BrowserContext, Page, Worker } from 'playwright-core'
import { serveBundle } from '../browserPage.js'

/** Calls into the page of the tests. */
export interface TabCalls {
  /** Calls a function of the page. Arguments and result are plain data. */
  readonly call: <Result = unknown>(name: string, ...args: readonly unknown[]) => Promise<Result>
  /** Resolves once `holds` is true of what a function of the page returns. */
  readonly until: <Result = unknown>(name: string, holds: (result: Result) => boolean) => Promise<Result>
}

/** A tab of a browser that runs the page of the tests. */
export interface BrowserTab extends TabCalls {
  readonly page: Page
}

/** Tabs of one origin and one profile. */
export interface TabsBrowser extends AsyncDisposable {
  readonly context: BrowserContext
  /** The origin of the tabs, and what their page is at. */
  readonly url: string
  readonly open: () => Promise<BrowserTab>
}

/** Calls again until the result is as wanted. */
export const pollUntil = async <Result>(
  call: () => Promise<Result> | Result,
  holds: (result: Result) => boolean,
  what: string,
): Promise<Result> => {
  const end = Date.now() + 30_000
  for (;;) {
    const result = await call()
    if (holds(result)) return result
    if (Date.now() > end) throw new Error(`${what} never became as expected; it is ${JSON.stringify(result)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Creates the calls of a tab. */
export const createTabCalls = (run: (name: string, args: readonly unknown[]) => Promise<unknown>): TabCalls => {
  const call = async <Result>(name: string, ...args: readonly unknown[]) => (await run(name, args)) as Result
  return {
    call,
    until: async <Result>(name: string, holds: (result: Result) => boolean) =>
      await pollUntil(async () => await call<Result>(name), holds, name),
  }
}

/** Where scripts run: a page, or a worker. */
type Scope = Pick<Worker, 'evaluate'>

/** Creates the calls of a page or worker that runs the page of the tests. */
export const createScopeCalls = (scope: Scope): TabCalls =>
  createTabCalls(
    async (name, args) =>
      await scope.evaluate(
        async ([method, given]) =>
          await (globalThis as unknown as Record<string, (...all: readonly unknown[]) => unknown>)[method]?.(...given),
        [name, args] as const,
      ),
  )

/** Serves the page of the tests and opens tabs with it. */
export const createTabsBrowser = async (browser: Browser): Promise<TabsBrowser> => {
  const site = await serveBundle('test/integration/tabs/page.ts')
  const context = await browser.newContext()
  const open = async (): Promise<BrowserTab> => {
    const page = await context.newPage()
    await page.goto(site.url)
    return { ...createScopeCalls(page), page }
  }
  return {
    context,
    url: site.url,
    open,
    [Symbol.asyncDispose]: async () => {
      await context.close()
      await site[Symbol.asyncDispose]()
    },
  }
}
