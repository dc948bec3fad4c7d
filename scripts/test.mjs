// `npm test`: everything that must hold, from a fresh clone on. `npm test -- <jest args>`: only those tests.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { setup } from './setup.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const report = path.join(root, '.cache/jest.json')
const jestArgs = process.argv.slice(2)

const node = (file, ...args) => [path.join(root, file), ...args]
/** A larger young generation saves 10 to 20 % of the processor time of Jest, which passes the option on to its workers. */
const largeYoungGeneration = '--max-semi-space-size=32'
const steps = [
  { name: 'format', run: node('node_modules/oxfmt/bin/oxfmt', '--check', '.') },
  {
    name: 'lint',
    run: node('node_modules/oxlint/bin/oxlint', 'src', 'test', 'demo', 'bench', 'scripts', 'conformance'),
  },
  { name: 'typecheck', run: node('node_modules/@typescript/native/bin/tsc', '--noEmit') },
  { name: 'build', run: node('scripts/build.mjs'), always: true },
  {
    name: 'imports',
    run: node(
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      'src',
      'demo',
    ),
  },
  { name: 'unused', run: node('node_modules/knip/bin/knip.js', '--no-config-hints') },
  {
    name: 'jest',
    run: [
      largeYoungGeneration,
      ...node('node_modules/jest/bin/jest.js', '--json', `--outputFile=${report}`, ...jestArgs),
    ],
    always: true,
    loud: true,
  },
  { name: 'production', run: node('scripts/testProduction.mjs') },
  { name: 'size', run: node('scripts/size.mjs'), loud: true },
]

const seconds = (from) => `${((performance.now() - from) / 1000).toFixed(1)} s`

/** Runs one step; a quiet one shows its output only when it fails. */
const runStep = ({ name, run, loud }) => {
  const started = performance.now()
  if (loud) console.log(`${name} …`)
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath, run, {
    cwd: root,
    env: process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' },
    encoding: 'utf8',
    stdio: ['ignore', loud ? 'inherit' : 'pipe', loud ? 'inherit' : 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
  const ok = status === 0
  if (!ok && !loud) console.log(`${stdout ?? ''}${stderr ?? ''}${error ? error.message : ''}`.trimEnd())
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(10)} ${seconds(started)}${signal ? ` (${signal})` : ''}`)
  return ok
}

/** jest's own totals; a test file that could not even run counts as one failure. Undefined if jest wrote no report. */
const totals = () => {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'))
    return `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`
  } catch {
    return undefined
  }
}

const main = async () => {
  const started = performance.now()
  try {
    await setup()
  } catch (error) {
    console.error(error.message)
    return 1
  }
  // Passed on so that no test searches for them again.
  for (const [name, what] of [
    ['CHROMIUM_PATH', 'chromium'],
    ['REDIS_SERVER_PATH', 'redis'],
  ]) {
    try {
      process.env[name] = (await setup({ [what]: true }))[what]
    } catch (error) {
      console.error(error.message)
      // Chosen tests may well do without a browser and Redis; those that need one will fail and say so.
      if (jestArgs.length === 0) return 1
    }
  }

  rmSync(report, { force: true })
  mkdirSync(path.dirname(report), { recursive: true })
  const chosen = jestArgs.length > 0 ? steps.filter(({ always }) => always) : steps
  const failed = chosen.find((step) => !runStep(step))

  console.log(
    failed ? `npm test: ${failed.name} failed after ${seconds(started)}` : `npm test: all well, ${seconds(started)}`,
  )
  const line = totals()
  if (line) console.log(line)
  return failed ? 1 : 0
}

process.exitCode = await main()
