// Bundles server code in TypeScript with the library's sources and imports it: no build step, no stale output.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

// Inside the project, so that Node resolves the packages that the bundle imports.
const cache = fileURLToPath(new URL('../.cache/', import.meta.url))

/** Bundles a file of this folder and imports the result. */
export async function importBundle(entry) {
  await mkdir(cache, { recursive: true })
  // One folder per call: two demos may start at the same time.
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
