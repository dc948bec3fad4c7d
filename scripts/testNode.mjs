// `npm run test:node`: the packed library, the server, sessions and RPC on each version of Node that is supported. Each comes from npm, into .cache/nodes.
// `npm run test:node -- 22`: only that version. Options of Jest follow: `npm run test:node -- 22 --testNamePattern session`.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { setup } from './setup.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = path.join(root, '.cache/nodes')
const versions = ['20', '22', '24']
const suites = String.raw`test/(package/(node|entries|absent)|integration/(session|rpc)|server/(session/|history/)?)\w*\.test\.ts$`
/** Suites that need a browser or another program, or compare their own measured times. */
const leftOut = ['integration/rpc/chromium', 'server/redis', 'server/runtimes']

const nodeOf = (version) =>
  path.join(folder, `node_modules/n${version}/bin/node${process.platform === 'win32' ? '.exe' : ''}`)

/** Installs the newest release of each version. The packages are those that the package `node` consists of. */
const install = (wanted) => {
  const missing = wanted.filter((version) => !existsSync(nodeOf(version)))
  if (missing.length === 0) return
  const platform = process.platform === 'win32' ? 'win' : process.platform
  mkdirSync(folder, { recursive: true })
  if (!existsSync(path.join(folder, 'package.json')))
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }')
  const names = missing.map((version) => `n${version}@npm:node-${platform}-${process.arch}@${version}`)
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...names], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
}

const runOn = (version, jestArgs) => {
  const node = nodeOf(version)
  console.log(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1)} …`)
  const { status } = spawnSync(
    node,
    [
      path.join(root, 'node_modules/jest/bin/jest.js'),
      '--testPathPatterns',
      suites,
      '--testPathIgnorePatterns',
      `test/(${leftOut.join('|')})`,
      '--cacheDirectory',
      path.join(folder, `jest-${version}`),
      ...jestArgs,
    ],
    { cwd: root, stdio: 'inherit' },
  )
  return status === 0
}

const main = async (args) => {
  const given = args.filter((arg) => versions.includes(arg))
  const wanted = given.length > 0 ? given : versions
  try {
    await setup()
    install(wanted)
  } catch (error) {
    console.error(error.message)
    return 1
  }
  const build = spawnSync(process.execPath, [path.join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' })
  if (build.status !== 0) return 1
  const jestArgs = args.filter((arg) => !versions.includes(arg))
  const failed = wanted.filter((version) => !runOn(version, jestArgs))
  console.log(
    failed.length > 0
      ? `test:node: failed on Node ${failed.join(', ')}`
      : `test:node: passed on Node ${wanted.join(', ')}`,
  )
  return failed.length > 0 ? 1 : 0
}

process.exitCode = await main(process.argv.slice(2))
