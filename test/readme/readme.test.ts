import { execFile } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { SLOW_CHECKS } from '../support/slowChecks.js'
import { startEchoServer, type EchoServer } from '../support/echoServer.js'
import { claim } from './claims.js'
import { allPages, blocksOf, isApp, programsOf, readDoc, root, withClaims } from './blocks.js'

// The programs of the README and the pages beside it are compiled with the project's own flags and run, each in a Node of its own, with a real server
// that sends everything back. Its address replaces the one in the README; `ws` replaces the browser's WebSocket. A line `expression // → value` is a
// claim, and is checked.
const writtenAddress = 'wss://example.org/ws'

// The blocks of the runtimes' pages run on those runtimes: test/server/runtimes.
const documents = allPages.filter((page) => !isApp(page) && !page.startsWith('docs/runtimes/'))
const blocks = documents.flatMap((document) => blocksOf(readDoc(document)))
const programs = documents.flatMap((document) =>
  programsOf(blocksOf(readDoc(document)).filter(({ language }) => /^tsx?$/.test(language))).map(
    ({ line, language, code }) => {
      const name = `${document.replace(/\.md$/, '').replaceAll('/', '_')}_${line}`
      return { name, file: `${name}.${language}`, ...withClaims(code) }
    },
  ),
)
const readme = readDoc('README.md')

interface Result {
  readonly code: number | null
  readonly output: string
}

const run = async (args: readonly string[], cwd: string): Promise<Result> =>
  await new Promise((resolve) => {
    const options = { cwd, timeout: 30_000, env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', PORT: '0' } }
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: `${stdout}${stderr}` }),
    )
  })

let server: EchoServer
let folder: string
let compiled: Result

beforeAll(async () => {
  server = await startEchoServer()
  mkdirSync(path.join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(path.join(root, '.cache/readme-'))
  // From there everything else resolves to the project's own packages.
  mkdirSync(path.join(folder, 'node_modules'))
  symlinkSync(root, path.join(folder, 'node_modules/reduplex'), 'junction')
  copyFileSync(path.join(root, 'test/readme/claims.ts'), path.join(folder, 'claims.ts'))
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }')
  const config = {
    extends: path.join(root, 'tsconfig.json'),
    compilerOptions: { noEmit: false, outDir: 'out', rootDir: '.' },
    include: ['*.ts', '*.tsx'],
    exclude: ['node_modules'],
  }
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config))
  for (const { file, code } of programs) {
    const source = code.replaceAll(writtenAddress, `${server.url}/ws`)
    writeFileSync(path.join(folder, file), `import { claim } from './claims.js'; void claim; ${source}\nexport {}\n`)
  }
  compiled = await run(
    [path.join(root, 'node_modules/@typescript/native/bin/tsc'), '--singleThreaded', '-p', folder],
    folder,
  )
}, 60_000)

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server[Symbol.asyncDispose]()
})

/** The code around a program: a browser's WebSocket, and an end that prints how many claims held and what was printed. */
const programRunner = (name: string): string => `
  import { WebSocket } from 'ws'
  import { claim } from './out/claims.js'
  globalThis.WebSocket ??= WebSocket
  const printed = []
  // How long development's checks took says how busy the machine is, not what the program does.
  const isSlowness = (text) => ${String(SLOW_CHECKS)}.test(text)
  console.warn = console.error = (...args) => {
    const text = args.map(String).join(' ')
    if (!isSlowness(text)) printed.push(text)
  }
  await import('./out/${name}.js')
  console.log(JSON.stringify({ held: claim.countHeld(), printed }))
  process.exit(0)`

