// What importing the library costs an app: bundled, minified, gzipped, peers left out. Reads dist/ (npm run build).
import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const loop = 'vendor/reconnecting-websocket'
const optional = [
  'features/async',
  'features/binary',
  'features/earlyFrames',
  'features/handshake',
  'features/idle',
  'features/listen',
  'features/protocol',
  'features/receivers',
  'features/schema',
  'features/wire',
  'internal/async',
  'rpc/',
]
const byDefault = [
  'features/address',
  'features/beat',
  'features/heartbeat',
  'features/page',
  'features/queue',
  'features/retry',
]
const commands = 'socketReducer, socketConnect, socketSend, socketClose'
const firstStore = `export { createSocketMiddleware, ${commands} } from 'reduplex'`
const bareStore = `export { buildSocketMiddleware, ${commands} } from 'reduplex'`
const requests = `${firstStore}\nexport { jsonRpc, socketRequest } from 'reduplex/rpc'`
/** What `reduplex/rpc` has beside requests and subscriptions. */
const furtherRpc = ['rpc/requestStream', 'rpc/streamReader', 'rpc/authenticate', 'rpc/reauthentication']
const withRpc = `${firstStore}\nexport * from 'reduplex/rpc'`

/** An app with the first store and these names. */
const beside = (name, names, limit, without = []) => ({
  name,
  code: `export { ${names} } from 'reduplex'`,
  beside: firstStore,
  limit,
  without,
})

/** An app with the first store and these names of `reduplex/features`. */
const feature = (name, limit, without = []) => ({
  name: `${name} of reduplex/features`,
  code: `export { ${name} } from 'reduplex/features'`,
  beside: firstStore,
  limit,
  without,
})

/** An app that imports only these names. */
const only = (name, names, limit, entry = 'reduplex') => ({
  name,
  code: `export { ${names} } from '${entry}'`,
  limit,
  without: [loop],
})

/** Packages that an app has anyway, or only in development. */
const peers = [
  'redux',
  '@reduxjs/toolkit',
  '@reduxjs/toolkit/*',
  'react',
  'react/jsx-runtime',
  'react-dom',
  'react-redux',
  '@tanstack/react-virtual',
  'uplot',
]

/**
 * `limit` in bytes after gzip. `without` are the beginnings of file names that the bundle must not contain. `beside` is the code of an app that has the
 * rest already: the difference counts. `external` are files that the app loads later.
 */
