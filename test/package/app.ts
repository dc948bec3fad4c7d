import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  linkSync,
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
import { stripVTControlCharacters } from 'node:util'
import { sharedFolder } from '../support/sharedFolder.js'

// What an app gets when it installs the packed library: nothing here reads src/ or dist/ of the work tree.

export const root = path.resolve(__dirname, '../..')
export const inModules = (name: string): string => path.join(root, 'node_modules', name)

/** The files below a folder, with `/` on every system, sorted. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort()

const newest = (folder: string): number =>
  Math.max(...filesIn(folder).map((file) => statSync(path.join(folder, file)).mtimeMs))

/** Throws where dist/ is older than src/. */
export const mustBeBuilt = (): void => {
  const lastWritten = path.join(root, 'dist/cjs/package.json')
  if (!existsSync(lastWritten)) throw new Error('dist/ is missing: run `npm run build` before this test')
  if (statSync(lastWritten).mtimeMs < newest(path.join(root, 'src'))) {
    throw new Error('dist/ is older than src/: run `npm run build` before this test')
  }
}

export const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, unknown>
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
  peerDependenciesMeta: Record<string, { optional?: boolean }>
}

/** The names by which code is imported: `reduplex`, `reduplex/codec/cbor` … */
export const entryNames: string[] = Object.keys(manifest.exports)
  .filter((entry) => !entry.endsWith('.json'))
  .map((entry) => path.posix.join('reduplex', entry))

/** An app's folder with the tarball unpacked into its node_modules. */
export interface App {
  readonly folder: string
  readonly tarball: string
  /** The library in the app's node_modules. */
  readonly installed: string
  /** Writes a file of the app. */
  readonly write: (file: string, text: string) => void
  /** Runs a script in Node alone, without a loader and without jest, and parses its stdout as JSON. */
  readonly run: (script: string, type: 'module' | 'commonjs') => unknown
  /** Runs a file of the app with the test runner of Node. */
  readonly nodeTest: (file: string) => { status: number | null; output: string }
  /** Runs a tool of the project's own node_modules, by the path of its file. */
  readonly tool: (file: string, ...args: string[]) => { status: number | null; output: string }
  readonly remove: () => void
}

/** Packs the library, once in a run, and unpacks the tarball. */
const packed = () =>
  sharedFolder('packed', (folder) => {
    // Without prepack: it would rebuild dist/ while other tests read it.
    execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
      cwd: root,
      stdio: 'pipe',
      shell: process.platform === 'win32',
    })
    execFileSync('tar', ['-xzf', path.join(folder, tarballIn(folder)), '-C', folder])
  })

const tarballIn = (folder: string): string => readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? 'no tarball'

/** Copies a folder by hard links: the files are thousands, and no test changes them. */
const linkFolder = (from: string, to: string): void => {
  mkdirSync(to)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)]
    if (entry.isDirectory()) linkFolder(source, target)
    else linkSync(source, target)
  }
}

/** Installs the packed library with its dependencies and `beside`, which are linked from the project's node_modules. */
export const createApp = (beside: readonly string[]): App => {
  mustBeBuilt()
  const source = packed()
  const tarball = path.join(source, tarballIn(source))
  const folder = mkdtempSync(path.join(tmpdir(), 'reduplex-app-'))
  const modules = path.join(folder, 'node_modules')
  const installed = path.join(modules, 'reduplex')
  mkdirSync(modules)
  linkFolder(path.join(source, 'package'), installed)
  for (const name of [...Object.keys(manifest.dependencies), ...beside]) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true })
    symlinkSync(inModules(name), path.join(modules, name), 'junction')
  }
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), text)
  }
  write('package.json', '{ "name": "app", "private": true, "type": "module" }\n')

  // Tools must not take the app's folder for a part of the running Jest.
  const { JEST_WORKER_ID: _, NODE_ENV: __, ...env } = process.env
  const spawn = (args: readonly string[]) =>
    spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
      env: { ...env, NO_COLOR: '1', FORCE_COLOR: '0' },
    })
  const report = (args: readonly string[]) => {
    const { status, stdout, stderr } = spawn(args)
    return { status, output: stripVTControlCharacters(stdout + stderr) }
  }

  return {
    folder,
    tarball,
    installed,
    write,
    run: (script, type) => {
      const { status, signal, stdout, stderr } = spawn([`--input-type=${type}`, '--eval', script])
      if (status !== 0) throw new Error(`the app ended with ${status ?? signal}:\n${stdout}${stderr}`)
      return JSON.parse(stdout) as unknown
    },
    nodeTest: (file) => report(['--test', '--test-reporter=tap', file]),
    tool: (file, ...args) => report([inModules(file), ...args]),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
