import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { build } from 'esbuild'
import { blocksOf, readDoc, root } from '../readme/blocks.js'

const recipe =
  blocksOf(readDoc('docs/devtools.md')).find(({ code }) => code.includes('import.meta.env.DEV'))?.code ?? ''

/** Bundles code as Vite does. Returns the files and packages that are in the output, lazy ones included. */
const bundle = async (code: string, isDevelopment: boolean): Promise<readonly string[]> => {
  const { metafile } = await build({
    stdin: { contents: code, resolveDir: root, loader: 'tsx' },
    absWorkingDir: root,
    alias: { 'reduplex/devtools': path.join(root, 'src/devtools/index.ts') },
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: '/',
    format: 'esm',
    jsx: 'automatic',
    define: {
      'import.meta.env.DEV': String(isDevelopment),
      'process.env.NODE_ENV': isDevelopment ? '"development"' : '"production"',
      __DEV__: String(isDevelopment),
    },
    logLevel: 'error',
  })
  return Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((file) => (inputs[file]?.bytesInOutput ?? 0) > 0),
  )
}

const ofDevtools = (files: readonly string[]) => files.filter((file) => /src\/devtools|uplot|react-virtual/.test(file))

describe('the recipe for devtools in development only', () => {
  it('leaves nothing of them in a production bundle', async () => {
    expect(ofDevtools(await bundle(recipe, false))).toEqual([])
  })

  it.each([
    ['Vite', recipe],
    ['others', recipe.replace('import.meta.env.DEV', `process.env.NODE_ENV !== 'production'`)],
  ])('has them in a development bundle, and in no production bundle: %s', async (_bundler, code) => {
    expect(ofDevtools(await bundle(code, true))).toEqual(
      expect.arrayContaining(['src/devtools/SocketDevtools.tsx', 'src/devtools/panel/Panel.tsx']),
    )
    expect(ofDevtools(await bundle(code, false))).toEqual([])
  })

  it('has an app that mounts them without a condition as its counterexample', async () => {
    const code = `import { SocketDevtools } from 'reduplex/devtools'\nexport const App = () => <SocketDevtools />`
    expect(ofDevtools(await bundle(code, false))).not.toEqual([])
  })
})
