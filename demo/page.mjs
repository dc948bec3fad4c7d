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

/** @returns {Promise<Map<string, { type: string, body: string | Uint8Array }>>} the files to serve, by path */
export async function buildPage() {
  const { outputFiles } = await build({
    entryPoints: { app: here('src/main.tsx'), styles: here('src/styles/index.css') },
    outdir: '/',
    write: false,
    bundle: true,
    minify: true,
    sourcemap: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    logLevel: 'warning',
    // The development build, although minified: Redux Toolkit then checks every action and state for plain data, and React runs
    // effects twice. The demo shows that neither of them reports anything.
    define: { 'process.env.NODE_ENV': '"development"', __DEV__: 'true' },
  })
  const page = new Map([['/', { type: CONTENT_TYPES.html, body: await readFile(here('index.html')) }]])
  for (const { path, contents } of outputFiles) {
    const name = path.replaceAll('\\', '/').split('/').at(-1)
    page.set(`/${name}`, { type: CONTENT_TYPES[name.split('.').at(-1)], body: contents })
  }
  return page
}
