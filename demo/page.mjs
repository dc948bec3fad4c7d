// Bundles the page in memory: nothing is written to disk, so nothing can be stale.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (file) => fileURLToPath(new URL(file, import.meta.url))

const CONTENT_TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  map: 'application/json; charset=utf-8',
}

/** @param {'development' | 'production'} mode @param {Record<string, string>} entryPoints */
const bundle = (mode, entryPoints) =>
  build({
    entryPoints,
    outdir: '/',
    chunkNames: 'chunks/[name]-[hash]',
    write: false,
    bundle: true,
    // The panel of the devtools and the chart library are loaded when they are shown.
    splitting: true,
    minify: true,
    sourcemap: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': JSON.stringify(mode), __DEV__: String(mode === 'development') },
  })

/**
 * The page runs the production build. With `?dev` it runs the development build, although minified: Redux Toolkit then checks every action and state for
 * plain data, and React runs effects twice.
 *
 * @returns {Promise<Map<string, { type: string, body: string | Uint8Array }>>} the files to serve, by path
 */
export async function buildPage() {
  const builds = await Promise.all([
    bundle('production', { app: here('src/main.tsx'), styles: here('src/styles/index.css') }),
    bundle('development', { 'app.dev': here('src/main.tsx') }),
  ])
  const page = new Map([['/', { type: CONTENT_TYPES.html, body: await readFile(here('index.html')) }]])
  for (const { path, contents } of builds.flatMap(({ outputFiles }) => outputFiles)) {
    // Windows puts a drive before the path.
    const name = path.replaceAll('\\', '/').replace(/^\w:/, '')
    page.set(name, { type: CONTENT_TYPES[name.split('.').at(-1)], body: contents })
  }
  return page
}
