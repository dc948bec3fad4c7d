import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'

const root = path.resolve(__dirname, '../../..')

/** A demo in a process of its own. */
export interface DemoProcess extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Ends it like a crash: SIGKILL. */
  readonly kill: () => Promise<void>
  /** Ends it like Ctrl+C or the stop of a container. Resolves to the exit code. */
  readonly stop: (signal: 'SIGINT' | 'SIGTERM') => Promise<number | null>
}

export interface DemoProcessOptions {
  /** @default a free port */
  readonly port?: number
  /** The file of the posts. @default in memory */
  readonly database?: string
  /** Whether to start it by `npm run demo`, not directly. */
  readonly byNpm?: boolean
}

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return child.exitCode
}

/** Kills what is left of a process group. */
const killGroup = ({ pid }: ChildProcess) => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // The whole group has ended.
  }
}

/** Runs the program of `npm run demo`. Rejects with its output when it ends before it listens. */
export async function startDemoProcess({
  port = 0,
  database = ':memory:',
  byNpm = false,
}: DemoProcessOptions = {}): Promise<DemoProcess> {
  const [command, ...args] = byNpm ? ['npm', 'run', 'demo'] : [process.execPath, 'scripts/demo.mjs']
  const child = spawn(command, args, {
    detached: byNpm,
    cwd: root,
    env: { ...process.env, PORT: String(port), POSTS_DB: database },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/\S+/.exec(line)?.[0]
    if (url === undefined) continue
    return {
      url,
      port: Number(new URL(url).port),
      kill: async () => void (await end(child, 'SIGKILL')),
      stop: (signal) => end(child, signal),
      [Symbol.asyncDispose]: async () => {
        await end(child, 'SIGKILL')
        if (byNpm) killGroup(child)
      },
    }
  }
  if (child.exitCode === null) await once(child, 'exit')
  throw new Error(`exit code ${child.exitCode}: ${printed}`)
}
