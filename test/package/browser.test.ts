import { readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { transform } from 'esbuild'
import { createApp, filesIn, manifest, type App } from './app.js'

// The files that a page loads without a bundler, and what the library asks of a browser.

let app: App
beforeAll(() => {
  app = createApp(Object.keys(manifest.peerDependencies))
})
afterAll(() => app.remove())

const builds = ['dist/browser', 'dist/browser/development']
const plain = ['', 'features', 'batch', 'lifecycle', 'rpc', 'session']
const entries = { reduplex: plain, 'reduplex-react': [...plain, 'query', 'react'] }

/** The url of a built file, as a literal. */
const urlOf = (folder: string, name: string) =>
  JSON.stringify(pathToFileURL(path.join(app.installed, folder, `${name}.browser.mjs`)))

const scriptsOf = (folder: string) =>
  filesIn(path.join(app.installed, folder)).filter((file) => /^[^/]+\.mjs$/.test(file))

describe.each(builds)('the build in %s', (folder) => {
  it('reads no global process and imports no package but the peers', async () => {
    for (const file of scriptsOf(folder)) {
      const source = readFileSync(path.join(app.installed, folder, file), 'utf8')
      // Printed without comments.
      const { code } = await transform(source, { minifyWhitespace: true, legalComments: 'none' })
      expect(code).not.toMatch(/\bprocess\b/)
      const names = [...code.matchAll(/\bfrom ?["']([^"'.][^"']*)["']/g)].map(([, name = '']) => name)
      const peers = ['@reduxjs/toolkit', '@reduxjs/toolkit/query', 'react', 'react-redux']
      expect(peers).toEqual(expect.arrayContaining([...new Set(names)]))
    }
  })

  it.each(Object.entries(entries))('%s exports the names of %j, each once', (file, subpaths) => {
    const names = subpaths.map((subpath) => JSON.stringify(path.posix.join('reduplex', subpath)))
    // Redux Toolkit's build for Node reads `process`, so that is loaded first.
    const script = `
      const entries = await Promise.all([${names.join(', ')}].map((name) => import(name)))
      const expected = entries.flatMap(Object.keys).sort()
      const { log } = console
      globalThis.process = undefined
      const found = Object.keys(await import(${urlOf(folder, file)})).sort()
      log(JSON.stringify({ isSame: JSON.stringify(found) === JSON.stringify(expected) }))`
    expect(app.run(script, 'module')).toEqual({ isSame: true })
  })

  it('imports no file but those of the peers', async () => {
    for (const file of scriptsOf(folder)) {
      const source = readFileSync(path.join(app.installed, folder, file), 'utf8')
      const { code } = await transform(source, { minifyWhitespace: true, legalComments: 'none' })
      expect([...code.matchAll(/\b(?:from|import) ?\(?["'](\.[^"']*)["']/g)]).toEqual([])
    }
  })
})

describe('the browser builds', () => {
  it('have one copy of the modules that several entry points need', () => {
    const script = `
      const { createSocketMiddleware, socketReducer, socketConnect, jsonRpc, socketRequest } = await import(${urlOf('dist/browser', 'reduplex')})
      const { configureStore } = await import('@reduxjs/toolkit')
      class Answering extends EventTarget {
        readyState = 0; protocol = ''; bufferedAmount = 0; binaryType = 'blob'
        constructor(url) { super(); this.url = url; queueMicrotask(() => { this.readyState = 1; this.dispatchEvent(new Event('open')) }) }
        send(frame) {
          const { id, params } = JSON.parse(frame)
          const data = JSON.stringify({ jsonrpc: '2.0', id, result: params })
          queueMicrotask(() => this.dispatchEvent(Object.assign(new Event('message'), { data })))
        }
        close() { this.readyState = 3; queueMicrotask(() => this.dispatchEvent(Object.assign(new Event('close'), { code: 1000, reason: '', wasClean: true }))) }
      }
      const socket = createSocketMiddleware({ url: 'ws://server.test/', WebSocket: Answering, protocol: jsonRpc() })
      const store = configureStore({
        reducer: { socket: socketReducer },
        middleware: (defaults) => defaults().prepend(socket.middleware),
      })
      const outcome = await store.dispatch(socketConnect())
      const answer = await store.dispatch(socketRequest('echo', { n: 1 })).unwrap()
      socket.dispose()
      console.log(JSON.stringify({ outcome, answer }))`
    expect(app.run(script, 'module')).toEqual({ outcome: 'open', answer: { n: 1 } })
  })

  it('explain in development and name the code in production', () => {
    const script = (folder: string) => `
      const { createSocketMiddleware } = await import(${urlOf(folder, 'reduplex')})
      let thrown
      try { createSocketMiddleware({ uri: 'ws://server.test/' }) } catch ({ code, message }) { thrown = { code, message } }
      console.log(JSON.stringify(thrown ?? {}))`
    const [production, development] = builds.map((folder) => app.run(script(folder), 'module')) as {
      message?: string
    }[]
    expect(development).toEqual({ code: 'invalid_option', message: expect.stringContaining('uri') })
    // Options are checked in development only.
    expect(production).toEqual({})
  })
})

describe('the browsers that the README promises', () => {
  const oldest = ['chrome98', 'edge98', 'firefox97', 'safari15.4']
  /** Members and globals that came to one of them later. */
  const later =
    /\b(findLast|findLastIndex|toSorted|toReversed|toSpliced|groupBy|fromAsync|withResolvers|toWellFormed|canParse|throwIfAborted|isSubsetOf|isSupersetOf|symmetricDifference|asyncDispose|randomUUID|requestIdleCallback|scheduler|CompressionStream|DecompressionStream)\b|\.isWellFormed\(|AbortSignal\.(any|timeout)|Promise\.try|URL\.parse/

  const sources = () => {
    const folder = path.join(app.installed, 'dist/esm')
    const files = filesIn(folder).filter((file) => file.endsWith('.js') && !file.startsWith('server/'))
    expect(files.length).toBeGreaterThan(50)
    return files.map((file) => ({ file, source: readFileSync(path.join(folder, file), 'utf8') }))
  }

  it('parse the ESM build as it is', async () => {
    const newer: string[] = []
    for (const { file, source } of sources()) {
      const printed = await Promise.all(
        [oldest, 'esnext'].map(async (target) => (await transform(source, { target })).code),
      )
      if (printed[0] !== printed[1]) newer.push(file)
    }
    expect(newer).toEqual([])
  })

  it('have all that the library calls', async () => {
    const found: string[] = []
    for (const { file, source } of sources()) {
      // Printed without comments.
      const { code } = await transform(source, { minifyWhitespace: true, legalComments: 'none' })
      const match = later.exec(code)
      if (match) found.push(`${file}: ${match[0]}`)
    }
    expect(found).toEqual([])
  })
})