describe('the programs of the README and of docs', () => {
  it('exist', () => {
    expect(programs.length).toBeGreaterThan(5)
    expect(programs.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(20)
  })

  it('compile, strictly', () => {
    expect(compiled).toEqual({ code: 0, output: '' })
  })

  it.each(programs.map(({ name, count }) => ({ name, count })))(
    'run, and $count claims of $name hold',
    async ({ name, count }) => {
      const file = path.join(folder, `${name}.run.mjs`)
      writeFileSync(file, programRunner(name))
      const { code, output } = await run([file], folder)
      expect({ code, output: code === 0 ? (JSON.parse(output) as unknown) : output }).toEqual({
        code: 0,
        output: { held: count, printed: [] },
      })
    },
    30_000,
  )

  it('have at most 25 lines for the first message', () => {
    const first = blocksOf(readme).find(({ language }) => language === 'ts')
    const lines = first?.code.split('\n').filter((line) => line.trim() !== '')
    expect(lines?.length).toBeLessThanOrEqual(25)
  })
})

describe('the claims of a program', () => {
  it('are created from its comments', () => {
    expect(withClaims('f() // → 1\nawait g() // soon → { a: 1, … }\nh()')).toEqual({
      code: 'await claim.all(1)(f())\nawait claim.soon(() => await g(), claim.some({ a: 1 }))\nh()',
      count: 2,
    })
  })

  it.each(['  f() // → 1', 'const a = f() // → 1', 'f() /* → 1 */'])(
    'are refused where they cannot be checked: %s',
    (code) => {
      expect(() => withClaims(code)).toThrow(/claim/)
    },
  )

  it('can fail', async () => {
    await expect(claim.all(1)(1)).resolves.toBeUndefined()
    await expect(claim.all({ a: 1 })({ a: 1, b: 2 })).rejects.toThrow('deep')
    await expect(claim.some({ a: 1 })({ a: 1, b: 2 })).resolves.toBeUndefined()
    await expect(claim.some({ a: 1 })({ b: 2 })).rejects.toThrow('deep')
    await expect(claim.some({ a: 1 })(undefined)).rejects.toThrow('deep')
  })
})

describe('the commands of the README', () => {
  const { scripts } = JSON.parse(readDoc('package.json')) as { scripts: Record<string, string> }
  const named = Array.from(readme.matchAll(/\bnpm (?:run )?(\w[\w:]*)/g), ([, name = '']) => name)

  it('exist', () => {
    const known = new Set([...Object.keys(scripts), 'install'])
    expect(named).toEqual(expect.arrayContaining(['demo', 'test']))
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })

  it('in shell blocks install only packages of package.json', () => {
    const { peerDependencies, devDependencies, name } = JSON.parse(readDoc('package.json')) as {
      name: string
      peerDependencies: object
      devDependencies: object
    }
    // jsdom comes with jest-environment-jsdom.
    const known = new Set([name, 'jsdom', ...Object.keys(peerDependencies), ...Object.keys(devDependencies)])
    const commands = blocks
      .filter(({ language }) => language === 'shell')
      .flatMap(({ code }) => code.trim().split('\n'))
    const installed = commands.flatMap((line) => {
      const [, names] = /^npm install (.*)$/.exec(line) ?? []
      return names?.split(' ').filter((word) => !word.startsWith('-')) ?? []
    })
    expect(installed.length).toBeGreaterThan(3)
    expect(installed.filter((dependency) => !known.has(dependency))).toEqual([])
  })

  it('the import map names files that the build has, of this version', () => {
    const html = blocksOf(readDoc('docs/import-maps.md')).find(({ language }) => language === 'html')
    const [, json = ''] = /<script type="importmap">(.*?)<\/script>/s.exec(html?.code ?? '') ?? []
    const { imports } = JSON.parse(json) as { imports: Record<string, string> }
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
    const files = Object.values(imports).flatMap((url) => url.split(`/reduplex@${version}/`)[1] ?? [])
    expect(files).not.toEqual([])
    expect(files).toHaveLength(Object.keys(imports).filter((name) => name.startsWith('reduplex')).length)
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([])
  })

  it('and every block is of a language that is looked at here', () => {
    expect(blocksOf(readme).filter(({ language }) => !/^(tsx?|shell)$/.test(language))).toEqual([])
  })

  it('the README fits on a few screens', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(250)
  })
})
