import type { Browser, Locator, Page } from 'playwright-core'
import { SLOW_CHECKS } from '../../support/slowChecks.js'

/** Chromium prints this for every connection that fails. A script cannot prevent it. */
const FAILED_CONNECTION = /^WebSocket connection to '\S+' failed/

type RowKind = 'Sent' | 'Received' | 'Event'

/** A page of the demo in a browser. The `waitFor…` functions fail after a timeout. */
export interface DemoPage extends AsyncDisposable {
  readonly page: Page
  /** Errors and warnings in the console, and uncaught exceptions. */
  readonly problems: readonly string[]
  readonly waitForStatus: (phrase: string | RegExp) => Promise<void>
  readonly press: (button: string) => Promise<void>
  /** The rendered rows of the log. */
  readonly rows: (kind: RowKind, text?: string | RegExp) => Locator
  readonly waitForRow: (kind: RowKind, text?: string | RegExp) => Promise<void>
  /** Waits for the connection that the page opens when it is loaded. */
  readonly connect: () => Promise<void>
  readonly send: (message: string) => Promise<void>
  /** Advances the clock of the page; needs `hasClock`. Due timers fire once. */
  readonly skip: (milliseconds: number) => Promise<void>
}

export interface DemoPageOptions {
  /** Messages in the console that are not problems. */
  readonly harmless?: readonly RegExp[]
  /** Whether the test controls the clock of the page: it runs as usual, and `skip` advances it. */
  readonly hasClock?: boolean
}

const isProblem = (type: string): boolean => type === 'error' || type === 'warning'

/** Opens a page in a browser context of its own. */
export async function openDemoPage(
  browser: Browser,
  url: string,
  { harmless = [], hasClock = false }: DemoPageOptions = {},
): Promise<DemoPage> {
  const known = [FAILED_CONNECTION, SLOW_CHECKS, ...harmless]
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } })
  if (hasClock) await context.clock.install()
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    if (!isProblem(message.type()) || known.some((pattern) => pattern.test(text))) return
    problems.push(`${message.type()}: ${text}`)
  })
  await page.goto(url)

  const waitForStatus = async (phrase: string | RegExp) =>
    page.getByRole('status', { name: 'Connection status' }).filter({ hasText: phrase }).waitFor()
  const press = async (button: string) => page.getByRole('button', { name: button, exact: true }).click()
  const rows = (kind: RowKind, text: string | RegExp = '') =>
    page.getByRole('listitem').filter({ has: page.getByRole('img', { name: kind }), hasText: text })

  return {
    page,
    problems,
    waitForStatus,
    press,
    rows,
    waitForRow: async (kind, text) => rows(kind, text).last().waitFor(),
    connect: async () => waitForStatus('Connected'),
    send: async (message) => {
      await page.getByRole('textbox', { name: 'Message', exact: true }).fill(message)
      await press('Send')
    },
    skip: async (milliseconds) => page.clock.fastForward(milliseconds),
    [Symbol.asyncDispose]: () => context.close(),
  }
}

/** The accessibility nodes of `selector` that have no name. A node with a name reads `- button "Connect"`. */
export const findUnnamed = async (
  { page }: DemoPage,
  selector: string,
): Promise<{ count: number; unnamed: string[] }> => {
  const elements = await page.locator(selector).all()
  const nodes = await Promise.all(elements.map(async (element) => element.ariaSnapshot()))
  return { count: nodes.length, unnamed: nodes.filter((node) => !/^- '?\w+ "[^"]+"/.test(node)) }
}

/** The width of the content, which exceeds that of the screen when something does not fit. */
export const contentWidth = async ({ page }: DemoPage): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth)
