import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createApp, manifest, type App } from './app.js'

let app: App
beforeAll(() => {
  app = createApp(Object.keys(manifest.peerDependencies))
})
afterAll(() => app.remove())

/** The files that a file of the ESM tree imports, directly or not, and the packages that these import. */
const closureOf = (entry: string) => {
  const files = new Set<string>()
  const packages = new Set<string>()
  const visit = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?from ['"]([^'"]+)['"]/gm)
    for (const [, name = ''] of imports) {
      if (name.startsWith('.')) visit(path.resolve(path.dirname(file), name))
      else packages.add(name)
    }
  }
  visit(path.join(app.installed, 'dist/esm', entry))
  return { files: [...files], packages: [...packages].sort() }
}

describe('an app', () => {
  const use = `
    const socket = reduplex.createSocketMiddleware({ url: 'ws://localhost/' })
    const made = { names: Object.keys(reduplex).sort(), middleware: typeof socket.middleware }
    socket.dispose()
    console.log(JSON.stringify(made))`

  it('gets the same names by import and by require', async () => {
    const viaImport = app.run(`import * as reduplex from 'reduplex'\n${use}`, 'module')
    const viaRequire = app.run(`const reduplex = require('reduplex')\n${use}`, 'commonjs')
    const sources = (await import('../../src/index.js')) as object
    expect(viaImport).toEqual({ names: Object.keys(sources).sort(), middleware: 'function' })
    expect(viaRequire).toEqual(viaImport)
  })

  it('gets the same server by import and by require, and the server listens', async () => {
    const serve = `
      const server = reduplex.createSocketServer({ port: 0, host: '127.0.0.1' })
      server.ready.then(() => {
        const listens = server.port > 0
        return server.close().then(() => console.log(JSON.stringify({ names: Object.keys(reduplex).sort(), listens })))
      })`
    const sources = (await import('../../src/server/index.js')) as object
    const expected = { names: Object.keys(sources).sort(), listens: true }
    expect(app.run(`import * as reduplex from 'reduplex/server'\n${serve}`, 'module')).toEqual(expected)
    expect(app.run(`const reduplex = require('reduplex/server')\n${serve}`, 'commonjs')).toEqual(expected)
  })

  it('gets the same bus over Redis by import and by require, and the server does not load Redis', () => {
    const refuse = `
      let code
      try { redis.redisBus({ url: 'http://localhost' }) } catch (error) { code = error.code }
      console.log(JSON.stringify({ names: Object.keys(redis), code }))`
    const expected = { names: ['redisBus', 'redisSessions'], code: 'invalid_option' }
    expect(app.run(`import * as redis from 'reduplex/server/redis'\n${refuse}`, 'module')).toEqual(expected)
    expect(app.run(`const redis = require('reduplex/server/redis')\n${refuse}`, 'commonjs')).toEqual(expected)
    const loaded = `require('reduplex/server'); console.log(Object.keys(require.cache).some((file) => /[\\\\/]redis[\\\\/]/.test(file)))`
    expect(app.run(loaded, 'commonjs')).toBe(false)
  })

  it('gets the same metrics by import and by require, and the server does not load prom-client', () => {
    const read = `
      const metrics = given.prometheusMetrics({ prefix: 'app_' })
      metrics.count('connections_opened', 2, {})
      require_('prom-client').register.getSingleMetricAsString('app_connections_opened_total').then((text) =>
        console.log(JSON.stringify({ names: Object.keys(given), text: text.split('\\n').at(-1) })))`
    const expected = { names: ['prometheusMetrics'], text: 'app_connections_opened_total 2' }
    const imports = `import * as given from 'reduplex/server/metrics'\nimport { createRequire } from 'node:module'`
    const esm = `${imports}\nconst require_ = createRequire(import.meta.url)\n${read}`
    expect(app.run(esm, 'module')).toEqual(expected)
    const cjs = `const given = require('reduplex/server/metrics'), require_ = require\n${read}`
    expect(app.run(cjs, 'commonjs')).toEqual(expected)
    const loaded = `require('reduplex/server'); console.log(Object.keys(require.cache).some((file) => /[\\\\/]prom-client[\\\\/]/.test(file)))`
    expect(app.run(loaded, 'commonjs')).toBe(false)
  })

  it.each(['cbor', 'msgpack'])('gets the same %s() by import and by require, and it carries a value', (codec) => {
    const carry = `
      const codec = codecs.${codec}()
      const { buffer, byteOffset, byteLength } = codec.encode({ at: new Date(0), list: [1, null] })
      const value = codec.decode(buffer.slice(byteOffset, byteOffset + byteLength))
      console.log(JSON.stringify({ names: Object.keys(codecs), value, isDate: value.at instanceof Date }))`
    const expected = { names: [codec], value: { at: '1970-01-01T00:00:00.000Z', list: [1, null] }, isDate: true }
    const name = `reduplex/codec/${codec}`
    expect(app.run(`import { ${codec} } from '${name}'\nconst codecs = { ${codec} }\n${carry}`, 'module')).toEqual(
      expected,
    )
    expect(app.run(`const codecs = require('${name}')\n${carry}`, 'commonjs')).toEqual(expected)
  })

  it('imports nothing of the server and no package but Redux Toolkit with the client', () => {
    const { files, packages } = closureOf('index.js')
    expect(files.length).toBeGreaterThan(20)
    expect(files.filter((file) => file.includes('/server/'))).toEqual([])
    expect(packages).toEqual(['@reduxjs/toolkit'])
  })

  it.each(['esm', 'cjs'])('has hooks that are marked for the browser, in %s', (format) => {
    const entry = readFileSync(path.join(app.installed, `dist/${format}/react/index.js`), 'utf8')
    expect(entry.replace('"use strict";', '').trimStart()).toMatch(/^['"]use client['"];/)
  })

  it('gets the same hooks by import and by require', async () => {
    const names = 'console.log(JSON.stringify(Object.keys(hooks).sort()))'
    const sources = (await import('../../src/react/index.js')) as object
    const expected = Object.keys(sources).sort()
    expect(app.run(`import * as hooks from 'reduplex/react'\n${names}`, 'module')).toEqual(expected)
    expect(app.run(`const hooks = require('reduplex/react')\n${names}`, 'commonjs')).toEqual(expected)
  })

  it('gets the version from the package', () => {
    const version = app.run(`console.log(JSON.stringify(require('reduplex/package.json').version))`, 'commonjs')
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  it('may throw the SocketFailure of the CommonJS copy at a middleware of the ESM copy', () => {
    const script = `
      import { createRequire } from 'node:module'
      import { configureStore } from '@reduxjs/toolkit'
      import * as reduplex from 'reduplex'
      const other = createRequire(import.meta.url)('reduplex')
      const socket = reduplex.createSocketMiddleware({
        url: () => { throw new other.SocketFailure('signed out') },
        WebSocket: class {},
      })
      const store = configureStore({
        reducer: { socket: reduplex.socketReducer },
        middleware: (defaults) => defaults().prepend(socket.middleware),
      })
      const outcome = await store.dispatch(reduplex.socketConnect())
      const { error } = reduplex.selectSocket(store.getState())
      socket.dispose()
      console.log(JSON.stringify({ isCopy: other.SocketFailure !== reduplex.SocketFailure, outcome, error }))`
    expect(app.run(script, 'module')).toEqual({
      isCopy: true,
      outcome: 'failed',
      error: { code: 'socket_failure', message: 'signed out' },
    })
  })

  // Redux Toolkit is loaded first: it reads globals for its dev tools.
  const untouched = (load: string) => `
    const touched = []
    const trap = (name) =>
      Object.defineProperty(globalThis, name, {
        configurable: true,
        get() { touched.push(name); throw new Error('the import read ' + name) },
      })
    const begin = () =>
      ['window', 'self', 'document', 'navigator', 'location', 'localStorage', 'WebSocket', 'XMLHttpRequest', 'fetch',
       'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame'].map(trap)
    const end = (names) => {
      const handles = process.getActiveResourcesInfo().filter((name) => /timeout|immediate|tcp|udp|port/i.test(name))
      process.on('exit', () => console.log(JSON.stringify({ loaded: names.length > 5, touched, handles })))
    }
    ${load}`

  it.each([
    [
      'import',
      'module' as const,
      `await import('@reduxjs/toolkit'); begin(); end(Object.keys(await import('reduplex')))`,
    ],
    ['require', 'commonjs' as const, `require('@reduxjs/toolkit'); begin(); end(Object.keys(require('reduplex')))`],
  ])('can %s it anywhere: loading reads no globals, starts nothing and keeps no process alive', (_, type, load) => {
    expect(app.run(untouched(load), type)).toEqual({ loaded: true, touched: [], handles: [] })
  })
})
