// Finds a Chromium for the tests and the demo, and installs one where that needs no password.
// `node scripts/chromium.mjs` prints its path. Builtin modules only: this runs before the dependencies are there.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const isRoot = process.getuid?.() === 0
const env = process.env

/** Parts of Chromium that a headless one is quicker without. The list replaces that of Playwright, so it repeats what that disables. */
const disabledFeatures = [
  // Pages of the browser's own, which each new window would load: half the processor time of opening a page.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  // A process in reserve for each new context.
  'SpareRendererForSitePerProcess',
  // Playwright's.
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'BlockOriginHeaderModificationOnRedirect',
  'DestroyProfileOnBrowserClose',
  'DialMediaRouteProvider',
  'GlobalMediaControls',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'Translate',
]

/** What a quiet, headless Chromium is started with. Chromium refuses to run its sandbox as root, so only root goes without. */
export const chromiumArgs = [
  '--headless',
  ...(isRoot ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${disabledFeatures.join(',')}`,
]

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

const onPath = () => {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return (env.PATH ?? '')
    .split(path.delimiter)
    .filter(Boolean)
    .flatMap((folder) => names.map((name) => path.join(folder, name + suffix)))
}

const wellKnown = () => {
  if (process.platform === 'darwin') {
    return ['/Applications', path.join(homedir(), 'Applications')].flatMap((folder) => [
      path.join(folder, 'Chromium.app/Contents/MacOS/Chromium'),
      path.join(folder, 'Google Chrome.app/Contents/MacOS/Google Chrome'),
    ])
  }
  if (process.platform === 'win32') {
    return [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
      .filter(Boolean)
      .flatMap((folder) => [
        path.join(folder, 'Google/Chrome/Application/chrome.exe'),
        path.join(folder, 'Chromium/Application/chrome.exe'),
      ])
  }
  return ['/usr/bin/chromium', '/usr/lib/chromium/chromium', '/snap/bin/chromium', '/opt/google/chrome/chrome']
}

const playwrightCache = () => {
  if (env.PLAYWRIGHT_BROWSERS_PATH && env.PLAYWRIGHT_BROWSERS_PATH !== '0') return env.PLAYWRIGHT_BROWSERS_PATH
  if (process.platform === 'darwin') return path.join(homedir(), 'Library/Caches/ms-playwright')
  if (process.platform === 'win32') {
    return path.join(env.LOCALAPPDATA ?? path.join(homedir(), 'AppData/Local'), 'ms-playwright')
  }
  return path.join(env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'ms-playwright')
}

/** Playwright's folders carry a revision (`chromium-1234`) and have changed their inner names over the years. */
const inPlaywrightCache = () => {
  const cache = playwrightCache()
  if (!existsSync(cache)) return []
  const inner = {
    darwin: ['chrome-mac', 'chrome-mac-arm64', 'chrome-mac-x64'].flatMap((folder) => [
      `${folder}/Chromium.app/Contents/MacOS/Chromium`,
      `${folder}/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing`,
    ]),
    win32: ['chrome-win/chrome.exe', 'chrome-win64/chrome.exe'],
  }[process.platform] ?? ['chrome-linux/chrome', 'chrome-linux64/chrome']
  const revision = (folder) => Number(folder.split('-')[1])
  return readdirSync(cache)
    .filter((folder) => /^chromium-\d+$/.test(folder))
    .sort((a, b) => revision(b) - revision(a))
    .flatMap((folder) => inner.map((file) => path.join(cache, folder, file)))
}

/** A file of the right name may be a stub that only says "install the snap"; on Windows `--version` would open a window. */
const works = (file) => {
  if (!existsSync(file)) return false
  if (process.platform !== 'linux') return true
  const { status, stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 20_000 })
  return status === 0 && /chrom/i.test(stdout)
}

/**
 * The path of a Chromium or Chrome, or `undefined`: `CHROMIUM_PATH`, else the `PATH`, the usual places, Playwright's cache.
 * Throws when `CHROMIUM_PATH` is set to something else than a Chromium.
 */
export const findChromium = () => {
  if (env.CHROMIUM_PATH) {
    if (works(env.CHROMIUM_PATH)) return env.CHROMIUM_PATH
    throw new Error(`CHROMIUM_PATH is ${env.CHROMIUM_PATH}, and no Chromium runs from there. Correct it or unset it.`)
  }
  return [...onPath(), ...wellKnown(), ...inPlaywrightCache()].find(works)
}

const apt = (...args) =>
  spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
  })

const missing = (reason) =>
  new Error(
    [
      `No Chromium found${reason ? ` (${reason})` : ''}. The browser tests and the demo's tests need one.`,
      `Looked for: $CHROMIUM_PATH; ${names.join(', ')} on the PATH; ${wellKnown().join(', ')}; Playwright's ${playwrightCache()}.`,
      'Do one of these, then run the command again:',
      '  - install Chromium or Google Chrome the usual way of your system (Debian, as root: apt-get install chromium)',
      '  - npx playwright-core install chromium',
      '  - CHROMIUM_PATH=/path/to/chromium',
    ].join('\n'),
  )

/** The path of a Chromium, after installing one with apt-get if need be (Linux, as root). Throws an error that says what to do. */
export const ensureChromium = (say = console.error) => {
  const found = findChromium()
  if (found) return found
  const canInstall = process.platform === 'linux' && isRoot && spawnSync('apt-get', ['--version']).status === 0
  if (!canInstall) throw missing()

  say('setup: no Chromium here, installing one: apt-get update && apt-get install -y --no-install-recommends chromium')
  const started = Date.now()
  // `apt-get update` may fail for one source and still have updated the one that is needed, so only the install is checked.
  apt('update')
  const install = apt('install', '-y', '--no-install-recommends', 'chromium')
  const installed = findChromium()
  if (!installed) {
    const last = `${install.stdout ?? ''}${install.stderr ?? ''}`.trim().split('\n').slice(-5).join('\n')
    throw missing(`apt-get install ended with ${install.status}:\n${last}\n`)
  }
  say(`setup: Chromium installed in ${Math.round((Date.now() - started) / 1000)} s`)
  return installed
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(ensureChromium())
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
