import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, jest } from '@jest/globals'
import { chromium, type Browser, type Locator, type Page } from 'playwright-core'
import { SLOW_CHECKS } from '../support/slowChecks.js'
import { startDemoProcess, type DemoProcess } from './process.js'

const root = path.resolve(__dirname, '../..')

// Jest's CommonJS cannot import an .mjs module, so Node itself is asked.
const launchOptions = async (): Promise<{ executablePath: string; args: string[] }> => {
  const script = `
    const chromium = await import('./scripts/chromium.mjs')
    console.log(JSON.stringify({ executablePath: chromium.findChromium(), args: chromium.chromiumArgs }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: root })
  return JSON.parse(stdout) as { executablePath: string; args: string[] }
}

export const launchBrowser = async (): Promise<Browser> => chromium.launch(await launchOptions())

/** The browser's own words about a connection that could not be had: no script can keep it from saying them. */
const CHROMIUM_OWN = /^WebSocket connection to '\S+' failed/

type RowKind = 'Sent' | 'Received' | 'Event'

export interface OpenPage extends AsyncDisposable {
  readonly page: Page
  /** Errors and warnings in the console, and uncaught exceptions. */
  readonly problems: readonly string[]
  readonly status: (phrase: string | RegExp) => Promise<void>
  readonly press: (button: string) => Promise<void>
  readonly rows: (kind: RowKind, text?: string | RegExp) => Locator
  /** Waits for such a row to be in view. */
  readonly row: (kind: RowKind, text?: string | RegExp) => Promise<void>
  readonly connect: () => Promise<void>
  readonly send: (message: string) => Promise<void>
}

/** Opens the page in a browser context of its own. What is `harmless` in its console is no problem. */
export async function openDemoPage(browser: Browser, url: string, harmless: readonly RegExp[] = []): Promise<OpenPage> {
  const known = [CHROMIUM_OWN, SLOW_CHECKS, ...harmless]

  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`))
  page.on('console', (message) => {
    const isProblem = message.type() === 'error' || message.type() === 'warning'
    const text = message.text()
    if (isProblem && !known.some((pattern) => pattern.test(text))) problems.push(`${message.type()}: ${text}`)
  })
  await page.goto(url)

  const status = async (phrase: string | RegExp) =>
    page.getByRole('status', { name: 'Connection status' }).filter({ hasText: phrase }).waitFor()
  const press = async (button: string) => page.getByRole('button', { name: button, exact: true }).click()
  const rows = (kind: RowKind, text: string | RegExp = '') =>
    page.getByRole('listitem').filter({ has: page.getByRole('img', { name: kind }), hasText: text })

  return {
    page,
    problems,
    status,
    press,
    rows,
    row: async (kind, text) => rows(kind, text).last().waitFor(),
    connect: async () => {
      await press('Connect')
      await status('Connected')
    },
    send: async (message) => {
      await page.getByRole('textbox', { name: 'Message', exact: true }).fill(message)
      await press('Send')
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}

export type DemoPage = OpenPage & { readonly server: DemoProcess }

/**
 * Gives the file a browser, and its tests a server and a page each. A test fails too when anything went wrong in the
 * page's console that is not harmless.
 */
export function demoTests() {
  let browser: Browser
  // Reconnecting waits as long as the library's own backoff says: 3 s at most, then 5 s.
  jest.setTimeout(60_000)
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())

  return (run: (demo: DemoPage) => Promise<void>) => async () => {
    await using server = await startDemoProcess()
    await using open = await openDemoPage(browser, server.url)
    await run({ ...open, server })
    expect(open.problems).toEqual([])
  }
}

export const textOf = async ({ page }: DemoPage, label: string) => page.getByLabel(label, { exact: true }).textContent()

export const lastSend = async ({ page }: DemoPage, text: string | RegExp) =>
  page.getByRole('status', { name: 'Result of the last send' }).filter({ hasText: text }).waitFor()

export const serverAnswers = async ({ page }: DemoPage, text: string | RegExp) =>
  page.getByRole('status', { name: 'Answer of the server' }).filter({ hasText: text }).waitFor()

export const sendTimes = async (demo: DemoPage, times: number) => {
  await demo.page.getByRole('textbox', { name: 'Times' }).fill(String(times))
  await demo.press('Send')
}

export const burst = async ({ page, press }: DemoPage, count: number) => {
  await page.getByRole('textbox', { name: 'Messages', exact: true }).fill(String(count))
  await press('Burst')
}

export const logCount = async ({ page }: DemoPage, text: string) =>
  page.getByRole('region', { name: 'Log' }).getByText(text, { exact: true }).waitFor()
