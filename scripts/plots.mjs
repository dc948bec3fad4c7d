// `npm run plots`: draws the pictures of docs/img and prints the tables that go with them.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = path.join(root, '.cache/plots/restart.mjs')

await build({
  absWorkingDir: root,
  entryPoints: ['bench/restart/main.ts'],
  bundle: true,
  outfile: out,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  define: { __DEV__: 'true' },
  logLevel: 'error',
})
process.exitCode = spawnSync(process.execPath, [out], { cwd: root, stdio: 'inherit' }).status ?? 1
