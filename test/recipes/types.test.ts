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

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the files of the recipes and of the migration pages', () => {
  it.each(pages)('exist: %s', (page) => {
    expect(filesOf(page).size).toBeGreaterThan(0)
  })

  it('compile, strictly', async () => {
    const compiler = path.join(root, 'node_modules/@typescript/native/bin/tsc')
    const output = await new Promise((resolve) => {
      execFile(process.execPath, [compiler, '-p', folder], { cwd: folder }, (_error, stdout, stderr) =>
        resolve(`${stdout}${stderr}`),
      )
    })
    expect(output).toBe('')
  }, 60_000)
})
