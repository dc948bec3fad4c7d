import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'

/** A runtime other than Node. */
export type RuntimeName = 'bun' | 'deno'

/** Where the packages `bun` and `deno` have their programs, also where install scripts do not run. */
const packageFiles: Readonly<Record<RuntimeName, readonly string[]>> = {
  bun: ['node_modules/bun/bin/bun.exe', 'node_modules/@oven/bun-linux-x64/bin/bun'],
  deno: ['node_modules/deno/deno', 'node_modules/@deno/linux-x64-glibc/deno'],
}

const works = (file: string): boolean =>
  existsSync(file) && spawnSync(file, ['--version'], { timeout: 20_000 }).status === 0

/** Where the program of a runtime may be: in its package, and on the PATH. */
const placesOf = (name: RuntimeName): readonly string[] => {
  const onPath = (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, name))
  return [...packageFiles[name], ...onPath]
}

/**
 * Returns the program of a runtime: that of the environment (`BUN_PATH`, `DENO_PATH`), of the package, or on the PATH.
 * @throws when the environment names something else, and when no program is found
 */
export const findRuntime = (name: RuntimeName, places = placesOf(name)): string => {
  const named = process.env[`${name.toUpperCase()}_PATH`]
  if (named !== undefined) {
    if (works(named)) return named
    throw new Error(`${name.toUpperCase()}_PATH is ${named}, and that does not run. Correct it or unset it.`)
  }
  const found = places.find(works)
  if (found === undefined) {
    throw new Error(`Expected ${name}, a devDependency, got no program that runs. Install the devDependencies.`)
  }
  return found
}

/** A line that a program has printed. */
type Line = Readonly<Record<string, unknown>>

/** A program that runs under another runtime, and prints lines of JSON. */
export interface RuntimeProgram extends AsyncDisposable {
  /** Resolves with the first line that has this member, of those that no other call has returned. */
  readonly line: (member: string) => Promise<Line>
  /** Ends its input. */
  readonly end: () => void
}

export const startProgram = (command: string, args: readonly string[]): RuntimeProgram => {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } })
  const lines: Line[] = []
  const waiting = new Set<() => void>()
  let rest = ''
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    // A runtime prints lines of its own too.
    lines.push(...parts.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text) as Line))
    for (const check of waiting) check()
  })
  const line = async (member: string): Promise<Line> =>
    await new Promise((resolve, reject) => {
      const check = (): void => {
        const index = lines.findIndex((one) => member in one)
        if (index < 0) return
        waiting.delete(check)
        resolve(lines.splice(index, 1)[0]!)
      }
      waiting.add(check)
      child.once('exit', (code) => reject(new Error(`the program ended with ${code}: ${errors}`)))
      check()
    })
  return {
    line,
    end: () => child.stdin.end(),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}
