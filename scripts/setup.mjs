// Makes a fresh clone ready: the dependencies, and a Chromium and a redis-server where they are wanted. Silent when there is nothing to do.
// `node scripts/setup.mjs` does all. Builtin modules only.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ensureChromium } from './chromium.mjs'
import { ensureRedis } from './redis.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const lockFolder = path.join(root, '.cache/setup.lock')
// stderr, so that a command whose stdout is read by a program stays clean.
const say = (line) => console.error(line)

const readPackages = (file) => {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Whether node_modules holds what package-lock.json asks for. npm writes the second file last, after a complete install. */
const isInstalled = () => {
  const wanted = readPackages('package-lock.json')
  if (!wanted) throw new Error('setup: package-lock.json is missing or not JSON; restore it from git')
  const present = readPackages('node_modules/.package-lock.json')
  if (!present) return false
  return Object.entries(wanted).every(
    ([folder, { version, optional, integrity }]) =>
      folder === '' ||
      // Optional packages are mostly other platforms' builds, rightly absent.
      (present[folder] ? present[folder].version === version && present[folder].integrity === integrity : optional),
  )
}

const npmCi = () => {
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  // Under `npm run` the very npm that runs us; else the one on the PATH (a .cmd on Windows, which needs a shell).
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
    throw new Error(`${output}\nsetup: npm ci failed (exit code ${status}); the lines above say why`)
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

/** Two setups at once would delete each other's node_modules: the second waits. mkdir is the atomic test-and-set. */
const withLock = async (work) => {
  mkdirSync(path.dirname(lockFolder), { recursive: true })
  const owner = path.join(lockFolder, 'pid')
  let told = false
  let orphaned = 0
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
      // Just being created, or just released.
    }
    // Without a living owner for three looks in a row, it was left behind by a run that was killed.
    const isHeld = pid > 0 && isAlive(pid)
    orphaned = isHeld ? 0 : orphaned + 1
    if (orphaned === 3) {
      rmSync(lockFolder, { recursive: true, force: true })
      continue
    }
    if (isHeld && !told) {
      say(`setup: waiting for another setup of this folder (process ${pid})`)
      told = true
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
 * Installs what is missing and says so, one line each; says and does nothing when all is there.
 * Resolves to `{ chromium, redis }`, the paths of those that were asked for. Rejects with an error that says what to do.
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
