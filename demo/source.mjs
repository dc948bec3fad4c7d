// Server code in TypeScript, bundled with the library's sources as the page is: nothing has to be built first, nothing can be stale.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

// Below the project, so that the packages it imports are found.
const cache = fileURLToPath(new URL('../.cache/', import.meta.url))

/** Bundles a file of this folder and imports it. */
export async function importSource(entry) {
  await mkdir(cache, { recursive: true })
  // A folder each: two demos may start at once.
  const folder = await mkdtemp(path.join(cache, 'demo-'))
  const outfile = path.join(folder, 'bundle.mjs')
  try {
    await build({
      entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      target: 'node20',
      define: { __DEV__: 'true' },
      format: 'esm',
      sourcemap: 'inline',
      logLevel: 'warning',
    })
    return await import(pathToFileURL(outfile).href)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
