import { readdirSync } from 'node:fs'
import path from 'node:path'
import * as jestGlobals from '@jest/globals'
import { transformSync } from '@swc/core'
import { blocksOf, readDoc, root } from '../readme/blocks.js'

// A page of docs/guides, docs/recipes or docs/migration, and docs/testing.md, is a small app: each of its blocks is a file, named by its first line (`// store.ts`). The tests run these
// files, so that a page cannot contain code that does not work.

/** The pages, as paths from the project's root. */
export const pages = ['docs/testing.md'].concat(
  ['docs/recipes', 'docs/migration'].flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((file) => file.endsWith('.md'))
      .map((file) => `${folder}/${file}`),
  ),
)

const fileName = /^(?:\/\/|#|<!--) (?<name>[\w./-]+\.(?:tsx?|mjs|json|html|yaml|service))(?: -->)?\n/

/** The files of a page: name → code. Throws when a block has no name, or when two have the same. */
export const filesOf = (page: string): Map<string, string> => {
  const files = new Map<string, string>()
  for (const { language, code, line } of blocksOf(readDoc(page))) {
    if (language === 'shell' || language === 'text') continue
    const name = fileName.exec(code)?.groups?.['name']
    if (name === undefined) throw new Error(`${page}:${line}: expected a block that begins with its file's name`)
    if (files.has(name)) throw new Error(`${page}:${line}: there are two files ${name}`)
    files.set(name, code)
  }
  return files
}

const compile = (name: string, code: string): string =>
  transformSync(code, {
    filename: name,
    jsc: {
      parser: { syntax: 'typescript', tsx: name.endsWith('x') },
      target: 'es2022',
      transform: { react: { runtime: 'automatic' } },
    },
    module: { type: 'commonjs' },
  }).code

type Wrapper = (require: (name: string) => unknown, exports: object, module: { exports: unknown }) => void

/** Resolves the library to its sources, and everything else to the packages of the tests. */
const packageOf = (name: string): unknown => {
  // docs/testing.md runs in both.
  if (name === '@jest/globals' || name === 'vitest') return jestGlobals
  const { jest } = jestGlobals
  const [own, ...entry] = name.split('/')
  if (own !== 'reduplex') return jest.requireActual(name)
  return jest.requireActual(`../../src/${entry.length === 0 ? '' : `${entry.join('/')}/`}index.js`)
}

/**
 * Runs a file of a page and what it imports, again for each call, and returns its exports with the type of the caller. @param packages replace
 * packages that are not installed @param onLoad is called with each file that has run, and its exports
 */
export const runFile = (
  page: string,
  file: string,
  packages: Record<string, unknown> = {},
  onLoad: (name: string, exports: unknown) => void = () => {},
): unknown => {
  const files = filesOf(page)
  const loaded = new Map<string, { exports: unknown }>()
  const load = (name: string): unknown => {
    const known = loaded.get(name)
    if (known) return known.exports
    const code = files.get(name)
    if (code === undefined) throw new Error(`${page} has no file ${name}, only ${[...files.keys()].join(', ')}`)
    const module = { exports: {} }
    loaded.set(name, module)
    const requireFrom = (wanted: string): unknown => {
      if (!wanted.startsWith('.')) return packages[wanted] ?? packageOf(wanted)
      const target = path.posix.join(path.posix.dirname(name), wanted)
      return load(files.has(`${target}.ts`) ? `${target}.ts` : `${target}.tsx`)
    }
    // In the test's own realm, with its globals and fake timers: node:vm would run it in another.
    // oxlint-disable-next-line typescript/no-implied-eval
    const run = new Function('require', 'exports', 'module', compile(name, code)) as Wrapper
    run(requireFrom, module.exports, module)
    onLoad(name, module.exports)
    return module.exports
  }
  return load(file)
}
