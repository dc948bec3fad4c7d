import { readFile } from 'node:fs/promises'
import { compileFunction } from 'node:vm'
import { build } from 'esbuild'
import type { NodeModule } from './modelWorld.js'

/** One rule of the state machine, as the text that carries it out and the text that does not. */
export interface Rule {
  /** A file of src/server/session. */
  readonly file: string
  readonly text: string
  readonly without: string
}

/** Builds the state machine with one rule left out. */
export const buildWithout = async ({ file, text, without }: Rule): Promise<NodeModule> => {
  const replaced: string[] = []
  const { outputFiles } = await build({
    entryPoints: ['src/server/session/nodeSessions.ts'],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    define: { __DEV__: 'true' },
    plugins: [
      {
        name: 'leave a rule out',
        setup: (plugins) =>
          plugins.onLoad({ filter: new RegExp(`session/${file}$`) }, async ({ path }) => {
            const source = await readFile(path, 'utf8')
            if (source.split(text).length !== 2) throw new Error(`Expected "${text}" once in ${file}.`)
            replaced.push(path)
            return { contents: source.replace(text, () => without), loader: 'ts' }
          }),
      },
    ],
  })
  if (replaced.length === 0) throw new Error(`Expected ${file} to be a part of the state machine.`)
  const module = { exports: {} as NodeModule }
  const run = compileFunction(outputFiles[0]!.text, ['module', 'exports']) as (...args: readonly unknown[]) => void
  run(module, module.exports)
  return module.exports
}
