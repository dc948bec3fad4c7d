// dist/browser: files that a browser loads as they are (a CDN, an import map), without a bundler and without a global `process`. Each is one file,
// and so one request. An import map may name one file for several entry points, because no two of them export the same name.
import path from 'node:path'
import { build } from 'esbuild'
import { dist } from './trees.mjs'

/** The entry points that need only Redux Toolkit. */
const plain = [
  'index.js',
  'features/index.js',
  'batch/index.js',
  'lifecycle/index.js',
  'rpc/index.js',
  'session/index.js',
]

/** The files, and the entry points in each. */
const browserFiles = {
  'reduplex.browser.mjs': plain,
  // A page that needs them loads this file alone: two copies of a module would not know each other.
  'reduplex-react.browser.mjs': [...plain, 'query/index.js', 'react/index.js'],
}

const writeBrowserFile = (esm, mode, name, entries) =>
  build({
    stdin: {
      contents: entries.map((entry) => `export * from './${entry}'\n`).join(''),
      resolveDir: esm,
      sourcefile: `${name}.entry.js`,
    },
    outfile: path.join(dist, 'browser', mode === 'production' ? '' : mode, name),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: mode === 'production',
    sourcemap: true,
    sourcesContent: false,
    external: ['@reduxjs/toolkit', 'react', 'react-redux'],
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    legalComments: 'inline',
    logLevel: 'error',
  })

/** Writes both builds: production, and in a folder of its own the one that explains and warns. */
export const writeBrowserBuilds = (esm) =>
  Promise.all(
    ['production', 'development'].flatMap((mode) =>
      Object.entries(browserFiles).map(([name, entries]) => writeBrowserFile(esm, mode, name, entries)),
    ),
  )
