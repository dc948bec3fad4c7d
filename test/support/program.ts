import { execFile } from 'node:child_process'
import { build } from 'esbuild'

export interface ProgramResult {
  readonly stdout: string
  readonly stderr: string
  /** `null` when it had to be killed because it did not end in time. */
  readonly code: number | null
}

/** Runs a module of the tests (a path from the project's root) in a Node of its own, without Jest; `args` are its argv from 2 on. */
export const runProgram = async (
  entry: string,
  timeout = 15_000,
  args: readonly string[] = [],
): Promise<ProgramResult> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { __DEV__: String(__DEV__) },
    // Optional native helpers of ws.
    external: ['bufferutil', 'utf-8-validate'],
  })
  const script = outputFiles[0]?.text ?? ''
  return await new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--input-type=commonjs', '-', ...args],
      { timeout, killSignal: 'SIGKILL' },
      (_error, stdout, stderr) => resolve({ stdout, stderr, code: child.exitCode }),
    )
    child.stdin?.end(script)
  })
}
