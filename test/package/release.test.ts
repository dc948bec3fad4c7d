import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { root } from './app.js'

// `npm run release` is `npm version`; these are the scripts that it and `npm publish` call, in a copy of the files that they read.

const withAddress = ['package.json', 'CONTRIBUTING.md', 'SECURITY.md', '.github/ISSUE_TEMPLATE/config.yml']

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'reduplex-release-'))
  for (const file of [...withAddress, 'CHANGELOG.md', 'scripts/publishable.mjs', 'scripts/changelog.mjs']) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    cpSync(path.join(root, file), path.join(folder, file))
  }
})
afterEach(() => rmSync(folder, { recursive: true }))

const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8')

const run = (script: string, args: readonly string[] = [], env: object = {}) => {
  const { status, stderr } = spawnSync(process.execPath, [path.join(folder, 'scripts', script), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, npm_package_version: undefined, ...env },
  })
  return { status, faults: stderr.split('\n').filter((line) => /^\w+: \S+: expected/.test(line)) }
}

const setAddress = (owner: string): void => {
  for (const file of withAddress) {
    const text = read(file).replaceAll(/[\w-]+(?=\/reduplex|\.github\.io)/g, owner)
    writeFileSync(path.join(folder, file), text)
  }
}

describe('the check before a release', () => {
  it('refuses a package whose addresses are placeholders, and names each file', () => {
    setAddress('OWNER')
    const { status, faults } = run('publishable.mjs', ['--before-version'])
    expect({ status, faults }).toEqual({
      status: 1,
      faults: withAddress.map((file) => expect.stringContaining(`publishable: ${file}: expected the address`)),
    })
  })

  it('accepts it when the address is set', () => {
    setAddress('example')
    expect(run('publishable.mjs', ['--before-version'])).toEqual({ status: 0, faults: [] })
  })

  it('refuses a version that has no section in the changelog, and accepts it after `npm version`', () => {
    setAddress('example')
    const { version } = JSON.parse(read('package.json')) as { version: string }
    expect(run('publishable.mjs')).toEqual({ status: 1, faults: [expect.stringContaining('CHANGELOG.md')] })
    expect(run('changelog.mjs', [], { npm_package_version: version }).status).toBe(0)
    expect(read('CHANGELOG.md')).toMatch(/## \[Unreleased\]\n\n## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d\n/)
    expect(run('publishable.mjs')).toEqual({ status: 0, faults: [] })
  })

  it('runs before `npm version` and before `npm publish`', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    expect(scripts).toMatchObject({
      release: 'npm version',
      preversion: 'node scripts/publishable.mjs --before-version',
      prepublishOnly: 'node scripts/publishable.mjs',
    })
  })
})

describe('the workflows of GitHub', () => {
  const workflows = readdirSync(path.join(root, '.github/workflows')).map((file) => ({
    file,
    text: readFileSync(path.join(root, '.github/workflows', file), 'utf8'),
  }))

  it.each(workflows)('$file runs .ci/run, and has few rights', ({ text }) => {
    expect(text).toContain('- run: .ci/run\n')
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m)
  })

  it('run every command that CONTRIBUTING.md names for what `npm test` leaves out', () => {
    const check = workflows.find(({ file }) => file === 'check.yml')?.text
    const named = readFileSync(path.join(root, 'CONTRIBUTING.md'), 'utf8').match(/(?<=^\| `npm run )test:(?!fast)\w+/gm)
    expect(named).toEqual(['test:node', 'test:browsers', 'test:next'])
    for (const command of named ?? []) expect(check).toContain(`npm run ${command}`)
  })

  it('publish with provenance', () => {
    expect(workflows.filter(({ text }) => /npm publish/.test(text)).map(({ text }) => text)).toEqual([
      expect.stringContaining('npm publish --provenance'),
    ])
  })
})
