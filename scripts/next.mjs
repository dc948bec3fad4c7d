// `npm run test:next`: installs the example of Next.js with the packed library into .cache/next, builds it, and uses it in Chromium. Next takes 360 MB, so it is
// no dependency of this project, and `npm test` only compiles the example. Arguments are passed to jest.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { setup } from './setup.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const app = path.join(root, '.cache/next')
const npm = (args, cwd) =>
  execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  })

/** The example as somebody has it who has copied its folder. */
const install = () => {
  rmSync(app, { recursive: true, force: true })
  mkdirSync(app, { recursive: true })
  cpSync(path.join(root, 'examples/nextjs'), app, {
    recursive: true,
    filter: (file) => !/[\\/](node_modules|\.next)$/.test(file),
  })
  const tarball = npm(['pack', '--ignore-scripts', '--silent', '--pack-destination', app], root).trim()
  const file = path.join(app, 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  manifest.dependencies.reduplex = `file:${tarball}`
  writeFileSync(file, JSON.stringify(manifest))
  npm(['install', '--no-audit', '--no-fund', '--loglevel=error'], app)
}

const main = async (args) => {
  try {
    process.env.CHROMIUM_PATH = (await setup({ chromium: true })).chromium
  } catch (error) {
    console.error(error.message)
    return 1
  }
  const build = spawnSync(process.execPath, [path.join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' })
  if (build.status !== 0) return 1
  install()
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(root, 'node_modules/jest/bin/jest.js'),
      '--config',
      path.join(root, 'test/browsers/jest.config.mjs'),
      '--testPathPatterns',
      '/nextjs\\.test\\.ts$',
      '--',
      ...args,
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, NEXT_APP: app } },
  )
  return status ?? 1
}

process.exitCode = await main(process.argv.slice(2))
