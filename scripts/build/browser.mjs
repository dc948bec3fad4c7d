// dist/browser: files that a browser loads as they are (a CDN, an import map), without a bundler and without a global `process`.
import path from 'node:path'
import { build } from 'esbuild'
import { dist } from './trees.mjs'

/** The entry points that make sense in a page, and the names of their files. */
const browserEntries = {
  'reduplex.browser': 'index.js',
  'reduplex-features.browser': 'features/index.js',
  'reduplex-batch.browser': 'batch/index.js',
  'reduplex-query.browser': 'query/index.js',
  'reduplex-react.browser': 'react/index.js',
  'reduplex-rpc.browser': 'rpc/index.js',
}

const writeBrowserBuild = (esm, mode) =>
  build({
    entryPoints: Object.fromEntries(Object.entries(browserEntries).map(([name, file]) => [name, path.join(esm, file)])),
    outdir: mode === 'production' ? path.join(dist, 'browser') : path.join(dist, 'browser', mode),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What the entries share stands in a file of its own: two copies of a module would not know each other.
    splitting: true,
    chunkNames: 'shared-[hash]',
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
  Promise.all(['production', 'development'].map((mode) => writeBrowserBuild(esm, mode)))
