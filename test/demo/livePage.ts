import { afterAll, beforeAll, expect, jest } from '@jest/globals'
import type { Browser } from 'playwright-core'
import type { Functions } from '../../demo/functions/methods.js'
import { launchBrowser, openDemoPage, type OpenPage } from './page.js'

type PageName = 'time' | 'functions' | 'query'

/** Gives the file a browser, and its tests pages of it. */
export function livePages(name: PageName) {
  let browser: Browser
  jest.setTimeout(60_000)
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser.close())
  return (url: string, harmless?: readonly RegExp[]): Promise<OpenPage> =>
    openDemoPage(browser, `${url}/#${name}`, harmless)
}

/** Calls a function of the server past all pages. */
export const ask = async (url: string, method: keyof Functions, params?: unknown): Promise<unknown> => {
  const response = await fetch(`${url}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const reply = (await response.json()) as { readonly result?: unknown; readonly error?: unknown }
  return reply.error ?? reply.result
}

/** Asks until the server says so. */
export const eventually = async (read: () => Promise<unknown>, expected: unknown) => {
  let said: unknown
  for (let tries = 0; tries < 100; tries += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    said = await read()
    if (said === expected) return
  }
  expect(said).toBe(expected)
}

/** Has the page dial at once, unless it has by itself. */
export const comeBack = async ({ page, status }: OpenPage) => {
  await page.evaluate(() => {
    const buttons = [...document.querySelectorAll('button')]
    buttons.find(({ textContent }) => textContent === 'Connect now')?.click()
  })
  await status('Connected')
}

/** A page that everybody can use: every control has a name, and nothing is wider than the screen. */
export const expectForEverybody = async ({ page }: OpenPage) => {
  await page.setViewportSize({ width: 360, height: 740 })
  const controls = await page.locator('button, input, textarea, a[href], article, ol, ul').all()
  const nodes = await Promise.all(controls.map(async (control) => control.ariaSnapshot()))
  expect(nodes.length).toBeGreaterThan(10)
  expect(nodes.filter((node) => !/^- '?\w+ "[^"]+"/.test(node))).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
}
