import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { createClient } from 'redis'
import { createApp, root, type App } from '../package/app.js'
import { endProcess } from '../support/endProcess.js'
import { launchChromium } from '../support/chromium.js'
import { freePort } from '../support/freePort.js'
import { prepareRedis } from '../support/redisServer.js'

// Each example as somebody would have it who has installed the packed library: `npm start`, and its page in Chromium. `npm run test:next` does the
// same for nextjs, which needs more packages than this project has.

const examples = path.join(root, 'examples')
const names = readdirSync(examples, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
)
const ofExample = ['src', 'app', 'lib', 'index.html', 'server.mjs', 'tsconfig.json', 'package.json']

interface Manifest {
  readonly scripts: Record<string, string>
  readonly dependencies: Record<string, string>
  readonly devDependencies?: Record<string, string>
}
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest

let app: App
let browser: Browser
let server: ChildProcess | undefined
const tabs: Page[] = []

beforeAll(async () => {
  const used = names.flatMap((name) => {
    const { dependencies, devDependencies } = manifestOf(path.join(examples, name))
    return Object.keys({ ...dependencies, ...devDependencies })
  })
  const ofToolkit = ['immer', 'redux', 'redux-thunk', 'reselect']
  const absent = ['reduplex', 'next']
  app = createApp([...new Set([...used, ...ofToolkit])].filter((name) => !absent.includes(name)))
  browser = await launchChromium()
}, 120_000)

afterEach(async () => {
  for (const tab of tabs.splice(0)) await tab.close() // oxlint-disable-line no-await-in-loop
  await endProcess(server)
  server = undefined
})

afterAll(async () => {
  await browser.close()
  app.remove()
})

const copy = (name: string): void => {
  for (const file of ofExample) rmSync(path.join(app.folder, file), { recursive: true, force: true })
  cpSync(path.join(examples, name), app.folder, { recursive: true })
}

