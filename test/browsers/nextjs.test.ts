import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { endProcess } from '../support/endProcess.js'
import { launchChromium } from '../support/chromium.js'
import { freePort } from '../support/freePort.js'

// The example of Next.js, installed by `npm run test:next` in a folder of its own: as it is developed, and built.

const folder = process.env['NEXT_APP'] ?? ''
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1', NODE_OPTIONS: '' }

let browser: Browser
let server: ChildProcess | undefined
const tabs: Page[] = []

beforeAll(async () => {
  if (folder === '') throw new Error('NEXT_APP is not set: run `npm run test:next`')
  browser = await launchChromium()
})

afterEach(async () => {
  for (const tab of tabs.splice(0)) await tab.context().close() // oxlint-disable-line no-await-in-loop
  await endProcess(server)
  server = undefined
})

afterAll(async () => await browser.close())

const start = async (mode: 'development' | 'production'): Promise<string> => {
  const port = String(await freePort())
  const child = spawn(process.execPath, ['server.mjs'], { cwd: folder, env: { ...env, NODE_ENV: mode, PORT: port } })
  server = child
  let output = ''
  return await new Promise((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += String(chunk)
      const [url] = /http:\/\/127\.0\.0\.1:\d+$/m.exec(output) ?? []
      if (/^Open /m.test(output) && url !== undefined) resolve(url)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${output}`)))
  })
}

interface Opened {
  readonly tab: Page
  readonly errors: string[]
  readonly sockets: string[]
}

const open = async (url: string): Promise<Opened> => {
  const tab = await (await browser.newContext()).newPage()
  tabs.push(tab)
  const errors: string[] = []
  const sockets: string[] = []
  tab.on('pageerror', (error) => errors.push(String(error)))
  tab.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  tab.on('websocket', (socket) => {
    if (socket.url().endsWith('/ws')) sockets.push(socket.url())
  })
  await tab.goto(url)
  return { tab, errors, sockets }
}

describe('the example of Next.js', () => {
  it('builds, types included', () => {
    const next = path.join(folder, 'node_modules/next/dist/bin/next')
    const { status, stdout, stderr } = spawnSync(process.execPath, [next, 'build'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...env, NODE_ENV: 'production' },
    })
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' })
    // Next rewrites a tsconfig.json that lacks its settings.
    expect(stdout).not.toContain('tsconfig')
  })

  it.each(['production', 'development'] as const)(
    'renders without a connection, then has one for each page: %s',
    async (mode) => {
      const url = await start(mode)
      const html = await (await fetch(url)).text()
      expect(html).toContain('<p>The connection is idle.</p><ul><li>Welcome</li></ul>')

      const [here, there] = [await open(url), await open(url)]
      await here.tab.getByText('The connection is open.').waitFor()
      await there.tab.getByText('The connection is open.').waitFor()
      await here.tab.getByLabel('Text').fill('Hello')
      await here.tab.getByRole('button', { name: 'Write' }).click()
      await there.tab.locator('li').getByText('Hello').waitFor()
      await here.tab.locator('li').getByText('Hello').waitFor()
      expect(await (await fetch(url)).text()).toContain('<li>Hello</li></ul>')
      expect([here.errors, there.errors]).toEqual([[], []])
      // React's StrictMode, which Next switches on in development, mounts twice.
      expect(here.sockets.length).toBeLessThanOrEqual(mode === 'production' ? 1 : 2)
    },
    120_000,
  )
})
