// What importing the library costs an app: bundled, minified, gzipped, peers left out. Reads dist/ (npm run build).
import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const redial = 'vendor/reconnecting-websocket'

// The core was meant to fit in 5 700 bytes. It does not, and no one part is to blame: the sum of what it guards against is nearly four times that.
// What the limits hold now is that it grows only on purpose.
const firstStore = `export { createSocketMiddleware, socketReducer, socketConnect, socketSend, socketClose } from 'reduplex'`
const withRpc = `${firstStore}\nexport * from 'reduplex/rpc'`

/** `limit` in bytes after gzip; `without` begins the names of files that tree shaking must have dropped; `beside` is the code of an app that has the rest already: the difference counts. */
const cases = [
  { name: 'everything', code: `export * from 'reduplex'`, limit: 23_430 },
  {
    name: "the README's first store",
    code: firstStore,
    limit: 21_810,
  },
  { name: 'json only', code: `export { json } from 'reduplex'`, limit: 850, without: redial },
  { name: 'cbor only', code: `export { cbor } from 'reduplex/codec/cbor'`, limit: 18_600, without: redial },
  { name: 'msgpack only', code: `export { msgpack } from 'reduplex/codec/msgpack'`, limit: 9400, without: redial },
  {
    name: 'rpc, requests only',
    code: `export { jsonRpc, socketRequest } from 'reduplex/rpc'`,
    beside: firstStore,
    limit: 3_550,
    without: 'rpc/subscription',
  },
  {
    name: 'rpc, whole',
    code: `export * from 'reduplex/rpc'`,
    beside: firstStore,
    limit: 7_300,
    without: 'features/protocol',
  },
  {
    name: 'react, beside the core and rpc',
    code: `export * from 'reduplex/react'`,
    beside: withRpc,
    limit: 1_980,
    without: 'features/receivers',
  },
  { name: 'useSocket only', code: `export { useSocket } from 'reduplex/react'`, limit: 1_850, without: redial },
  { name: 'query, beside the core and rpc', code: `export * from 'reduplex/query'`, beside: withRpc, limit: 2_820 },
  { name: 'actions only', code: `export { createSocketActions } from 'reduplex'`, limit: 1850, without: redial },
]

const measure = async (code) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: root, loader: 'js' },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['redux', '@reduxjs/toolkit', '@reduxjs/toolkit/*', 'react', 'react-redux'],
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    logLevel: 'error',
  })
  const [output] = Object.values(metafile.outputs)
  const inputs = Object.entries(output.inputs)
    .map(([file, { bytesInOutput }]) => ({
      file: file.replace(/^(.*node_modules|dist\/esm)\//, ''),
      bytes: bytesInOutput,
    }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
  const minified = outputFiles[0].contents
  return { minified: minified.length, gzip: gzipSync(minified, { level: 9 }).length, inputs }
}

const none = { minified: 0, gzip: 0, inputs: [] }

/** The difference between an app with some code and the same app without it. */
const compare = async (code, beside) => {
  const base = beside ? await measure(beside) : none
  const whole = await measure(beside ? `${beside}\n${code}` : code)
  const before = new Map(base.inputs.map(({ file, bytes }) => [file, bytes]))
  return {
    minified: whole.minified - base.minified,
    gzip: whole.gzip - base.gzip,
    inputs: whole.inputs
      .map(({ file, bytes }) => ({ file, bytes: bytes - (before.get(file) ?? 0) }))
      .filter(({ bytes }) => bytes > 0)
      .sort((a, b) => b.bytes - a.bytes),
  }
}

for (const { name, limit, without, code, beside } of cases) {
  const { minified, gzip, inputs } = await compare(code, beside)
  const faults = []
  if (gzip > limit) faults.push(`${gzip - limit} B over its limit`)
  if (without && inputs.some(({ file }) => file.startsWith(without))) faults.push(`contains ${without}`)
  if (faults.length > 0) process.exitCode = 1
  const biggest = inputs.slice(0, faults.length > 0 ? 10 : 3).map(({ file, bytes }) => `${file} ${bytes}`)
  console.log(
    `${faults.length > 0 ? 'FAIL' : 'ok  '} ${name.padEnd(26)} gzip ${String(gzip).padStart(5)} of ${limit}  min ${String(minified).padStart(6)}  ${biggest.join(', ')}`,
  )
  for (const fault of faults) console.log(`     ${name}: ${fault}`)
}
