// `npm run test:browsers`: the contract inside Chromium, Firefox and WebKit. `npm run test:browsers -- firefox webkit`: only
// those; other arguments are passed to jest. Installs missing browsers on Debian, as root.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from './chromium.mjs'
import { setup } from './setup.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const env = process.env

const onPath = (...names) => {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return (env.PATH ?? '')
    .split(path.delimiter)
    .filter(Boolean)
    .flatMap((folder) => names.map((name) => path.join(folder, name + suffix)))
    .find(existsSync)
}

const findFirefox = () =>
  onPath('firefox-esr', 'firefox') ??
  [
    '/Applications/Firefox.app/Contents/MacOS/firefox',
    ...[env.PROGRAMFILES, env['PROGRAMFILES(X86)']]
      .filter(Boolean)
      .map((folder) => path.join(folder, 'Mozilla Firefox/firefox.exe')),
  ].find(existsSync)

/** MiniBrowser is installed with the library, in a folder that has the library's version in its name. */
const findMiniBrowser = () =>
  ['/usr/lib', '/usr/lib64', '/usr/libexec', ...subfolders('/usr/lib', /-linux-gnu/)]
    .flatMap((folder) => subfolders(folder, /^webkit2?gtk-\d/))
    .map((folder) => path.join(folder, 'MiniBrowser'))
    .find(existsSync)

const subfolders = (folder, name) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((entry) => name.test(entry))
        .map((entry) => path.join(folder, entry))
    : []

const chromium = { name: 'Chromium', variable: 'CHROMIUM_PATH', find: findChromium, apt: 'chromium' }

/** For each engine: how to find it, its Debian package, and the environment variable that passes its path to the tests. */
const engines = {
  chromium: [chromium],
  // One of its tests has a page in each.
  firefox: [{ name: 'Firefox', variable: 'FIREFOX_PATH', find: findFirefox, apt: 'firefox-esr' }, chromium],
  webkit: [
    {
      name: 'WebKitWebDriver',
      variable: 'WEBKIT_DRIVER_PATH',
      find: () => onPath('WebKitWebDriver'),
      apt: 'webkit2gtk-driver',
    },
    {
      name: "WebKitGTK's MiniBrowser",
      variable: 'WEBKIT_BROWSER_PATH',
      find: findMiniBrowser,
      apt: 'webkit2gtk-driver',
    },
    { name: 'Xvfb', variable: 'XVFB_PATH', find: () => onPath('Xvfb'), apt: 'xvfb' },
  ],
}

/** Sets the variables of the installed engines, unless the user has set them. Returns the engines that are missing. */
const look = (needs) =>
  needs.filter(({ variable, find }) => {
    const found = (env[variable] && existsSync(env[variable]) ? env[variable] : undefined) ?? find()
    if (found) env[variable] = found
    return !found
  })

const apt = (...args) =>
  spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
  })

const findBrowsers = (needs) => {
  let missing = look(needs)
  if (missing.length === 0) return
  let reason = ''
  if (process.platform === 'linux' && process.getuid?.() === 0 && onPath('apt-get')) {
    const packages = [...new Set(missing.map((need) => need.apt))]
    const command = ['install', '-y', '--no-install-recommends', ...packages]
    console.error(`setup: installing what is missing: apt-get update && apt-get ${command.join(' ')}`)
    const started = Date.now()
    // `apt-get update` may fail for one source and still have updated the one that is needed, so only the install is checked.
    apt('update')
    const { status, stdout, stderr } = apt(...command)
    missing = look(missing)
    if (missing.length === 0) {
      console.error(`setup: ${packages.join(', ')} installed in ${Math.round((Date.now() - started) / 1000)} s`)
      return
    }
    const last = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-5).join('\n')
    reason = `apt-get install ended with ${status}:\n${last}\n`
  }
  const list = missing.map(({ name, variable, apt: debian }) => `${name} (${debian} on Debian; or set ${variable})`)
  throw new Error(
    `${reason}Missing: ${list.join(', ')}. Install it, or name the browsers to test: npm run test:browsers -- chromium firefox`,
  )
}

/** The descendants of a process: the browsers that it started. */
const descendants = (parent) => {
  const rows = (spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).stdout ?? '')
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const below = (pid) => rows.filter(([, ppid]) => ppid === pid).flatMap(([child]) => [child, ...below(child)])
  return below(parent)
}

/** Runs jest. A signal to this process ends jest, and the browsers that jest has no time to end. */
const jest = (args) =>
  new Promise((resolve) => {
    const config = path.join(root, 'test/browsers/jest.config.mjs')
    const child = spawn(
      process.execPath,
      [path.join(root, 'node_modules/jest/bin/jest.js'), '--config', config, ...args],
      // In a process group of its own: Ctrl+C would otherwise end jest first, and its browsers could not be found any more.
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], detached: process.platform !== 'win32' },
    )
    const end = () => {
      for (const pid of [...descendants(child.pid), child.pid]) {
        try {
          process.kill(pid, 'SIGTERM')
        } catch {
          // Ended with its parent.
        }
      }
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)
    child.on('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })

const main = async (args) => {
  const chosen = Object.keys(engines).filter((name) => args.includes(name))
  const names = chosen.length > 0 ? chosen : Object.keys(engines)
  try {
    await setup()
    findBrowsers(names.flatMap((name) => engines[name]))
  } catch (error) {
    console.error(error.message)
    return 1
  }
  const build = spawnSync(process.execPath, [path.join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' })
  if (build.status !== 0) return 1
  // One engine after the other: each has the machine for itself. --forceExit, because Node 20 can loop forever at its exit
  // after sockets were reset (resetAndDestroy).
  const given = args.filter((arg) => !(arg in engines))
  return await jest([
    '--runInBand',
    '--forceExit',
    '--testPathPatterns',
    `/(${names.join('|')})\\w*\\.test\\.ts$`,
    '--',
    ...given,
  ])
}

process.exitCode = await main(process.argv.slice(2))
