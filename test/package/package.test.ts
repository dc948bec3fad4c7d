import { execFile, execFileSync, spawnSync } from 'node:child_process'
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
import { runProgram } from '../support/program.js'
import type { Checked } from './compile.program.js'
import * as consumers from './consumers.js'

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

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, unknown>
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
}
/** What a page may import: `reduplex`, `reduplex/codec/cbor` … The server's entries need Node's types. */
const entryNames = Object.keys(manifest.exports)
  .filter((name) => !name.startsWith('./server'))
  .filter((entry) => !entry.endsWith('.json'))
  .map((entry) => path.posix.join('reduplex', entry))
/** Those whose peers can do without a page too: RTK Query's own types need a DOM, and React's declare parts of one. */
const pagelessNames = entryNames.filter((name) => !/\/(query|react)$/.test(name))

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
  mkdirSync(modules)
  execFileSync('tar', ['-xzf', tarball, '-C', modules])
  cpSync(path.join(modules, 'package'), installed, { recursive: true })
  rmSync(path.join(modules, 'package'), { recursive: true })
  // What it depends on, and what its users have beside it.
  const beside = ['zod', 'valibot', 'arktype', '@types/react', 'csstype', '@types/node']
  for (const name of [...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }), ...beside]) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true })
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

  it('gets the same server by import and by require, and it serves', async () => {
    const serve = `
      const server = reduplex.createSocketServer({ port: 0, host: '127.0.0.1' })
      server.ready.then(() => {
        const listens = server.port > 0
        return server.close().then(() => console.log(JSON.stringify({ names: Object.keys(reduplex).sort(), listens })))
      })`
    const sources = (await import('../../src/server/index.js')) as object
    const expected = { names: Object.keys(sources).sort(), listens: true }
    expect(runInApp(`import * as reduplex from 'reduplex/server'\n${serve}`, 'module')).toEqual(expected)
    expect(runInApp(`const reduplex = require('reduplex/server')\n${serve}`, 'commonjs')).toEqual(expected)
  })

  it('gets the same bus over Redis by import and by require, and the server without Redis', () => {
    const refuse = `
      let code
      try { redis.redisBus({ url: 'http://localhost' }) } catch (error) { code = error.code }
      console.log(JSON.stringify({ names: Object.keys(redis), code }))`
    const expected = { names: ['redisBus'], code: 'invalid_option' }
    expect(runInApp(`import * as redis from 'reduplex/server/redis'\n${refuse}`, 'module')).toEqual(expected)
    expect(runInApp(`const redis = require('reduplex/server/redis')\n${refuse}`, 'commonjs')).toEqual(expected)
    const loaded = `require('reduplex/server'); console.log(Object.keys(require.cache).some((file) => /[\\\\/]redis[\\\\/]/.test(file)))`
    expect(runInApp(loaded, 'commonjs')).toBe(false)
  })

  it('S1 has nothing of the server when it imports the client', () => {
    const seen = new Set<string>()
    const outside = new Set<string>()
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)
      for (const [, name = ''] of imports) {
        if (name.startsWith('.')) visit(path.resolve(path.dirname(file), name))
        else outside.add(name)
      }
    }
    visit(path.join(installed, 'dist/esm/index.js'))
    expect(seen.size).toBeGreaterThan(20)
    expect([...seen].filter((file) => file.includes('/server/'))).toEqual([])
    expect([...outside].sort()).toEqual(['@reduxjs/toolkit', 'reconnecting-websocket'])
  })

  it.each(['esm', 'cjs'])('has hooks that are marked for the browser, in %s', (format) => {
    const entry = readFileSync(path.join(installed, `dist/${format}/react/index.js`), 'utf8')
    expect(entry.replace('"use strict";', '').trimStart()).toMatch(/^'use client';/)
  })

  it('gets the same hooks by import and by require, and no server of ours with them', async () => {
    const names = 'console.log(JSON.stringify(Object.keys(hooks).sort()))'
    const sources = (await import('../../src/react/index.js')) as object
    const expected = Object.keys(sources).sort()
    expect(runInApp(`import * as hooks from 'reduplex/react'\n${names}`, 'module')).toEqual(expected)
    expect(runInApp(`const hooks = require('reduplex/react')\n${names}`, 'commonjs')).toEqual(expected)
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

  describe('in TypeScript', () => {
    const node16 = { module: 'node16', moduleResolution: 'node16' }
    const nodenext = { module: 'nodenext', moduleResolution: 'nodenext' }
    const bundler = { module: 'esnext', moduleResolution: 'bundler' }
    const both = ['store.mts', 'store.cts', 'entries.mts', 'entries.cts']

    const writeProject = (name: string, files: readonly string[], options: object): string => {
      const compilerOptions = {
        strict: true,
        skipLibCheck: false,
        types: [],
        target: 'es2020',
        lib: ['es2020', 'dom'],
        rootDir: '.',
        declaration: true,
        emitDeclarationOnly: true,
        outDir: `out/${name}`,
        ...options,
      }
      const project = `tsconfig.${name}.json`
      writeFileSync(path.join(app, project), JSON.stringify({ compilerOptions, files }))
      return project
    }

    // A predicate is not a type guard by itself in TypeScript 5.4. The others that are left out are about other packages.
    const typeTests = ['contract', 'dispatchLimits', 'generics', 'listening', 'plain', 'schema'].map(
      (name) => `types/${name}.ts`,
    )

    beforeAll(() => {
      for (const end of ['mts', 'cts', 'ts']) {
        writeFileSync(path.join(app, `store.${end}`), consumers.store)
        writeFileSync(path.join(app, `entries.${end}`), consumers.entries(entryNames))
        writeFileSync(path.join(app, `pageless.${end}`), consumers.entries(pagelessNames))
      }
      writeFileSync(path.join(app, 'bare.ts'), consumers.bare)
      mkdirSync(path.join(app, 'types'))
      for (const file of ['types/expect.ts', ...typeTests]) {
        const source = readFileSync(path.join(root, 'test', file), 'utf8')
        writeFileSync(path.join(app, file), source.replaceAll(`'../../src/index.js'`, `'reduplex'`))
      }
    })

    describe('7, with its libraries checked too', () => {
      const compile = async (name: string, files: readonly string[], options: object): Promise<string[]> => {
        const tsc = path.join(inModules('@typescript/native'), 'bin/tsc')
        const args = [tsc, '--pretty', 'false', '-p', writeProject(name, files, options)]
        const said = await new Promise<string>((resolve) => {
          execFile(process.execPath, args, { cwd: app }, (_error, stdout, stderr) => resolve(stdout + stderr))
        })
        return said.split('\n').filter(Boolean)
      }

      it.each([
        ['node16', both, node16],
        ['nodenext', both, nodenext],
        ['bundler', ['store.ts', 'entries.ts'], bundler],
        ["without the DOM, with Node's types", ['pageless.mts'], { ...nodenext, lib: ['es2020'], types: ['node'] }],
        ['in a worker', ['entries.mts'], { ...nodenext, lib: ['es2020', 'webworker'] }],
      ])(
        'compiles, and gets declaration files of its own: %s',
        async (name, files, options) => {
          expect(await compile(name.replaceAll(/\W/g, ''), files, options)).toEqual([])
        },
        180_000,
      )

      it('needs four names where there is neither the DOM nor Node, and has real types without them', async () => {
        const lib = { ...nodenext, lib: ['es2020'] }
        const said = await compile('none', ['pageless.ts'], lib)
        const missing = said.filter((line) => line.startsWith('node_modules/reduplex/'))
        const names = new Set(missing.map((line) => /error TS2304: Cannot find name '(\w+)'/.exec(line)?.[1] ?? line))
        expect([...names].sort()).toEqual(['AbortSignal', 'Blob', 'URL', 'URLSearchParams'])
        expect(await compile('bare', ['bare.ts'], { ...lib, skipLibCheck: true })).toEqual([])
      }, 180_000)
    })

    describe('of before', () => {
      const check = async (compiler: string, ...projects: readonly string[]): Promise<readonly Checked[]> => {
        const program = path.join(__dirname, 'compile.program.ts')
        const { stdout, stderr, code } = await runProgram(program, 170_000, [compiler, app, ...projects])
        return code === 0
          ? (JSON.parse(stdout) as Checked[])
          : [{ version: '', seen: [], said: [`${code}: ${stderr}`] }]
      }
      const compilers = {
        '5.4': require.resolve('typescript-5.4'),
        '5.9': require.resolve('typescript-5.9'),
        '6.0': require.resolve('typescript'),
      }
      const library = ['node_modules/reduplex/dist/esm/index.d.ts', 'node_modules/reduplex/dist/cjs/index.d.ts']
      // The toolkit's own files do not stand `exactOptionalPropertyTypes`, which is why it is not for the tests above.
      const strictest = { exactOptionalPropertyTypes: true }
      const cases: [version: keyof typeof compilers, files: readonly string[], options: object][] = [
        // The oldest that is promised; it has to hold all that the type tests say.
        ['5.4', [...both, ...typeTests], { ...node16, types: ['node'], lib: ['es2022', 'dom'] }],
        ['5.9', ['store.mts', 'entries.cts'], nodenext],
        ['6.0', ['entries.mts', 'store.cts'], nodenext],
      ]
      // All begin at once: each is busy for some seconds with one core.
      const all = new Map<string, ReturnType<typeof check>>()
      beforeAll(() => {
        for (const [version, files, options] of cases) {
          const forNode = writeProject(`${version}.node`, files, { ...options, ...strictest })
          const bundled = writeProject(`${version}.bundler`, ['store.ts', 'entries.ts'], { ...bundler, ...strictest })
          all.set(version, check(compilers[version], forNode, bundled))
        }
      })

      it.each(cases)(
        'compile, and get declaration files of their own: %s',
        async (version, files) => {
          const checked = (await all.get(version)) ?? []
          expect(checked.map(({ said }) => said)).toEqual([[], []])
          expect(checked.map((one) => one.version)).toEqual([version, version])
          expect(checked[0]?.seen).toEqual(expect.arrayContaining([...files, ...library]))
          expect(checked[1]?.seen).toEqual(expect.arrayContaining(['store.ts', 'entries.ts', library[0]]))
        },
        180_000,
      )

      it('would say what it could not read or name', async () => {
        writeFileSync(path.join(app, 'lost.d.ts'), 'export declare const lost: NowhereToBeFound\n')
        writeFileSync(
          path.join(app, 'broken.ts'),
          `class Hidden { private readonly secret = 1 }
           export const made = class { shown = 1; private hidden = new Hidden() }
           export const text: string = 1`,
        )
        const project = writeProject('broken', ['broken.ts', 'lost.d.ts'], { ...bundler, lib: ['es2020'] })
        const [{ said } = { said: [] }] = await check(compilers['6.0'], project)
        expect(said.map((line) => line.replace(/(TS\d+): .*/s, '$1'))).toEqual([
          'broken.ts: error TS2322',
          'broken.ts: error TS4094',
          'lost.d.ts: error TS2304',
        ])
      }, 180_000)
    })
  })
})