const cases = [
  { name: "the README's first store", code: firstStore, limit: 14_500, without: optional },
  { name: 'no optional feature', code: bareStore, limit: 12_000, without: [...optional, ...byDefault] },
  beside('handshakeFeature', 'handshakeFeature', 1_000, ['features/async', 'features/schema', 'features/receivers']),
  beside('binaryFeature', 'binaryFeature', 1_000, ['features/async', 'features/earlyFrames']),
  beside('idleFeature', 'idleFeature', 1_000, ['features/async', 'internal/async']),
  beside('asyncFeature', 'asyncFeature', 1_300, ['features/schema', 'features/earlyFrames']),
  beside('schemaFeature', 'schemaFeature', 1_300, ['features/earlyFrames']),
  beside('createProtocol', 'createProtocol', 1_660, ['features/schema', 'features/receivers']),
  beside('socketListen', 'socketListen', 350, ['features/receivers', 'internal/async']),
  beside('socketListen and socketReceive', 'socketListen, socketReceive', 1_100, ['features/earlyFrames']),
  feature('rateFeature', 650, ['features/async', 'features/handover']),
  feature('handoverFeature', 1_680, ['features/async', 'features/earlyFrames', 'rpc/']),
  feature('serverMayComeBack', 60, ['features/pacer', 'features/handover']),
  {
    name: 'all features',
    code: `export { createSocketMiddleware, ${commands}, asyncFeature, binaryFeature, handshakeFeature, idleFeature, schemaFeature } from 'reduplex'`,
    limit: 18_000,
    without: ['features/protocol', 'features/receivers', 'rpc/'],
  },
  { name: 'everything', code: `export * from 'reduplex'`, limit: 21_000, without: ['rpc/'] },
  {
    name: 'batchFeature',
    code: `export { batchFeature } from 'reduplex/batch'`,
    beside: firstStore,
    limit: 500,
    without: optional,
  },
  {
    name: 'batch, whole',
    code: `export * from 'reduplex/batch'`,
    beside: firstStore,
    limit: 600,
    without: optional,
  },
  {
    name: 'lifecycle, whole',
    code: `export * from 'reduplex/lifecycle'`,
    beside: firstStore,
    limit: 400,
    without: optional,
  },
  {
    name: 'sessionFeature of reduplex/session',
    code: `export { sessionFeature } from 'reduplex/session'`,
    beside: firstStore,
    limit: 4_180,
    without: [...optional, 'features/handover', 'session/storage'],
  },
  {
    name: 'session, whole',
    code: `export * from 'reduplex/session'`,
    beside: firstStore,
    limit: 4_350,
    without: optional,
  },
  {
    name: 'indexedDbStorage of reduplex/session/storage',
    code: `export { indexedDbStorage } from 'reduplex/session/storage'`,
    beside: `${firstStore}; export * from 'reduplex/session'`,
    limit: 3_740,
    without: optional,
  },
  {
    name: 'session/storage, whole',
    code: `export * from 'reduplex/session/storage'`,
    beside: `${firstStore}; export * from 'reduplex/session'`,
    limit: 3_860,
    without: optional,
  },
  {
    name: 'devtools, before they are open',
    code: `export { SocketDevtools } from 'reduplex/devtools'`,
    limit: 5_920,
    without: [...optional, 'devtools/panel'],
    external: ['./dist/esm/devtools/panel/Panel.js'],
  },
  {
    name: 'devtools, whole',
    code: `export * from 'reduplex/devtools'`,
    limit: 17_700,
    without: optional,
  },
  {
    name: 'tabs, the transport alone',
    code: `export { SharedSocket } from './dist/esm/tabs/SharedSocket.js'`,
    beside: firstStore,
    limit: 3_200,
    without: [...optional, 'tabs/tabsFeature', 'tabs/sharedRpc'],
  },
  {
    name: 'createSharedWebSocket of reduplex/tabs',
    code: `export { createSharedWebSocket } from 'reduplex/tabs'`,
    beside: firstStore,
    limit: 4_900,
    without: [...optional.filter((name) => name !== 'rpc/'), 'tabs/sharedSubscriptions'],
  },
  {
    name: 'sharedSubscriptionsFeature, beside rpc',
    code: `export { sharedSubscriptionsFeature } from 'reduplex/tabs'`,
    beside: `${withRpc}\nexport { createSharedWebSocket } from 'reduplex/tabs'`,
    limit: 1_070,
    without: [],
  },
  {
    name: 'sharedSessionFeature, beside session',
    code: `export { sharedSessionFeature } from 'reduplex/tabs'`,
    beside: `${firstStore}
export { sessionFeature } from 'reduplex/session'
export { createSharedWebSocket } from 'reduplex/tabs'`,
    limit: 4_790,
    without: ['tabs/sharedSubscriptions', 'session/storage'],
  },
  {
    name: 'tabs, whole, beside rpc and session',
    code: `export * from 'reduplex/tabs'`,
    beside: `${withRpc}\nexport * from 'reduplex/session'`,
    limit: 10_760,
    without: optional.filter((name) => name !== 'rpc/'),
  },
  {
    name: 'testing, whole',
    code: `export * from 'reduplex/testing'`,
    beside: firstStore,
    limit: 5_800,
    without: ['server/', 'rpc/'],
  },
  only('socketSend only', 'socketSend', 250),
  only('socketReducer only', 'socketReducer', 900),
  only('json only', 'json', 900),
  only('createSocketActions only', 'createSocketActions', 1_300),
  only('cbor only', 'cbor', 18_600, 'reduplex/codec/cbor'),
  only('msgpack only', 'msgpack', 9_400, 'reduplex/codec/msgpack'),
  {
    name: 'rpc, requests only',
    code: `export { jsonRpc, socketRequest } from 'reduplex/rpc'`,
    beside: firstStore,
    limit: 4_335,
    without: ['rpc/subscription', 'features/receivers', ...furtherRpc],
  },
  {
    name: 'rpc, requests and subscriptions',
    code: `export {
  createRemote, createRpcActions, ethDialect, getRpcSelectors, jsonRpc, reduplexDialect, rpcWebSocketsDialect, selectPendingCount, selectSubscription,
  socketBatch, socketNotify, socketPush, socketRequest, socketSubscribe, socketSubscribed, socketSubscribeFailed, socketUnsubscribe,
} from 'reduplex/rpc'`,
    beside: firstStore,
    limit: 8_820,
    without: ['features/protocol', 'query/', 'react/', ...furtherRpc],
  },
  {
    name: 'socketRequestStream, beside requests',
    code: `export { socketRequestStream } from 'reduplex/rpc'`,
    beside: requests,
    limit: 805,
    without: ['rpc/subscription', 'rpc/authenticate', 'internal/async'],
  },
  {
    name: 'socketReauthenticate, beside requests',
    code: `export { socketReauthenticate } from 'reduplex/rpc'`,
    beside: requests,
    limit: 250,
    without: ['rpc/subscription', 'rpc/requestStream', 'rpc/reauthentication'],
  },
  {
    name: 'reauthentication, beside requests',
    code: `export { reauthentication } from 'reduplex/rpc'`,
    beside: requests,
    limit: 800,
    without: ['rpc/subscription', 'rpc/requestStream'],
  },
  {
    name: 'rpc, whole',
    code: `export * from 'reduplex/rpc'`,
    beside: firstStore,
    limit: 10_290,
    without: ['features/protocol', 'query/', 'react/'],
  },
  {
    name: 'react, beside the core and rpc',
    code: `export * from 'reduplex/react'`,
    beside: withRpc,
    limit: 2_130,
    without: ['features/receivers', 'query/'],
  },
  only('useSocket only', 'useSocket', 1_900, 'reduplex/react'),
  {
    name: 'query, beside the core and rpc',
    code: `export * from 'reduplex/query'`,
    beside: withRpc,
    limit: 3_480,
    without: ['react/'],
  },
]

const measure = async (code, external = []) => {
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
    external: [...peers, ...external],
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
const compare = async (code, baseline, external) => {
  const base = baseline ? await measure(baseline) : none
  const whole = await measure(baseline ? `${baseline}\n${code}` : code, external)
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

for (const { name, limit, without, code, beside: base, external } of cases) {
  const { minified, gzip, inputs } = await compare(code, base, external)
  const faults = without
    .filter((start) => inputs.some(({ file }) => file.startsWith(start)))
    .map((start) => `contains ${start}`)
  if (gzip > limit) faults.push(`${gzip - limit} B over its limit`)
  if (faults.length > 0) process.exitCode = 1
  const biggest = inputs.slice(0, faults.length > 0 ? 10 : 3).map(({ file, bytes }) => `${file} ${bytes}`)
  console.log(
    `${faults.length > 0 ? 'FAIL' : 'ok  '} ${name.padEnd(31)} gzip ${String(gzip).padStart(5)} of ${limit}  min ${String(minified).padStart(6)}  ${biggest.join(', ')}`,
  )
  for (const fault of faults) console.log(`     ${name}: ${fault}`)
}
