// What importing the library costs an app: bundled, minified, gzipped, peers left out. Reads dist/ (npm run build).
import { gzipSync } from 'node:zlib'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const redial = 'vendor/reconnecting-websocket'

// The core was meant to fit in 5 700 bytes. It does not, and no one part is to blame: the sum of what it guards against is nearly four times that.
// What the limits hold now is that it grows only on purpose.
/** `limit` in bytes after gzip; `without` names a package that tree shaking must have dropped; `own` counts only that folder, for an app that has the others. */
const cases = [
  { name: 'everything', code: `export * from 'reduplex'`, limit: 23_430 },
  {
    name: "the README's first store",
    code: `export { createSocketMiddleware, socketReducer, socketConnect, socketSend, socketClose } from 'reduplex'`,
    limit: 21_810,
  },
  { name: 'json only', code: `export { json } from 'reduplex'`, limit: 850, without: redial },
  { name: 'cbor only', code: `export { cbor } from 'reduplex/codec/cbor'`, limit: 18_600, without: redial },
  { name: 'msgpack only', code: `export { msgpack } from 'reduplex/codec/msgpack'`, limit: 9400, without: redial },
  { name: 'rpc, whole', code: `export * from 'reduplex/rpc'`, limit: 10_510, without: redial },
  { name: 'react, whole', code: `export * from 'reduplex/react'`, limit: 6_700, without: redial },
  { name: 'react, beside the core and rpc', code: `export * from 'reduplex/react'`, limit: 2_750, own: 'react' },
  { name: 'useSocket only', code: `export { useSocket } from 'reduplex/react'`, limit: 3_900, without: redial },
  { name: 'query, beside the core and rpc', code: `export * from 'reduplex/query'`, limit: 3_150, own: 'query' },
  { name: 'actions only', code: `export { createSocketActions } from 'reduplex'`, limit: 1850, without: redial },
]

/** Leaves out all files of ours but those of one folder. */
const only = (folder) => ({
  name: 'only',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\.?\// }, ({ path: file, resolveDir }) => {
      const isOwn = path.resolve(resolveDir, file).startsWith(path.join(root, 'dist/esm', folder) + path.sep)
      return isOwn ? undefined : { path: file, external: true, sideEffects: false }
    }),
})

const measure = async ({ code, own }) => {
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
    plugins: own ? [only(own)] : [],
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

for (const { name, limit, without, ...what } of cases) {
  const { minified, gzip, inputs } = await measure(what)
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
