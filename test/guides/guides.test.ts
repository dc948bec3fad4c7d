import { spawn, type ChildProcess } from 'node:child_process'
import { builtinModules } from 'node:module'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { createApp, root, type App } from '../package/app.js'
import { blocksOf, readDoc } from '../readme/blocks.js'
import { filesOf } from '../recipes/pageFiles.js'
import { endProcess } from '../support/endProcess.js'
import { launchChromium } from '../support/chromium.js'
import { startFaultProxy, type FaultProxy } from '../support/faultProxy.js'
import { freePort } from '../support/freePort.js'

// Each guide as a reader has it at the end: its files in a folder with the packed library, its server started by its command, its page in Chromium.
// Between the page and the server is a proxy that cuts connections.

const names = readdirSync(path.join(root, 'docs/guides')).map((file) => file.slice(0, -'.md'.length))
const pageOf = (name: string): string => `docs/guides/${name}.md`
const commandsOf = (name: string): string[] =>
  blocksOf(readDoc(pageOf(name)))
    .filter(({ language }) => language === 'shell')
    .flatMap(({ code }) => code.trim().split('\n'))

/** The packages of a guide's `npm install` commands. */
const installedBy = (name: string): string[] =>
  commandsOf(name).flatMap((command) => {
    const [, packages = ''] = /^npm install (?:--save-dev )?(.*)$/.exec(command) ?? []
    return packages.split(' ').filter(Boolean)
  })

/** The packages that the files of a guide import. */
const importedBy = (name: string): string[] => {
  const imports = [...filesOf(pageOf(name)).values()].flatMap((code) =>
    Array.from(code.matchAll(/^import .*from '([^.'][^']*)'$/gm), ([, from = '']) => from),
  )
  const packages = imports.map((from) =>
    from
      .split('/')
      .slice(0, from.startsWith('@') ? 2 : 1)
      .join('/'),
  )
  return [...new Set(packages)].filter((from) => !from.startsWith('node:') && !builtinModules.includes(from))
}

let app: App
let browser: Browser
let proxy: FaultProxy | undefined
let server: ChildProcess | undefined
const tabs: Page[] = []

beforeAll(async () => {
  const ofToolkit = ['immer', 'redux', 'redux-thunk', 'reselect']
  const packages = new Set([...names.flatMap(installedBy), ...ofToolkit])
  packages.delete('reduplex')
  app = createApp([...packages])
  for (const name of names) {
    app.write(`${name}/package.json`, '{ "type": "module" }')
    for (const [file, code] of filesOf(pageOf(name))) app.write(`${name}/${file}`, code)
  }
  browser = await launchChromium()
}, 120_000)

afterEach(async () => {
  for (const tab of tabs.splice(0)) await tab.context().close() // oxlint-disable-line no-await-in-loop
  await proxy?.[Symbol.asyncDispose]()
  proxy = undefined
  await endProcess(server)
  server = undefined
})

afterAll(async () => {
  await browser.close()
  app.remove()
})

/** Starts the server of a guide, and the proxy before it. Returns the address of the page. */
const start = async (name: string): Promise<string> => {
  const [, script = ''] = /^node (\S+)$/.exec(commandsOf(name).at(-1) ?? '') ?? []
  const port = await freePort()
  const child = spawn(process.execPath, [script], {
    cwd: path.join(app.folder, name),
    env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', PORT: String(port) },
  })
  server = child
  let output = ''
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += String(chunk)
      if (/^Open http:/m.test(output)) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}:\n${output}`)))
  })
  proxy = await startFaultProxy(port)
  return `http://127.0.0.1:${proxy.port}`
}

const open = async (url: string): Promise<Page> => {
  const context = await browser.newContext()
  // Vite's client reloads the page when its own connection is lost, so this one never closes.
  await context.routeWebSocket(/\?token=/, (route) => route.connectToServer().onClose(() => {}))
  const tab = await context.newPage()
  tabs.push(tab)
  await tab.goto(url)
  return tab
}

const shows = async (tab: Page, text: string | RegExp): Promise<void> => await tab.getByText(text).first().waitFor()

describe.each(names)('the guide %s', (name) => {
  it('installs what its files import, and is not long', () => {
    const others = ['ws', 'typescript', '@types/react', '@types/react-dom', 'react']
    expect(new Set([...importedBy(name), ...others])).toEqual(new Set(installedBy(name)))
    expect(readDoc(pageOf(name)).trimEnd().split('\n').length).toBeLessThanOrEqual(200)
  })
})

describe('the guides', () => {
  it.each(['@typescript/native', 'typescript', 'typescript-5.9'])(
    'compile with the settings that they print: %s',
    (compiler) => {
      const settings = names.map((name) => filesOf(pageOf(name)).get('tsconfig.json') ?? '')
      expect(new Set(settings).size).toBe(1)
      app.write('tsconfig.json', settings[0]?.replace('"src"', '"*/src"') ?? '')
      const bin = compiler === 'typescript' ? 'typescript/bin/tsc6' : `${compiler}/bin/tsc`
      expect(app.tool(bin, '-p', app.folder)).toEqual({ status: 0, output: '' })
    },
  )
})

