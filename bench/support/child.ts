import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Another process of the bench, which reads and prints lines. */
export interface Child {
  readonly send: (line: string) => void
  /** The next line that it prints. */
  readonly receive: () => Promise<string>
  readonly end: () => void
  /** Ends it without a warning, as a crash. */
  readonly kill: () => void
  /** Settles once it has ended. */
  readonly ended: Promise<unknown>
}

/** Starts one of the built bench files; it runs as long as its stdin is open. */
export const startChild = (file: string, args: readonly string[] = [], nodeArgs: readonly string[] = []): Child => {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [...nodeArgs, path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    send: (line) => void child.stdin.write(`${line}\n`),
    receive: async () => {
      const line: IteratorResult<string, undefined> = await lines.next()
      if (line.value === undefined) throw new Error(`bench: ${file} has ended`)
      return line.value
    },
    end: () => void child.stdin.end(),
    kill: () => void child.kill('SIGKILL'),
    ended: once(child, 'exit'),
  }
}

/** The lines on stdin. This process ends with the last one. */
export const readLines = (listener: (line: string) => unknown): void => {
  createInterface({ input: process.stdin })
    .on('line', listener)
    .on('close', () => process.exit())
}
