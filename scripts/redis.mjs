// Finds a redis-server for the tests, and installs one where that needs no password.
// `node scripts/redis.mjs` prints its path. Builtin modules only: this runs before the dependencies are there.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const isRoot = process.getuid?.() === 0
const env = process.env
const name = process.platform === 'win32' ? 'redis-server.exe' : 'redis-server'

const candidates = () => [
  ...(env.PATH ?? '')
    .split(path.delimiter)
    .filter(Boolean)
    .map((folder) => path.join(folder, name)),
  '/usr/bin/redis-server',
  '/usr/local/bin/redis-server',
  '/opt/homebrew/bin/redis-server',
]

const works = (file) => {
  if (!existsSync(file)) return false
  const { status, stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 20_000 })
  return status === 0 && /redis|valkey/i.test(stdout)
}

/**
 * The path of a redis-server, or `undefined`: `REDIS_SERVER_PATH`, else the `PATH` and the usual places.
 * Throws when `REDIS_SERVER_PATH` is set to something else than a redis-server.
 */
export const findRedis = () => {
  if (env.REDIS_SERVER_PATH) {
    if (works(env.REDIS_SERVER_PATH)) return env.REDIS_SERVER_PATH
    throw new Error(
      `REDIS_SERVER_PATH is ${env.REDIS_SERVER_PATH}, and no redis-server runs from there. Correct it or unset it.`,
    )
  }
  return candidates().find(works)
}

const apt = (...args) =>
  spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    // The package `redis-server` would also start a server, and only the program is needed.
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  })

const missing = (reason) =>
  new Error(
    [
      `No redis-server found${reason ? ` (${reason})` : ''}. The tests of reduplex/server/redis need one.`,
      `Looked for: $REDIS_SERVER_PATH; ${name} on the PATH; /usr/bin, /usr/local/bin, /opt/homebrew/bin.`,
      'Do one of these, then run the command again:',
      '  - install Redis the usual way of your system (Debian, as root: apt-get install redis-server)',
      '  - REDIS_SERVER_PATH=/path/to/redis-server',
    ].join('\n'),
  )

/** The path of a redis-server, after installing one with apt-get if need be (Linux, as root). Throws an error that says what to do. */
export const ensureRedis = (say = console.error) => {
  const found = findRedis()
  if (found) return found
  const canInstall = process.platform === 'linux' && isRoot && spawnSync('apt-get', ['--version']).status === 0
  if (!canInstall) throw missing()

  say(
    'setup: no redis-server here, installing one: apt-get update && apt-get install -y --no-install-recommends redis-server',
  )
  const started = Date.now()
  // `apt-get update` may fail for one source and still have updated the one that is needed, so only the install is checked.
  apt('update')
  const install = apt('install', '-y', '--no-install-recommends', 'redis-server')
  const installed = findRedis()
  if (!installed) {
    const last = `${install.stdout ?? ''}${install.stderr ?? ''}`.trim().split('\n').slice(-5).join('\n')
    throw missing(`apt-get install ended with ${install.status}:\n${last}\n`)
  }
  say(`setup: redis-server installed in ${Math.round((Date.now() - started) / 1000)} s`)
  return installed
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(ensureRedis())
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
