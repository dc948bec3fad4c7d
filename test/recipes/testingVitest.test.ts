import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { root } from '../readme/blocks.js'
import { filesOf } from './pageFiles.js'

// The example tests of docs/testing.md, run by vitest as an app would, on the sources of the library.

const source = (name: string) => path.join(root, 'src', name, 'index.ts')

const config = `
export default {
  define: { __DEV__: 'true' },
  resolve: { alias: [
    { find: /^reduplex$/, replacement: ${JSON.stringify(path.join(root, 'src/index.ts'))} },
    ${['query', 'react', 'rpc', 'server', 'session', 'testing'].map((name) => `{ find: 'reduplex/${name}', replacement: ${JSON.stringify(source(name))} }`).join(', ')},
  ] },
  test: { cache: false, fileParallelism: false },
}`

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

let folder: string
let report: VitestReport
let output: string

const runVitest = async (...args: readonly string[]): Promise<string> =>
  await new Promise((resolve) => {
    const cli = path.join(root, 'node_modules/vitest/vitest.mjs')
    // Without the variables by which a Jest worker would be recognized.
    const { JEST_WORKER_ID: _, NODE_ENV: __, ...env } = process.env
    const options = { cwd: folder, env: { ...env, NODE_OPTIONS: '', NO_COLOR: '1' } }
    execFile(process.execPath, [cli, 'run', ...args], options, (_error, stdout, stderr) => resolve(stdout + stderr))
  })

beforeAll(async () => {
  mkdirSync(path.join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(path.join(root, '.cache/vitest-'))
  for (const [name, code] of filesOf('docs/testing.md')) writeFileSync(path.join(folder, name), code)
  writeFileSync(path.join(folder, 'vitest.config.mjs'), config)
  output = await runVitest('--reporter=json', '--outputFile=report.json')
  report = JSON.parse(readFileSync(path.join(folder, 'report.json'), 'utf8')) as VitestReport
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the example tests of docs/testing.md', () => {
  it('pass in vitest', () => {
    const results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
    expect({ output, failed: results.filter(({ status }) => status !== 'passed') }).toMatchObject({ failed: [] })
    expect(report.testResults.map(({ name }) => path.basename(name)).toSorted()).toEqual(
      [...filesOf('docs/testing.md').keys()].filter((name) => /\.test\.tsx?$/.test(name)).toSorted(),
    )
  })
})
