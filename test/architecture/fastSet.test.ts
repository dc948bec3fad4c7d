import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { relative, root } from './program.js'

/** The suites of `npm run test:fast`. */
const listFastSuites = (): readonly string[] => {
  const { stdout, stderr } = spawnSync(process.execPath, ['scripts/testFast.mjs', '--listTests'], {
    cwd: root,
    encoding: 'utf8',
  })
  const files = stdout.split(/\r?\n/).filter((line) => line.endsWith('.ts') || line.endsWith('.tsx'))
  if (files.length === 0) throw new Error(`scripts/testFast.mjs lists no suite:\n${stdout}${stderr}`)
  return files
}

const isFile = (file: string): boolean => existsSync(file) && statSync(file).isFile()

/** The file that a string names, from the folder of the file that contains it or from the root; `undefined` when no such file exists. */
const resolve = (from: string, name: string): string | undefined =>
  [path.dirname(from), root]
    .map((folder) => path.resolve(folder, name))
    .flatMap((file) => [file, file.replace(/\.js$/, '.ts'), file.replace(/\.js$/, '.tsx')])
    .find(isFile)

/** The files of test/ and scripts/ that a suite imports or starts, itself included: each file that a string in one of them names. */
const filesOf = (suite: string): readonly string[] => {
  const files = new Set([suite])
  for (const file of files) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/['"`]([^'"`\s]+\.[cm]?[jt]sx?)['"`]/g)) {
      const named = resolve(file, name)
      if (named && /^(test|scripts)\//.test(relative(named))) files.add(named)
    }
  }
  return [...files]
}

/** What a suite must not need to be fast and to run on any clean clone, by what its files contain. */
const needs: Readonly<Record<string, RegExp>> = {
  'a browser': /'playwright-core'|\bfindChromium\b|\bensureChromium\b/,
  Redis: /\bfindRedis\b|\bensureRedis\b/,
  'dist/': /\bdist\/|['"`]dist['"`]/,
}

const needsOf = (suite: string): readonly string[] => {
  const texts = filesOf(suite).map((file) => readFileSync(file, 'utf8'))
  return Object.keys(needs).filter((need) => texts.some((text) => needs[need]!.test(text)))
}

describe('npm run test:fast', () => {
  const suites = listFastSuites().filter((suite) => path.basename(suite) !== path.basename(__filename))

  it('runs no suite that needs a browser, Redis or dist/', () => {
    const found = suites.map((suite) => [relative(suite), needsOf(suite)] as const)
    expect(found.filter(([, what]) => what.length > 0)).toEqual([])
    expect(suites.length).toBeGreaterThan(100)
  })

  it.each([
    ['test/contract/chromium.test.ts', 'a browser'],
    ['test/recipes/devProxy.test.ts', 'a browser'],
    ['test/server/redis/cluster.test.ts', 'Redis'],
    ['test/architecture/walks.test.ts', 'dist/'],
    ['test/readme/size.test.ts', 'dist/'],
    ['test/recipes/types.test.ts', 'dist/'],
  ])('would report %s, which needs %s', (suite, need) => {
    expect(needsOf(path.join(root, suite))).toContain(need)
  })
})
