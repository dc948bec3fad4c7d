import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'

const root = path.resolve(__dirname, '../..')
const tsc = path.join(root, 'node_modules/@typescript/native/bin/tsc')

/** The compiler's messages, line by line. */
const compile = async (...args: string[]): Promise<string[]> =>
  await new Promise((resolve) => {
    execFile(process.execPath, [tsc, '--pretty', 'false', ...args], { cwd: root }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`.split('\n').filter(Boolean)),
    )
  })

const fixtures = readdirSync(__dirname).filter((file) => /^[^.]+\.tsx?$/.test(file))

describe('the compiler that apps use', () => {
  let said: string[] = []
  beforeAll(async () => {
    said = await compile('--noEmit', '-p', 'test/types')
  }, 30_000)

  it.each(fixtures)('accepts test/types/%s', (file) => {
    expect(said.filter((line) => line.startsWith(`test/types/${file}`))).toEqual([])
  })

  it('reports nothing in any other file', () => {
    expect(said.filter((line) => !/^(test\/types\/|\s)/.test(line))).toEqual([])
  })
})

// The checks above pass when the compiler prints nothing: these check that it would print.
it('the compiler compiles every fixture', async () => {
  const seen = await compile('--listFilesOnly', '-p', 'test/types')
  expect(seen).toEqual(expect.arrayContaining(fixtures.map((file) => path.join(__dirname, file))))
}, 30_000)

// What is between a name and its members or parameters.
const generic = /^export (?:interface|type|class) (\w+)<|^export const (\w+) = (?:\/\*.*\*\/ )?(?:async )?</gm
/** An interface that is not generic, but has a generic signature. */
const withGenericSignature = /^export interface (\w+)[^{<]*\{(?:(?!^\}).)*?^ {2}(?:readonly \w+: )?</gms

it('every exported generic has a test', () => {
  const sources = path.join(root, 'src')
  const texts = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(sources, file), 'utf8'))
  const names = [generic, withGenericSignature].flatMap((pattern) =>
    texts.flatMap((text) => Array.from(text.matchAll(pattern), ([, name, value]) => name ?? value ?? '')),
  )
  const door = readFileSync(path.join(sources, 'index.ts'), 'utf8')
  const exported = new Set(names.filter((name) => new RegExp(`\\b${name}\\b`).test(door)))
  const tests = fixtures.map((file) => readFileSync(path.join(__dirname, file), 'utf8')).join('\n')
  const imports = Array.from(
    tests.matchAll(/^import \{([^}]*)\} from '..\/..\/src\/index.js'/gm),
    ([, list = '']) => list,
  )
  const tested = new Set(imports.join(',').split(/\W+/))

  expect([...exported].filter((name) => !tested.has(name))).toEqual([])
  expect([...exported]).toEqual(
    expect.arrayContaining(['createSocketActions', 'Plain', 'SocketActions', 'SocketDispatch']),
  )
})

it('the compiler reports an expectation that is not met', async () => {
  const cache = path.join(root, '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(path.join(cache, 'types-'))
  try {
    writeFileSync(
      path.join(folder, 'red.ts'),
      [
        `import { socketClose, socketSend } from '../../src/index.js'`,
        `import type { Equal, Expect } from '../../test/types/expect.js'`,
        `export type Wrong = Expect<Equal<ReturnType<typeof socketSend>['payload'], string>>`,
        `// @ts-expect-error -- it compiles`,
        `socketClose(1000)`,
      ].join('\n'),
    )
    writeFileSync(path.join(folder, 'tsconfig.json'), '{ "extends": "../../tsconfig.json", "include": ["*.ts"] }')
    const said = await compile('--noEmit', '-p', folder)
    expect(said.filter((line) => line.includes('red.ts')).map((line) => line.replace(/^.*red\.ts/, ''))).toEqual([
      expect.stringMatching(/^\(3,.*TS2344/),
      expect.stringMatching(/^\(4,.*TS2578/),
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 30_000)
