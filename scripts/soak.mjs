// `npm run soak`: ten minutes of traffic and random cuts, with a measurement of heap and handles every 30 s. `-- --minutes 1` for less.
// `npm run soak -- session`: the same for 20 clients with sessions. `npm run soak -- model`: 20,000 runs of the models of sessions, with several seeds.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '10' },
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', multiple: true, default: [] },
  },
})
const [kind = 'main'] = positionals

/** Runs Node in the root. Returns its exit code. */
const run = (args, env = {}) =>
  spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1

const soak = async () => {
  const out = path.join(root, `.cache/soak/${kind}.mjs`)
  await build({
    absWorkingDir: root,
    entryPoints: [`bench/soak/${kind}.ts`],
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
  return run([out, values.minutes, ...values.seed])
}

const MODELS = [
  'test/integration/session/bothEnds.test.ts',
  'test/unit/session/model.test.ts',
  'test/server/session/model/model.test.ts',
  'test/unit/tabs/session/model.test.ts',
]
const SEEDS = 4

/** The runs of each model are divided among the seeds. */
const playModels = () => {
  const seeds =
    values.seed.length > 0
      ? values.seed
      : Array.from({ length: SEEDS }, () => String((Date.now() % 1e9) ^ (Math.random() * 1e9)))
  const runs = String(Math.ceil(Number(values.runs) / seeds.length))
  const failed = seeds.filter((seed) => {
    console.log(`seed ${seed}: ${runs} runs of each model`)
    const args = ['node_modules/jest/bin/jest.js', '--maxWorkers=2', ...MODELS]
    return run(args, { REDUPLEX_MODEL_RUNS: runs, REDUPLEX_MODEL_SEED: seed }) !== 0
  })
  console.log(
    failed.length > 0 ? `failed with the seeds ${failed.join(', ')}` : `no failure with the seeds ${seeds.join(', ')}`,
  )
  return failed.length > 0 ? 1 : 0
}

process.exitCode = kind === 'model' ? playModels() : await soak()
