import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import path from 'node:path'

const root = path.resolve(__dirname, '../..')

export interface DemoProcess extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** As a crash: at once, without a word to anybody. */
  readonly kill: () => Promise<void>
  /** As Ctrl+C or a container's stop; resolves to the exit code. */
  readonly stop: (signal: 'SIGINT' | 'SIGTERM') => Promise<number | null>
}

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return child.exitCode
}

/** What a leader of a process group has left behind. */
const sweep = ({ pid }: ChildProcess) => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing, as it should be.
  }
}

const direct = [process.execPath, 'scripts/demo.mjs'] as const
export const byNpm = ['npm', 'run', 'demo'] as const

/**
 * What `npm run demo` runs, on a port of its own unless one is given; rejects with what it printed if it ends early. Posts are kept in
 * memory unless a file is given.
 */
export async function startDemoProcess(
  port = 0,
  [command, ...args]: readonly string[] = direct,
  database = ':memory:',
): Promise<DemoProcess> {
  const isLeader = command === 'npm'
  const child = spawn(command ?? '', args, {
    detached: isLeader,
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
        if (isLeader) sweep(child)
      },
    }
  }
  if (child.exitCode === null) await once(child, 'exit')
  throw new Error(`exit code ${child.exitCode}: ${printed}`)
}
