import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../support/chromium.js'
import { startEchoServer, type EchoServer } from '../support/echoServer.js'
import { createApp, type App } from './app.js'

// The browser builds in a real page: an import map, no bundler.

const importMap = (folder: string) => ({
  imports: {
    reduplex: `/node_modules/reduplex/${folder}/reduplex.browser.mjs`,
    'reduplex/rpc': `/node_modules/reduplex/${folder}/reduplex.browser.mjs`,
    '@reduxjs/toolkit': '/node_modules/@reduxjs/toolkit/dist/redux-toolkit.browser.mjs',
    immer: '/node_modules/immer/dist/immer.production.mjs',
    redux: '/node_modules/redux/dist/redux.browser.mjs',
    'redux-thunk': '/node_modules/redux-thunk/dist/redux-thunk.mjs',
    reselect: '/node_modules/reselect/dist/reselect.browser.mjs',
  },
})

const page = (folder: string, url: string) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify(importMap(folder))}</script>
<script type="module">
  import { configureStore } from '@reduxjs/toolkit'
  import { createSocketMiddleware, socketConnect, socketReducer, socketSend } from 'reduplex'
  import { jsonRpc, socketRequest } from 'reduplex/rpc'

  // The server echoes every frame, so the page answers its own requests.
  const protocol = jsonRpc({ methods: { add: ([a, b]) => a + b } })
  const socket = createSocketMiddleware({ url: '${url}', protocol })
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
  // Development warns: nothing connects.
  store.dispatch(socketSend('early'))
  const outcome = await store.dispatch(socketConnect())
  const sum = await store.dispatch(socketRequest('add', [1, 2])).unwrap()
  socket.dispose()
  globalThis.result = { outcome, sum, process: typeof globalThis.process }
</script>`

let app: App
let echo: EchoServer
let site: Server
let browser: Browser
beforeAll(async () => {
  app = createApp(['@reduxjs/toolkit', 'immer', 'redux', 'redux-thunk', 'reselect'])
  echo = await startEchoServer()
  browser = await launchChromium()
  site = createServer((request, response) => {
    const [, folder] = /^\/\?(.*)$/.exec(request.url ?? '') ?? []
    if (folder !== undefined) {
      response.writeHead(200, { 'content-type': 'text/html' }).end(page(folder, echo.url))
      return
    }
    readFile(path.join(app.folder, request.url ?? '')).then(
      (script) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(script),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await browser.close()
  site.close()
  await echo[Symbol.asyncDispose]()
  app.remove()
})

describe('a page with an import map', () => {
  it.each(['dist/browser', 'dist/browser/development'])('connects and asks the server: %s', async (folder) => {
    const tab = await browser.newPage()
    const requests: string[] = []
    const warnings: string[] = []
    tab.on('request', (request) => {
      if (request.url().includes('/reduplex/')) requests.push(path.basename(request.url()))
    })
    tab.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()))
    const faults: string[] = []
    const failed = new Promise<string>((resolve) =>
      tab.on('pageerror', (error) => {
        faults.push(String(error))
        resolve('failed')
      }),
    )
    tab.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
    tab.on('requestfailed', (request) => faults.push(request.url()))
    await tab.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/?${folder}`)
    const result = await Promise.race([
      tab.waitForFunction(() => (globalThis as { result?: unknown }).result).then((handle) => handle.jsonValue()),
      failed,
    ])
    expect({ result, faults }).toEqual({ result: { outcome: 'open', sum: 3, process: 'undefined' }, faults: [] })
    expect(requests).toEqual(['reduplex.browser.mjs'])
    const isDevelopment = folder.endsWith('development')
    expect(warnings.map((warning) => warning.includes('socketConnect'))).toEqual(isDevelopment ? [true] : [])
    await tab.close()
  })
})
