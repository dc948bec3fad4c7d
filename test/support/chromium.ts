import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { chromium, type Browser, type LaunchOptions, type Page } from 'playwright-core'
import { serveBundle, type BrowserPage, type BundleMode } from './browserPage.js'

export interface BundledPage extends BrowserPage {
  readonly browser: Browser
  readonly page: Page
}

// A Node process reads the options: the CommonJS of Jest cannot import an .mjs module.
const launchOptions = async (): Promise<LaunchOptions> => {
  const script = `
    const chromium = await import('./scripts/chromium.mjs')
    console.log(JSON.stringify({ executablePath: await chromium.findChromium(), args: chromium.chromiumArgs }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return JSON.parse(stdout) as LaunchOptions
}

/** Launches a browser and opens a page that runs the bundle of a module. `entry` is its path from the root of the project. */
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
          async ([method, given]) => {
            const functions = globalThis as unknown as Record<string, (...all: readonly unknown[]) => unknown>
            return await functions[method]?.(...given)
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

/** Launches Chromium, with further arguments of its command line. */
export const launchChromium = async (further: readonly string[] = []): Promise<Browser> => {
  const options = await launchOptions()
  return await chromium.launch({ ...options, args: [...(options.args ?? []), ...further] })
}

/** Launches Chromium and opens a page that runs the bundle of a module. `entry` is its path from the root of the project. */
export const openBundledPage = async (entry: string, mode?: BundleMode): Promise<BundledPage> =>
  await openPageIn(async () => await launchChromium(), entry, mode)

/** Crashes the page of a tab of Chromium. */
export const crashTab = async ({ page }: { readonly page: Page }): Promise<void> => {
  const session = await page.context().newCDPSession(page)
  session.send('Page.crash').catch(() => {})
  await page.waitForEvent('crash')
}
