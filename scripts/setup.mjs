// Prepares a fresh clone: installs the dependencies and, where requested, Chromium and redis-server. Prints nothing when all are present.
// `node scripts/setup.mjs` installs all of them. Imports builtin modules only, because it runs before the dependencies are installed.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ensureChromium } from './chromium.mjs'
import { ensureRedis } from './redis.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const lockFolder = path.join(root, '.cache/setup.lock')
// On stderr: a program may read the stdout of the command that runs the setup.
const say = (line) => console.error(line)

const readPackages = (file) => {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Whether node_modules matches package-lock.json. npm writes node_modules/.package-lock.json at the end of a complete install. */
const isInstalled = () => {
  const required = readPackages('package-lock.json')
  if (!required) throw new Error('setup: package-lock.json is missing or not JSON; restore it from git')
  const present = readPackages('node_modules/.package-lock.json')
  if (!present) return false
  return Object.entries(required).every(
    ([folder, { version, optional, integrity }]) =>
      folder === '' ||
      // Optional packages are mostly builds for other platforms, which npm skips.
      (present[folder] ? present[folder].version === version && present[folder].integrity === integrity : optional),
  )
}

const npmCi = () => {
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  // Under `npm run` use the same npm; otherwise the one on the PATH, which is a .cmd on Windows and needs a shell.
  const running = process.env.npm_execpath
  const [command, ...first] = /npm-cli\.[cm]?js$/.test(running ?? '') ? [process.execPath, running] : ['npm']
  const shell = command === 'npm' && process.platform === 'win32'
  return spawnSync(command, [...first, ...args], {
    cwd: root,
    shell,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
}

const install = () => {
  say('setup: installing the dependencies (npm ci), about half a minute')
  const started = Date.now()
  const { status, stdout, stderr, error } = npmCi()
  if (status !== 0) {
    const output = error ? error.message : `${stdout}${stderr}`.trim()
    throw new Error(`${output}\nsetup: npm ci failed with exit code ${status}; see the output above`)
  }
  say(`setup: dependencies installed in ${Math.round((Date.now() - started) / 1000)} s`)
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Runs one setup at a time: two would delete each other's node_modules. mkdir is an atomic test-and-set. */
const withLock = async (work) => {
  mkdirSync(path.dirname(lockFolder), { recursive: true })
  const owner = path.join(lockFolder, 'pid')
  let hasReported = false
  let checksWithoutOwner = 0
  for (;;) {
    try {
      mkdirSync(lockFolder)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    let pid
    try {
      pid = Number(readFileSync(owner, 'utf8'))
    } catch {
      // The other setup is creating or removing the lock.
    }
    // Three checks in a row without a running owner: the setup that created the lock was killed.
    const isHeld = pid > 0 && isAlive(pid)
    checksWithoutOwner = isHeld ? 0 : checksWithoutOwner + 1
    if (checksWithoutOwner === 3) {
      rmSync(lockFolder, { recursive: true, force: true })
      continue
    }
    if (isHeld && !hasReported) {
      say(`setup: waiting for another setup of this folder (process ${pid})`)
      hasReported = true
    }
    await sleep(300)
  }
  try {
    writeFileSync(owner, String(process.pid))
    await work()
  } finally {
    rmSync(lockFolder, { recursive: true, force: true })
  }
}

/**
 * Installs what is missing and prints one line for each. Does nothing when everything is installed.
 * Resolves to `{ chromium, redis }`, the paths of those that were requested. Rejects with an error that says what to do.
 */
export const setup = async ({ chromium = false, redis = false } = {}) => {
  if (!isInstalled()) {
    await withLock(() => {
      if (!isInstalled()) install()
    })
  }
  return { ...(chromium && { chromium: ensureChromium(say) }), ...(redis && { redis: ensureRedis(say) }) }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await setup({ chromium: true, redis: true })
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
