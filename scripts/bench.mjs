// `npm run bench`: what we measure and against whom, as one table. `npm run bench -- receive send`: only those files of bench/.
// Timings decide no test: a bar that doesn't hold is only marked.
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { setup } from './setup.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = path.join(root, '.cache/bench')
const run = promisify(execFile)

/** The number of processes for each bench file, one after the other: how V8 happens to compile the code differs from one to the next. */
const processes = 3

/** The bench files import src/ for its types; what runs is what an app gets, dist/esm. */
const library = {
  name: 'library',
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/src\/(index|session\/index|server\/index|codec\/\w+)\.js$/ }, ({ path: file }) => ({
      path: path.join(root, 'dist/esm', file.split('/src/')[1]),
      sideEffects: false,
    }))
  },
}

const bundle = () =>
  build({
    absWorkingDir: root,
    entryPoints: readdirSync(path.join(root, 'bench'))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `bench/${file}`),
    bundle: true,
    outdir: out,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // As an app's production build: otherwise every dispatch reads process.env, which is slow and hides what we look for.
    define: { 'process.env.NODE_ENV': '"production"', __DEV__: 'false' },
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    external: [
      'bufferutil',
      'utf-8-validate',
      '@opentelemetry/api',
      '@node-rs/xxhash',
      'esbuild',
      'playwright-core',
      'socket.io',
      'socket.io-client',
    ],
    plugins: [library],
    logLevel: 'error',
  })

const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))]

/** The lines of one bench file, each with the rounds of all processes. */
const measure = async (name) => {
  const rows = new Map()
  for (let n = 0; n < processes; n++) {
    const { stdout } = await run(process.execPath, [path.join(out, `${name}.js`)], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production' },
      maxBuffer: 64 * 1024 * 1024,
    })
    for (const line of stdout.trim().split('\n')) {
      const row = JSON.parse(line)
      // Several rows may measure one thing, each against another package.
      const key = `${row.what} ${row.peer ?? ''}`
      const known = rows.get(key)
      if (known) known.values.push(...row.values)
      else rows.set(key, row)
    }
  }
  return [...rows.values()]
}

const shown = (value, unit) =>
  unit === 'ns' ? `${value >= 0 ? '+' : ''}${value.toFixed(1)} ns` : `${value.toFixed(unit === '×' ? 3 : 1)} ${unit}`

const cellsOf = ({ what, ours, against, peer, values, unit, bar }) => {
  const middle = quantile(values, 0.5)
  const spread =
    values.length > 5 ? `${shown(quantile(values, 0.1), unit)} – ${shown(quantile(values, 0.9), unit)}` : ''
  const holds = bar && (bar.is === '≤' ? middle <= bar.than : middle >= bar.than)
  return [
    what,
    ours,
    peer ? `${against} ${peer}` : against,
    shown(middle, unit),
    spread,
    bar ? `${bar.is} ${bar.than}` : '',
    bar ? (holds ? 'holds' : 'MISSED') : '',
  ]
}

const printTable = (rows) => {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  for (const row of rows) {
    console.log(
      row.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  '),
    )
  }
}

const main = async (chosen) => {
  await setup()
  await import(pathToFileURL(path.join(root, 'scripts/build.mjs')).href)
  await bundle()
  const names = [
    'receive',
    'send',
    'session',
    'sessionRecovery',
    'pass',
    'peers',
    'loopback',
    'batching',
    'codecs',
    'broadcast',
    'serverIn',
    'react',
    'rates',
    'inspector',
    'memory',
    'worst',
    'closing',
    'herd',
  ].filter((name) => !chosen.length || chosen.includes(name))
  const rows = []
  for (const name of names) {
    console.error(`bench: ${name} …`)
    rows.push(...(await measure(name)))
  }
  printTable([['what', 'ours', 'against', 'median', 'p10 – p90', 'bar', ''], ...rows.map(cellsOf)])
}

await main(process.argv.slice(2))
