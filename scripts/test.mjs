// `npm test`: everything that must hold, from a fresh clone on. `npm test -- <jest args>`: only those tests.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
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
/** The steps of a stage run at the same time; a stage begins when all steps of the one before are well. */
const stages = [
  [
    { name: 'format', run: node('node_modules/oxfmt/bin/oxfmt', '--check', '.') },
    {
      name: 'lint',
      run: node('node_modules/oxlint/bin/oxlint', 'src', 'test', 'demo', 'bench', 'scripts', 'conformance'),
    },
    { name: 'typecheck', run: node('node_modules/@typescript/native/bin/tsc', '--noEmit') },
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
  ],
  // Alone, because the linter reads dist/ where there is one.
  [{ name: 'build', run: node('scripts/build.mjs'), always: true }],
  [
    {
      name: 'jest',
      run: [
        largeYoungGeneration,
        ...node('node_modules/jest/bin/jest.js', '--json', `--outputFile=${report}`, ...jestArgs),
      ],
      always: true,
      loud: true,
    },
    // One worker, for the time in which those of the other run wait for a browser or another process.
    { name: 'production', run: node('scripts/testProduction.mjs', '--maxWorkers=1') },
  ],
  [{ name: 'size', run: node('scripts/size.mjs'), loud: true }],
]

const seconds = (from) => `${((performance.now() - from) / 1000).toFixed(1)} s`

/** Runs one step; a quiet one shows its output only when it fails. Resolves to whether it is well. */
const runStep = async ({ name, run, loud }) => {
  const started = performance.now()
  if (loud) console.log(`${name} …`)
  const child = spawn(process.execPath, run, {
    cwd: root,
    env: process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', loud ? 'inherit' : 'pipe', loud ? 'inherit' : 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text))
  const [status, signal] = await once(child, 'close')
  const ok = status === 0
  if (!ok && !loud) console.log(output.trimEnd())
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(10)} ${seconds(started)}${signal ? ` (${signal})` : ''}`)
  return ok
}

/** Runs the stages up to the first with a step that fails. Resolves to the steps that failed. */
const runStages = async () => {
  for (const steps of stages) {
    const chosen = steps.filter(({ always }) => always || jestArgs.length === 0)
    const results = await Promise.all(chosen.map(runStep))
    const failed = chosen.filter((_, index) => !results[index])
    if (failed.length > 0) return failed
  }
  return []
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
  const failed = await runStages()
  const names = failed.map(({ name }) => name).join(' and ')
  console.log(names ? `npm test: ${names} failed after ${seconds(started)}` : `npm test: all well, ${seconds(started)}`)
  const line = totals()
  if (line) console.log(line)
  return failed.length > 0 ? 1 : 0
}

process.exitCode = await main()
