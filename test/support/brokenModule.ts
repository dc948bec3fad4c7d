import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { compileFunction } from 'node:vm'
import { build } from 'esbuild'

/** A change of a source: in this file, this text becomes that. */
export interface SourceChange {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** Compiles modules of `src/` with changes, and returns what the entry exports. @throws when a text is not in its file exactly once */
export const loadChanged = async <Exports>(code: string, changes: readonly SourceChange[]): Promise<Exports> => {
  const unused = new Set(changes)
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { __DEV__: 'true' },
    logLevel: 'error',
    plugins: [
      {
        name: 'changes',
        setup: (plugin) => {
          plugin.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path: file }) => {
            let contents = await readFile(file, 'utf8')
            for (const change of changes) {
              if (path.relative(process.cwd(), file) !== change.file) continue
              if (contents.split(change.from).length !== 2)
                throw new Error(`expected ${JSON.stringify(change.from)} once in ${change.file}`)
              contents = contents.replace(change.from, () => change.to)
              unused.delete(change)
            }
            return { contents, loader: 'ts' }
          })
        },
      },
    ],
  })
  if (unused.size > 0) throw new Error(`not loaded: ${[...unused].map(({ file }) => file).join(', ')}`)
  const module = { exports: {} }
  const run = compileFunction(outputFiles[0]!.text, ['module', 'exports', 'require']) as (...args: unknown[]) => void
  run(module, module.exports, createRequire(path.join(process.cwd(), 'package.json')))
  return module.exports as Exports
}
