// `npm run soak`: ten minutes of traffic and random cuts, with a measurement of heap and handles every 30 s. `-- --minutes 1` for less.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = path.join(root, '.cache/soak/main.mjs')
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })

await build({
  absWorkingDir: root,
  entryPoints: ['bench/soak/main.ts'],
  bundle: true,
  outfile: out,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  define: { 'process.env.NODE_ENV': '"production"', __DEV__: 'false' },
  banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
  external: ['bufferutil', 'utf-8-validate'],
  logLevel: 'error',
})
process.exitCode = spawnSync(process.execPath, [out, values.minutes], { cwd: root, stdio: 'inherit' }).status ?? 1