describe('the app of the guide', () => {
  const answer = `You asked: Why? I am a stand-in for a model, and I count to twenty: ${Array.from({ length: 20 }, (_, n) => n + 1).join(' ')}. `

  it('ai-chat shows the whole answer when the connection is lost in the middle of it, and stops one', async () => {
    const tab = await open(await start('ai-chat'))
    await shows(tab, 'The connection is open.')
    await tab.getByLabel('Prompt').fill('Why?')
    await tab.getByRole('button', { name: 'Ask' }).click()
    await shows(tab, /twenty: 1 2/)
    await proxy?.refuse()
    proxy?.drop()
    await shows(tab, /The connection is (?!open)/)
    expect(await tab.getByText('arriving').count()).toBe(1)
    await proxy?.resume()
    await shows(tab, 'complete')
    expect(await tab.locator('section p').textContent()).toBe(answer)

    await tab.getByLabel('Prompt').fill('And then?')
    await tab.getByRole('button', { name: 'Ask' }).click()
    await shows(tab, /And then\? I am/)
    await tab.getByRole('button', { name: 'Reconnect' }).click()
    await shows(tab, /twenty: 1 2/)
    await tab.getByRole('button', { name: 'Stop' }).click()
    await shows(tab, 'stopped')
    await tab.getByLabel('Prompt').fill('Again?')
    await tab.getByRole('button', { name: 'Ask' }).click()
    await shows(tab, /Again\? I am/)
  })

  it('trading follows all prices with few actions, and places orders', async () => {
    const tab = await open(await start('trading'))
    await shows(tab, 'The connection is open.')
    await shows(tab, 'STOCK 200')
    expect(await tab.locator('tr').count()).toBe(200)
    await tab.getByRole('button', { name: 'Buy 10 of STOCK 7', exact: true }).click()
    await shows(tab, /1 orders, worth [1-9]\d*\.\d\d\./)
    proxy?.drop()
    await shows(tab, 'The connection is open.')
    await tab.getByRole('button', { name: 'Buy 10 of STOCK 8', exact: true }).click()
    await shows(tab, /2 orders, worth/)
  })

  it('notifications reach every page of a user, and are read on all of them', async () => {
    const url = await start('notifications')
    const [ada, also, bob] = [await open(url), await open(url), await open(url)]
    for (const [tab, name] of [
      [ada, 'Ada'],
      [also, 'Ada'],
      [bob, 'Bob'],
    ] as const) {
      await tab.getByLabel('Sign in').fill(name) // oxlint-disable-line no-await-in-loop
      await tab.getByRole('button', { name: 'Sign in' }).click() // oxlint-disable-line no-await-in-loop
      await shows(tab, 'The connection is open. 0 unread.') // oxlint-disable-line no-await-in-loop
    }
    const greet = async (): Promise<void> => {
      await bob.getByLabel('Greet').fill('Ada')
      await bob.getByRole('button', { name: 'Greet' }).click()
    }
    await greet()
    await shows(ada, 'The connection is open. 1 unread.')
    await shows(also, 'Bob says hello.')
    await ada.getByRole('button', { name: 'Mark as read' }).click()
    await shows(also, 'The connection is open. 0 unread.')

    proxy?.drop()
    await greet()
    await shows(ada, 'The connection is open. 1 unread.')
    await ada.reload()
    await shows(ada, 'The connection is open. 1 unread.')
    await shows(bob, 'The connection is open. 0 unread.')
    expect(await bob.locator('li').count()).toBe(0)
  })

  it('collaborative-list shows edits at once and to all, and refuses an edit of what has changed', async () => {
    const url = await start('collaborative-list')
    const [here, there] = [await open(url), await open(url)]
    await shows(here, 'The list is live.')
    await shows(there, 'The list is live.')
    await here.getByLabel('New item').fill('Milk')
    await here.getByRole('button', { name: 'Add' }).click()
    await there.locator('b').getByText('Milk').waitFor()

    // What is answered waits in the proxy, so only the draft can be shown.
    proxy?.stall()
    await here.getByLabel('Item 1').fill('Oat milk')
    await here.getByRole('button', { name: 'Save' }).click()
    await here.locator('b').getByText('Oat milk').waitFor()
    await there.getByLabel('Item 1').fill('Soy milk')
    await there.getByRole('button', { name: 'Save' }).click()
    await there.locator('b').getByText('Soy milk').waitFor()
    await proxy?.resume()
    await Promise.race([here, there].map(async (tab) => await shows(tab, 'Somebody has changed this item.')))
    const text = (tab: Page): Promise<string | null> => tab.locator('b').textContent()
    expect(['Oat milk', 'Soy milk']).toContain(await text(here))
    await there
      .locator('b')
      .getByText((await text(here)) ?? '')
      .waitFor()

    proxy?.drop()
    await here.getByLabel('New item').fill('Bread')
    await here.getByRole('button', { name: 'Add' }).click()
    await there.locator('b').getByText('Bread').waitFor()
    await shows(there, 'The list is live.')
    await there.getByRole('button', { name: 'Remove' }).first().click()
    await here.locator('b').getByText('milk').waitFor({ state: 'detached' })
    expect(await here.locator('li').count()).toBe(1)
  })
})
