import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runProgram } from '../support/program.js'
import { createApp, entryNames, inModules, manifest, root, type App } from './app.js'
import type { Checked } from './compile.program.js'
import * as consumers from './consumers.js'

// Apps in TypeScript that are compiled against the packed library. The server's entry points need Node's types.
const clientNames = entryNames.filter((name) => !name.startsWith('reduplex/server'))
/** Those whose peers can do without a page too: RTK Query's own types need a DOM, and React's declare parts of one. */
const pagelessNames = clientNames.filter((name) => !/\/(devtools|query|react)$/.test(name))

let app: App
beforeAll(() => {
  const beside = ['zod', 'valibot', 'arktype', '@types/react', 'csstype', '@types/node', '@types/ws']
  app = createApp([...Object.keys(manifest.peerDependencies), ...beside])
})
afterAll(() => app.remove())

describe('an app in TypeScript', () => {
  const node16 = { module: 'node16', moduleResolution: 'node16' }
  const nodenext = { module: 'nodenext', moduleResolution: 'nodenext' }
  // Reads the stub folders: it knows nothing of `exports`.
  const node10 = { module: 'commonjs', moduleResolution: 'node10' }
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
    app.write(project, JSON.stringify({ compilerOptions, files }))
    return project
  }

  // A predicate is not a type guard by itself in TypeScript 5.4. The others that are left out are about other packages.
  const typeTests = ['contract', 'dispatchLimits', 'generics', 'listening', 'plain', 'schema'].map(
    (name) => `types/${name}.ts`,
  )

  beforeAll(() => {
    for (const end of ['mts', 'cts', 'ts']) {
      app.write(`store.${end}`, consumers.store)
      app.write(`entries.${end}`, consumers.entries(clientNames))
      app.write(`pageless.${end}`, consumers.entries(pagelessNames))
    }
    app.write('bare.ts', consumers.bare)
    app.write('servers.ts', consumers.entries(entryNames.filter((name) => !clientNames.includes(name))))
    for (const file of ['types/expect.ts', 'support/allFeatures.ts', ...typeTests]) {
      const source = readFileSync(path.join(root, 'test', file), 'utf8')
      app.write(
        file,
        source.replaceAll(
          /'..\/..\/src\/(?:(\w+)\/)?index.js'/g,
          (_path, name) => `'reduplex${name ? `/${name}` : ''}'`,
        ),
      )
    }
  })

  describe('with TypeScript 7, which checks the library too', () => {
    const compile = async (name: string, files: readonly string[], options: object): Promise<string[]> => {
      const tsc = path.join(inModules('@typescript/native'), 'bin/tsc')
      const args = [tsc, '--singleThreaded', '--pretty', 'false', '-p', writeProject(name, files, options)]
      const said = await new Promise<string>((resolve) => {
        execFile(process.execPath, args, { cwd: app.folder }, (_error, stdout, stderr) => resolve(stdout + stderr))
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
      'compiles and gets declaration files of its own: %s',
      async (name, files, options) => {
        expect(await compile(name.replaceAll(/\W/g, ''), files, options)).toEqual([])
      },
      180_000,
    )

    it('needs four names where there is neither the DOM nor Node, the test kit two more, and has real types without them', async () => {
      const lib = { ...nodenext, lib: ['es2020'] }
      const said = await compile('none', ['pageless.ts'], lib)
      const missing = said.filter((line) => line.startsWith('node_modules/reduplex/'))
      const names = new Set(missing.map((line) => /error TS2304: Cannot find name '(\w+)'/.exec(line)?.[1] ?? line))
      expect([...names].sort()).toEqual(['AbortSignal', 'Blob', 'Event', 'EventTarget', 'URL', 'URLSearchParams'])
      const isOfTheKit = (line: string) => line.startsWith('node_modules/reduplex/dist/esm/testing/')
      expect(missing.filter((line) => /'Event(Target)?'/.test(line) && !isOfTheKit(line))).toEqual([])
      expect(await compile('bare', ['bare.ts'], { ...lib, skipLibCheck: true })).toEqual([])
    }, 180_000)
  })

  describe('with an older version', () => {
    const check = async (compiler: string, ...projects: readonly string[]): Promise<readonly Checked[]> => {
      const program = path.join(__dirname, 'compile.program.ts')
      const { stdout, stderr, code } = await runProgram(program, 170_000, [compiler, app.folder, ...projects])
      return code === 0 ? (JSON.parse(stdout) as Checked[]) : [{ version: '', seen: [], said: [`${code}: ${stderr}`] }]
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
      // The README promises 5.4 as the oldest, so all type tests run with it.
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
        const files10 = ['store.ts', 'entries.ts', 'servers.ts']
        const options10 = { ...node10, ...strictest, ...(version === '6.0' && { ignoreDeprecations: '6.0' }) }
        const old = writeProject(`${version}.node10`, files10, { ...options10, types: ['node'] })
        all.set(version, check(compilers[version], forNode, bundled, old))
      }
    })

    it.each(cases)(
      'compiles and gets declaration files of its own: TypeScript %s',
      async (version, files) => {
        const checked = (await all.get(version)) ?? []
        expect(checked.map(({ said }) => said)).toEqual([[], [], []])
        expect(checked.map((one) => one.version)).toEqual([version, version, version])
        expect(checked[0]?.seen).toEqual(expect.arrayContaining([...files, ...library]))
        expect(checked[1]?.seen).toEqual(expect.arrayContaining(['store.ts', 'entries.ts', library[0]]))
        expect(checked[2]?.seen).toEqual(expect.arrayContaining(['servers.ts', library[1]]))
      },
      180_000,
    )

    it('gets an error for what a compiler cannot read or name', async () => {
      app.write('lost.d.ts', 'export declare const lost: NowhereToBeFound\n')
      app.write(
        'broken.ts',
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
