import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

// What an app gets when it installs the packed library: nothing here reads src/ or dist/ of the work tree.

const root = path.resolve(__dirname, '../..')
const inModules = (name: string) => path.join(root, 'node_modules', name)

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort()

const newest = (folder: string): number =>
  Math.max(...filesIn(folder).map((file) => statSync(path.join(folder, file)).mtimeMs))

const mustBeBuilt = () => {
  const lastWritten = path.join(root, 'dist/cjs/package.json')
  if (!existsSync(lastWritten)) throw new Error('dist/ is not there: run `npm run build` before this test')
  if (statSync(lastWritten).mtimeMs < newest(path.join(root, 'src'))) {
    throw new Error('dist/ is older than src/: run `npm run build` before this test')
  }
}

/** An app's folder with the tarball unpacked into its node_modules, next to the peers. */
let app: string
let tarball: string
let installed: string

beforeAll(() => {
  mustBeBuilt()
  app = mkdtempSync(path.join(tmpdir(), 'reduplex-app-'))
  // Without prepack: it would rebuild dist/ under the feet of the tests that run beside this one.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', app], {
    cwd: root,
    stdio: 'pipe',
    shell: process.platform === 'win32',
  })
  tarball = path.join(app, readdirSync(app).find((file) => file.endsWith('.tgz')) ?? 'no tarball')

  const modules = path.join(app, 'node_modules')
  installed = path.join(modules, 'reduplex')
  mkdirSync(path.join(modules, '@reduxjs'), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', modules])
  cpSync(path.join(modules, 'package'), installed, { recursive: true })
  rmSync(path.join(modules, 'package'), { recursive: true })
  for (const name of ['reconnecting-websocket', 'redux', '@reduxjs/toolkit']) {
    symlinkSync(inModules(name), path.join(modules, name), 'junction')
  }
  writeFileSync(path.join(app, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n')
})
afterAll(() => rmSync(app, { recursive: true, force: true }))

/** Runs a script in the app; its stdout as JSON. Node alone: no loader, no jest. */
const runInApp = (script: string, type: 'module' | 'commonjs'): unknown => {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [`--input-type=${type}`, '--eval', script], {
    cwd: app,
    encoding: 'utf8',
    timeout: 20_000,
  })
  if (status !== 0) throw new Error(`the app ended with ${status ?? signal}:\n${stdout}${stderr}`)
  return JSON.parse(stdout)
}

describe('the packed library', () => {
  it('has what it needs and nothing else', () => {
    const sources = filesIn(path.join(root, 'src'))
    const built = sources.flatMap((source) => {
      const name = source.replace(/\.tsx?$/, '')
      return ['.js', '.js.map', '.d.ts', '.d.ts.map'].flatMap((end) => [
        `dist/esm/${name}${end}`,
        `dist/cjs/${name}${end}`,
      ])
    })
    const expected = [
      'package.json',
      'README.md',
      'LICENSE',
      'dist/cjs/package.json',
      // Linked from the README.
      ...filesIn(path.join(root, 'docs')).map((page) => `docs/${page}`),
      ...sources.map((source) => `src/${source}`),
      ...built,
    ]
    expect(filesIn(installed)).toEqual(expected.sort())
  })

  it('has source maps that lead to the shipped sources', () => {
    const maps = filesIn(installed).filter((file) => file.endsWith('.map'))
    const lost = maps.filter((map) => {
      const { sources, sourceRoot = '' } = JSON.parse(readFileSync(path.join(installed, map), 'utf8')) as {
        sources: string[]
        sourceRoot?: string
      }
      const isShipped = (source: string) => {
        const file = path.resolve(installed, path.dirname(map), sourceRoot, source)
        return file.startsWith(path.join(installed, 'src') + path.sep) && existsSync(file)
      }
      return sources.length === 0 || !sources.every(isShipped)
    })
    expect(maps.length).toBeGreaterThan(0)
    expect(lost).toEqual([])
  })

  it('pleases publint', () => {
    const cli = path.join(inModules('publint'), 'src/cli.js')
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, '--strict', tarball], { encoding: 'utf8' })
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' })
  })

  it('pleases are-the-types-wrong', () => {
    const cli = path.join(inModules('@arethetypeswrong/cli'), 'dist/index.js')
    const args = [cli, tarball, '--profile', 'node16', '--no-color', '--no-emoji']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' })
  })
})

describe('an app', () => {
  const use = `
    const socket = reduplex.createSocketMiddleware({ url: 'ws://localhost/' })
    const made = { names: Object.keys(reduplex).sort(), middleware: typeof socket.middleware }
    socket.dispose()
    console.log(JSON.stringify(made))`

  it('gets the same names by import and by require', async () => {
    const viaImport = runInApp(`import * as reduplex from 'reduplex'\n${use}`, 'module')
    const viaRequire = runInApp(`const reduplex = require('reduplex')\n${use}`, 'commonjs')
    const sources = (await import('../../src/index.js')) as object
    expect(viaImport).toEqual({ names: Object.keys(sources).sort(), middleware: 'function' })
    expect(viaRequire).toEqual(viaImport)
  })

  it('gets the version from the package', () => {
    const version = runInApp(`console.log(JSON.stringify(require('reduplex/package.json').version))`, 'commonjs')
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
  })

  // The peers are loaded first: they look around by themselves (the toolkit for its dev tools).
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
  ])(
    'can %s it anywhere: loading it reads none of the globals, starts nothing and keeps no process alive',
    (_, type, load) => {
      expect(runInApp(untouched(load), type)).toEqual({ loaded: true, touched: [], handles: [] })
    },
  )

  describe('in TypeScript, with its libraries checked too', () => {
    const store = `
      import { configureStore } from '@reduxjs/toolkit'
      import { createSocketMiddleware, selectSocketStatus, socketClose, socketConnect, socketReducer, socketSend } from 'reduplex'

      const socket = createSocketMiddleware({ url: 'ws://localhost/' })
      const store = configureStore({
        reducer: { socket: socketReducer },
        middleware: (defaults) => defaults().prepend(socket.middleware),
      })
      export const outcome: Promise<'open' | 'reconnecting' | 'closed' | 'failed'> = store.dispatch(socketConnect())
      export const delivery: 'sent' | 'queued' | 'dropped' = store.dispatch(socketSend({ type: 'chat/said' })).delivery
      export const status: 'idle' | 'open' | 'connecting' | 'closing' | 'closed' | 'reconnecting' | 'failed' =
        selectSocketStatus(store.getState())
      export const closed: Promise<'closed'> = store.dispatch(socketClose())
      // @ts-expect-error an unknown option is an error: the types are real, not any
      createSocketMiddleware({ uri: 'ws://localhost/' })
      socket.dispose()`

    beforeAll(() => {
      for (const end of ['mts', 'cts', 'ts']) writeFileSync(path.join(app, `store.${end}`), store)
    })

    const tsc = path.join(inModules('@typescript/native'), 'bin/tsc')
    it.each([
      ['node16', 'node16', ['store.mts', 'store.cts']],
      ['nodenext', 'nodenext', ['store.mts', 'store.cts']],
      ['esnext', 'bundler', ['store.ts']],
    ])('compiles with module %s, moduleResolution %s', (module, resolution, files) => {
      const options = [
        '--module',
        module,
        '--moduleResolution',
        resolution,
        '--target',
        'es2022',
        '--lib',
        'es2022,dom',
      ]
      const flags = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--types', '']
      const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, ...flags, ...files], {
        cwd: app,
        encoding: 'utf8',
      })
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
    })
  })
})