/** Starts an example, and returns the addresses that it prints. */
const start = async (name: string, env: Record<string, string> = {}): Promise<string[]> => {
  copy(name)
  const [, script = ''] = /^node (\S+)$/.exec(manifestOf(app.folder).scripts['start'] ?? '') ?? []
  const ports = { PORT: String(await freePort()), PORT_2: String(await freePort()) }
  const child = spawn(process.execPath, [script], {
    cwd: app.folder,
    env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', ...ports, ...env },
  })
  server = child
  let output = ''
  return await new Promise((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += String(chunk)
      const line = /^Open .*$/m.exec(output)?.[0]
      if (line !== undefined && output.endsWith('\n')) resolve(line.match(/http:\/\/[\d.:]+/g) ?? [])
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}:\n${output}`)))
  })
}

const open = async (url: string | undefined): Promise<Page> => {
  const tab = await (await browser.newContext()).newPage()
  tabs.push(tab)
  await tab.goto(String(url))
  return tab
}

/** Waits until the page shows a text. */
const shows = async (tab: Page, text: string | RegExp): Promise<void> => {
  const found = tab.getByText(text).first()
  await found.waitFor()
  expect(await found.isVisible()).toBe(true)
}

describe('the examples', () => {
  it('install only what they import, and the library of this repository', () => {
    for (const name of names) {
      const { dependencies } = manifestOf(path.join(examples, name))
      const files = readdirSync(path.join(examples, name), { recursive: true, encoding: 'utf8' })
      const text = files
        .filter((file) => /\.(mjs|tsx?|html)$/.test(file))
        .map((file) => readFileSync(path.join(examples, name, file), 'utf8'))
        .join('\n')
      // `ws` is for reduplex/server, `react` for JSX, `react-dom` for Next.js.
      const isUsed = (dependency: string) =>
        dependency === 'ws' ||
        (dependency === 'react' && files.some((file) => file.endsWith('.tsx'))) ||
        new RegExp(`['"]${dependency}['"/]`).test(text) ||
        (dependency === 'react-dom' && text.includes("from 'next'")) ||
        (dependency === 'redis' && text.includes('server/redis'))
      expect(Object.keys(dependencies).filter((dependency) => !isUsed(dependency))).toEqual([])
      expect(dependencies['reduplex']).toBe('file:../..')
      expect(readFileSync(path.join(examples, name, '.npmrc'), 'utf8')).toContain('install-links=true')
    }
  })

  it.each(names.filter((name) => readdirSync(path.join(examples, name)).includes('tsconfig.json')))(
    '%s compiles',
    (name) => {
      copy(name)
      expect(app.tool('@typescript/native/bin/tsc', '--singleThreaded', '-p', app.folder)).toEqual({
        status: 0,
        output: '',
      })
    },
  )

  it('price-ticker shows prices', async () => {
    const [url] = await start('price-ticker')
    const tab = await open(url)
    await shows(tab, 'The connection is open.')
    await shows(tab, 'STOCK 20')
    expect(await tab.locator('tr').count()).toBe(20)
  })

  it('vue shows prices', async () => {
    const [url] = await start('vue')
    const tab = await open(url)
    await shows(tab, 'The connection is open.')
    await shows(tab, /^STOCK 20: \d+\.\d\d$/)
    expect(await tab.locator('li').count()).toBe(20)
  })

  it('chat signs in, delivers to another page, refreshes the token, and signs out', async () => {
    const [url] = await start('chat', { TOKEN_MS: '1500' })
    const [ada, bob] = [await open(url), await open(url)]
    for (const [tab, name] of [
      [ada, 'Ada'],
      [bob, 'Bob'],
    ] as const) {
      await tab.getByLabel('Sign in').fill(name) // oxlint-disable-line no-await-in-loop
      await tab.getByRole('button', { name: 'Sign in' }).click() // oxlint-disable-line no-await-in-loop
      await shows(tab, 'The connection is open.') // oxlint-disable-line no-await-in-loop
    }
    await ada.getByLabel('Say').fill('hello')
    await ada.getByRole('button', { name: 'Say' }).click()
    await shows(bob, 'Ada: hello')
    await ada.getByText(/Tokens so far: [2-9]/).waitFor()
    await shows(ada, 'The connection is open.')
    await shows(ada, 'Ada: hello')
    await ada.getByRole('button', { name: 'Sign out' }).click()
    await ada.getByRole('button', { name: 'Sign in' }).waitFor()
    expect(await ada.getByText('Ada: hello').count()).toBe(0)
  })

  it('rtk-query adds and ticks a task, and another page shows it', async () => {
    const [url] = await start('rtk-query')
    const [here, there] = [await open(url), await open(url)]
    await shows(here, 'The list is live.')
    await shows(there, 'The list is live.')
    await here.getByLabel('Task', { exact: true }).fill('Write a test')
    await here.getByRole('button', { name: 'Add' }).click()
    await shows(there, 'Write a test')
    await there.getByLabel('Write a test').click()
    await here.waitForFunction(() => document.querySelectorAll('input:checked').length === 1)
    expect(await there.locator('input:checked').count()).toBe(1)
  })

  it('plain-html says and shows a text, with one request for the library', async () => {
    const [url] = await start('plain-html')
    const tab = await open('about:blank')
    const requests: string[] = []
    tab.on('request', (request) => {
      if (request.url().includes('/reduplex/')) requests.push(request.url())
    })
    await tab.goto(String(url))
    await shows(tab, 'The connection is open.')
    await tab.getByLabel('Text').fill('hello')
    await tab.getByRole('button', { name: 'Say' }).click()
    await tab.locator('li').getByText('hello').waitFor()
    expect(requests).toHaveLength(1)
  })

  it.each(['memory', 'Redis'])('two-nodes delivers from one node to the clients of the other, over %s', async (bus) => {
    await using redis = await prepareRedis()
    if (bus === 'Redis') await redis.start()
    const [first, second] = await start('two-nodes', bus === 'Redis' ? { REDIS_URL: redis.url } : {})
    const [here, there] = [await open(first), await open(second)]
    await shows(here, 'The connection is open.')
    await shows(there, 'The connection is open.')
    await here.getByLabel('Text').fill('hello')
    await here.getByRole('button', { name: 'Say' }).click()
    await shows(there, `hello (by node ${new URL(String(first)).port})`)
    expect(new URL(String(second)).port).not.toBe(new URL(String(first)).port)
    if (bus === 'memory') return
    const client = createClient({ url: redis.url })
    await client.connect()
    expect((await client.pubSubChannels('example:*')).length).toBeGreaterThan(0)
    client.destroy()
  })
})
