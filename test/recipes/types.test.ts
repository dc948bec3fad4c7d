import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { root } from '../readme/blocks.js'
import { filesOf, pages } from './pageFiles.js'

// All files of all pages, compiled as an app would: the project's strict flags, a bundler's resolution, the library's own declarations (dist/, so
// `npm run build` first).

let folder: string

beforeAll(() => {
  mkdirSync(path.join(root, '.cache'), { recursive: true })
  folder = mkdtempSync(path.join(root, '.cache/recipes-'))
  mkdirSync(path.join(folder, 'node_modules'))
  symlinkSync(root, path.join(folder, 'node_modules/reduplex'), 'junction')
  cpSync(path.join(root, 'test/recipes/standIns'), path.join(folder, 'standIns'), { recursive: true })
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: path.join(root, 'tsconfig.json'),
      compilerOptions: { module: 'esnext', moduleResolution: 'bundler' },
      include: ['**/*.ts', '**/*.tsx'],
      exclude: ['node_modules'],
    }),
  )
  for (const page of pages) {
    for (const [name, code] of filesOf(page)) {
      const file = path.join(folder, page.replace(/^docs\/|\.md$/g, ''), name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, code)
    }
  }
})

/** Compiles with one of the settings in the folder. Returns what the compiler prints. */
const compile = async (settings: string): Promise<string> => {
  const compiler = path.join(root, 'node_modules/@typescript/native/bin/tsc')
  return await new Promise((resolve) => {
    execFile(process.execPath, [compiler, '-p', settings], { cwd: folder }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    )
  })
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the files of the recipes and of the migration pages', () => {
  it.each(pages)('exist: %s', (page) => {
    expect(filesOf(page).size).toBeGreaterThan(0)
  })

  it('compile, strictly', async () => {
    expect(await compile('tsconfig.json')).toBe('')
  }, 60_000)

  it('of docs/testing.md compile with nodenext in an ES module, once relative imports have an extension', async () => {
    const files = path.join(folder, 'nodenext')
    mkdirSync(files)
    for (const [name, code] of filesOf('docs/testing.md'))
      writeFileSync(path.join(files, name), code.replaceAll(/ from '(\.[^']+)'/g, " from '$1.js'"))
    writeFileSync(path.join(files, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      path.join(folder, 'tsconfig.nodenext.json'),
      JSON.stringify({
        extends: './tsconfig.json',
        compilerOptions: { module: 'nodenext', moduleResolution: 'nodenext' },
        include: ['nodenext', 'standIns'],
      }),
    )
    expect(await compile('tsconfig.nodenext.json')).toBe('')
  }, 60_000)
})
