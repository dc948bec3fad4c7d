import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { configureStore } from '@reduxjs/toolkit'
import type { Page } from 'playwright-core'
import { WebSocket } from 'ws'
import { createSocketMiddleware, socketConnect, socketReducer, type SocketsState } from '../../src/index.js'
import { createSocketServer } from '../../src/server/index.js'
import { root } from '../readme/blocks.js'
import { launchChromium } from '../support/chromium.js'
import { filesOf } from './pageFiles.js'

// The page's own config and store behind a dev proxy on a path prefix, with a real Vite, a real backend and a real Chromium.

/** The page of the app. The test reaches the page's own store through it. */
const entry = `
import { socketConnect, socketSend } from 'reduplex'
import { store } from './store'
import { greeting } from './greeting'
Object.assign(window, { store, greeting, connect: () => store.dispatch(socketConnect()), say: (data) => store.dispatch(socketSend(data)) })
import.meta.hot.accept('./greeting', (module) => Object.assign(window, module))
`

interface AppPage {
  readonly store: { readonly getState: () => { readonly socket: SocketsState; readonly messages: readonly unknown[] } }
  readonly connect: () => Promise<string>
  readonly say: (data: unknown) => void
  readonly greeting: string
}
declare const window: AppPage

/** One backend after the other on the same port; `paths` are all requested ones. */
const createBackend = () => {
  const paths: string[] = []
  let http: Server | undefined
  let server: ReturnType<typeof createSocketServer> | undefined
  let port = 0
  const start = async (): Promise<void> => {
    http = createServer()
    http.on('upgrade', ({ url }) => paths.push(url ?? ''))
    server = createSocketServer({ server: http, path: '/ws' })
    server.messages.forEach((message, sender) => void sender.send(message))
    http.listen(port, '127.0.0.1')
    await once(http, 'listening')
    ;({ port } = http.address() as AddressInfo)
  }
  const stop = async (): Promise<void> => {
    await server?.close({ within: 0 })
    http?.closeAllConnections()
    http?.close()
  }
  return { start, stop, paths, url: () => `http://127.0.0.1:${port}` }
}

const runVite = `
import { createServer } from 'vite'
const server = await createServer({ root: process.cwd(), logLevel: 'silent', clearScreen: false, server: { host: '127.0.0.1', port: 0 } })
await server.listen()
console.log(server.httpServer.address().port)
`

const backend = createBackend()
let folder: string
let origin: string
let page: Page
/** What was started, to be ended even when a later step fails. */
const ends: (() => unknown)[] = []

beforeAll(async () => {
  await backend.start()
  ends.push(backend.stop)
  mkdirSync(path.join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(path.join(root, '.cache/proxy-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  // As when it is installed: a copy in node_modules, which Vite bundles beforehand.
  const installed = path.join(folder, 'node_modules/reduplex')
  for (const part of ['package.json', 'dist']) {
    cpSync(path.join(root, part), path.join(installed, part), { recursive: true })
  }
  for (const [name, code] of filesOf('docs/recipes/dev-proxy.md')) writeFileSync(path.join(folder, name), code)
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(path.join(folder, 'main.ts'), entry)
  writeFileSync(path.join(folder, 'greeting.ts'), `export const greeting = 'hello'`)
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html><script type="module" src="/main.ts"></script>')
  const vite = spawn(process.execPath, ['--input-type=module', '-e', runVite], {
    cwd: folder,
    env: { ...process.env, BACKEND: backend.url(), NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  ends.push(async () => {
    vite.kill()
    await once(vite, 'exit')
  })
  const [port] = (await once(vite.stdout, 'data')) as [Buffer]
  origin = `http://127.0.0.1:${port.toString().trim()}`
  const browser = await launchChromium()
  ends.push(async () => await browser.close())
  page = await browser.newPage()
}, 60_000)

afterAll(async () => {
  for (const end of ends.toReversed()) await end()
})

const isPage = async (status: string): Promise<void> =>
  void (await page.waitForFunction((wanted) => window.store.getState().socket['default']?.status === wanted, status))

describe('an app behind a dev proxy on a path prefix', () => {
  it('connects in Node, and the backend gets the path without the prefix', async () => {
    const socket = createSocketMiddleware({ url: `${origin}/api/ws`, params: { room: 'a b' }, WebSocket })
    const store = configureStore({
      reducer: { socket: socketReducer },
      middleware: (defaults) => defaults().prepend(socket.middleware),
    })
    expect(await store.dispatch(socketConnect())).toBe('open')
    expect(backend.paths).toEqual(['/ws?room=a+b'])
    socket.dispose()
  })

  it('connects in a browser, sends and receives', async () => {
    await page.goto(origin)
    await page.waitForFunction(() => 'connect' in window)
    expect(await page.evaluate(async () => await window.connect())).toBe('open')
    await page.evaluate(() => window.say({ said: 'hello' }))
    await page.waitForFunction(() => window.store.getState().messages.length === 1)
    expect(await page.evaluate(() => window.store.getState().messages)).toEqual([{ said: 'hello' }])
    expect(backend.paths.at(-1)).toBe('/ws')
  }, 30_000)

  it('does not disturb hot reload: a changed module arrives, and the page keeps its connection', async () => {
    const attempts = backend.paths.length
    writeFileSync(path.join(folder, 'greeting.ts'), `export const greeting = 'changed'`)
    await page.waitForFunction(() => window.greeting === 'changed')
    expect(await page.evaluate(() => window.store.getState().messages.length)).toBe(1)
    expect(backend.paths.length).toBe(attempts)
  }, 30_000)

  it('is refused by a backend that gets another host than that of the page, unless it allows the page', async () => {
    const closeCodeFor = async (known: readonly string[] | undefined): Promise<unknown> => {
      const server = createSocketServer({ port: 0, host: '127.0.0.1', ...(known && { origin: known }) })
      await server.ready
      // What a proxy with `changeOrigin: true` passes on: its target as the host, the page as the origin.
      const client = new WebSocket(`ws://127.0.0.1:${String(server.port)}`, { origin: 'http://localhost:5173' })
      server.on('add', (connection) => connection.close(1000))
      const [code] = (await once(client, 'close')) as [number]
      await server.close({ within: 0 })
      return code
    }
    expect(await closeCodeFor(undefined)).toBe(4403)
    expect(await closeCodeFor(['http://localhost:5173'])).toBe(1000)
  })

  it('reconnects when the backend was restarted, and hot reload continues to work', async () => {
    await page.evaluate(() => void (Math.random = () => 0))
    await backend.stop()
    await isPage('reconnecting')
    await backend.start()
    await isPage('open')
    writeFileSync(path.join(folder, 'greeting.ts'), `export const greeting = 'changed again'`)
    await page.waitForFunction(() => window.greeting === 'changed again')
    expect(await page.evaluate(() => window.store.getState().messages.length)).toBe(1)
  }, 30_000)
})
