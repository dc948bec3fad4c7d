// The page, bundled in memory: nothing is written, nothing can be stale.
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

/** @returns {Promise<Map<string, { type: string, body: string | Uint8Array }>>} what to answer, by path */
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
    // Development, though minified: Redux Toolkit then checks on every action that nothing but plain data is in the
    // store, and React that effects survive a second run. The demo is there to show that both stay silent.
    define: { 'process.env.NODE_ENV': '"development"', __DEV__: 'true' },
  })
  const page = new Map([['/', { type: CONTENT_TYPES.html, body: await readFile(here('index.html')) }]])
  for (const { path, contents } of outputFiles) {
    const name = path.replaceAll('\\', '/').split('/').at(-1)
    page.set(`/${name}`, { type: CONTENT_TYPES[name.split('.').at(-1)], body: contents })
  }
  return page
}
