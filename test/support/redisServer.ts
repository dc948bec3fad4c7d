import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './freePort.js'

export interface RedisServer extends AsyncDisposable {
  readonly port: number
  /** With the password, if one was set. */
  readonly url: string
  /** Starts it again on the same port. */
  readonly start: () => Promise<void>
  /** Resolves when it has printed the text since its start. */
  readonly whenPrinted: (text: string) => Promise<void>
  /** Kills it, as a crash. */
  readonly kill: () => Promise<void>
  /** Stops its process, as a machine that is cut off: connections stay, nothing answers. */
  readonly freeze: () => void
  readonly thaw: () => void
}

// Jest's CommonJS cannot import an .mjs module, so Node runs it; it also says what to do where there is no Redis.
const findServer = async (): Promise<string> => {
  const script = `
    const { findRedis } = await import('./scripts/redis.mjs')
    console.log(findRedis() ?? '')`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  if (stdout.trim() === '') throw new Error('no redis-server here: `node scripts/redis.mjs` installs one, or says how')
  return stdout.trim()
}

let server: Promise<string> | undefined
/** Searched for once in a test file. */
const findServerOnce = (): Promise<string> => (server ??= findServer())

/** The settings of a redis-server beside those of every test. */
export interface RedisSettings {
  readonly password?: string
  /** Further settings, as in redis.conf. */
  readonly more?: Readonly<Record<string, string>>
  /** The lines of a file of settings, which the process may rewrite; given the port. */
  readonly file?: (port: number) => readonly string[]
  /** What follows the file: `--sentinel`. */
  readonly flags?: readonly string[]
  /** What it prints when it is ready. */
  readonly readyText?: string
}

/** A real redis-server that keeps nothing, on a free port of this machine alone; it runs once `start` has resolved. */
export const prepareRedis = async (given?: string | RedisSettings): Promise<RedisServer> => {
  const options: RedisSettings = typeof given === 'object' ? given : given === undefined ? {} : { password: given }
  const { password, more = {}, file, flags = [], readyText = 'Ready to accept connections' } = options
  const [command, port] = await Promise.all([findServerOnce(), freePort()])
  const folder = mkdtempSync(path.join(tmpdir(), 'reduplex-redis-'))
  const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder, requirepass: password ?? '' }
  const settingsFile = path.join(folder, 'redis.conf')
  if (file) writeFileSync(settingsFile, file(port).join('\n'))
  const args = file
    ? [settingsFile, ...flags]
    : Object.entries({ ...settings, ...more }).flatMap(([name, value]) => [`--${name}`, String(value)])
  let child: ChildProcess | undefined
  let printed = ''
  const waiting = new Set<() => void>()

  const whenPrinted = async (text: string): Promise<void> =>
    await new Promise((resolve) => {
      const check = (): void => {
        if (!printed.includes(text)) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })
  const start = async (): Promise<void> => {
    const starting = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    child = starting
    printed = ''
    starting.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      for (const check of waiting) check()
    })
    await new Promise<void>((resolve, reject) => {
      void whenPrinted(readyText).then(resolve)
      starting.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
      starting.once('error', reject)
      starting.once('exit', (code) => reject(new Error(`redis-server ended with ${code}: ${printed}`)))
    })
  }
  const kill = async (): Promise<void> => {
    const ending = child
    child = undefined
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const exited = once(ending, 'exit')
    ending.kill('SIGKILL')
    await exited
  }
  return {
    port,
    url: `redis://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`,
    start,
    whenPrinted,
    kill,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The same, started. */
export const startRedis = async (given?: string | RedisSettings): Promise<RedisServer> => {
  const redis = await prepareRedis(given)
  await redis.start()
  return redis
}
