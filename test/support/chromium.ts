import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { chromium, type Browser, type LaunchOptions, type Page } from 'playwright-core'
import { serveBundle, type BrowserPage, type BundleMode } from './browserPage.js'

export interface BundledPage extends BrowserPage {
  readonly browser: Browser
  readonly page: Page
}

// Jest's CommonJS cannot import an .mjs module, so Node itself is asked.
const launchOptions = async (): Promise<LaunchOptions> => {
  const script = `
    const chromium = await import('./scripts/chromium.mjs')
    console.log(JSON.stringify({ executablePath: await chromium.findChromium(), args: chromium.chromiumArgs }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return JSON.parse(stdout) as LaunchOptions
}

/** Opens a page with `entry` (a module, from the project's root) bundled into it, in a browser that Playwright can launch. */
export const openPageIn = async (
  launch: () => Promise<Browser>,
  entry: string,
  mode?: BundleMode,
): Promise<BundledPage> => {
  const site = await serveBundle(entry, mode)
  let browser: Browser | undefined
  const dispose = async (): Promise<void> => {
    await browser?.close()
    await site[Symbol.asyncDispose]()
  }
  try {
    browser = await launch()
    const page = await browser.newPage()
    return {
      browser,
      page,
      site,
      reload: async () => void (await page.goto(site.url)),
      call: async (name, ...args) =>
        await page.evaluate(
          async ([what, given]) => {
            const functions = globalThis as unknown as Record<string, (...all: readonly unknown[]) => unknown>
            return await functions[what]?.(...given)
          },
          [name, args] as const,
        ),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** A real Chromium. */
export const launchChromium = async (): Promise<Browser> => await chromium.launch(await launchOptions())

/** Opens a page of a real Chromium with `entry` (a module, from the project's root) bundled into it. */
export const openBundledPage = async (entry: string, mode?: BundleMode): Promise<BundledPage> =>
  await openPageIn(launchChromium, entry, mode)
