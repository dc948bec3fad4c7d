import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright-core'

export interface BundledPage extends AsyncDisposable {
  readonly browser: Browser
  readonly page: Page
  /** Loads the page anew: a fresh global, with the bundle in it. */
  readonly reload: () => Promise<void>
}

// Jest's CommonJS cannot import an .mjs module, so Node itself is asked.
const launchOptions = async (): Promise<{ executablePath: string; args: string[] }> => {
  const script = `
    const chromium = await import('./scripts/chromium.mjs')
    console.log(JSON.stringify({ executablePath: await chromium.findChromium(), args: chromium.chromiumArgs }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return JSON.parse(stdout) as { executablePath: string; args: string[] }
}

const bundle = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    // RTK's checks are on in development only.
    define: { 'process.env.NODE_ENV': '"development"' },
  })
  return outputFiles[0]?.text ?? ''
}

/** Opens a page of a real Chromium with `entry` (a module, from the project's root) bundled into it. */
export const openBundledPage = async (entry: string): Promise<BundledPage> => {
  const [script, options] = await Promise.all([bundle(entry), launchOptions()])
  const site = createServer((request, response) => {
    const isScript = request.url === '/bundle.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><meta charset="utf-8"><script src="/bundle.js"></script>')
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  const { port } = site.address() as AddressInfo

  const browser = await chromium.launch(options)
  const page = await browser.newPage()
  const reload = async (): Promise<void> => {
    await page.goto(`http://127.0.0.1:${port}/`)
  }
  return {
    browser,
    page,
    reload,
    [Symbol.asyncDispose]: async () => {
      await browser.close()
      site.closeAllConnections()
      await new Promise<void>((resolve) => site.close(() => resolve()))
    },
  }
}
