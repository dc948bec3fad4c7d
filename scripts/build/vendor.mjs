// reconnecting-websocket, compiled from the TypeScript source that its package ships. The published files are ES5, with helpers for
// generators and spread; the same source as ES2022 with short private names, and without the members that are never called, is less than half the size.
import { copyFileSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { keepReachableMembers } from './reachableMembers.mjs'
import { edit, filesIn, mustReplace, root } from './trees.mjs'

const name = 'reconnecting-websocket'
const folder = path.dirname(realpathSync(createRequire(path.join(root, 'x.js')).resolve(`${name}/package.json`)))

/** The version that is installed and that the copy is made of. */
const vendoredVersion = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version

/**
 * The source without what the reconnect loop, which only creates and closes it, can never reach. Nobody adds listeners to it or sends anything, it prints
 * nothing, its sockets emit `open` and `close` only, its timeout is 24 days, and the count of retries that an uptime resets changes no delay of 0.
 */
const reachableSource = () =>
  keepReachableMembers(readFileSync(path.join(folder, `${name}.ts`), 'utf8'), {
    className: 'ReconnectingWebSocket',
    entries: ['close'],
    idle: [
      '_binaryType',
      '_connectTimeout',
      '_debug',
      '_handleError',
      '_handleMessage',
      '_listeners',
      '_messageQueue',
      'onclose',
      'onerror',
      'onmessage',
      'onopen',
      '_uptimeTimeout',
    ],
  })

/** The text of `vendor/reconnecting-websocket.js` in one format. */
const compileVendor = async (format) => {
  const { outputFiles } = await build({
    stdin: { contents: reachableSource(), resolveDir: folder, sourcefile: `${name}.ts`, loader: 'ts' },
    absWorkingDir: folder,
    bundle: true,
    write: false,
    format,
    target: 'es2022',
    // Every member that starts with an underscore is declared private in that source.
    mangleProps: /^_/,
    // Fields are assigned in the constructor, as in the published files.
    tsconfigRaw: '{ "compilerOptions": { "useDefineForClassFields": false } }',
    legalComments: 'inline',
    logLevel: 'error',
  })
  return `// ${name} ${vendoredVersion}, compiled from its published source by the build of reduplex, without the members that it does not reach.\n${outputFiles[0].text}`
}

/** Writes the copy with its licence into a tree and lets the tree's files import it. */
export const writeVendor = async ({ format, folder: tree }) => {
  const vendor = path.join(tree, 'vendor')
  mkdirSync(vendor)
  const importer = path.join(tree, 'connection/reconnectLoop.js')
  edit(importer, (text) =>
    format === 'esm'
      ? mustReplace(text, `from '${name}'`, `from '../vendor/${name}.js'`, importer)
      : mustReplace(text, `require("${name}")`, `require("../vendor/${name}.js")`, importer),
  )
  const others = filesIn(tree, '.js').filter((file) => new RegExp(`['"]${name}['"]`).test(readFileSync(file, 'utf8')))
  if (others.length > 0) throw new Error(`build: ${others.join(', ')} import ${name}, which only reconnectLoop may`)
  writeFileSync(path.join(vendor, `${name}.js`), await compileVendor(format))
  copyFileSync(path.join(folder, 'LICENSE'), path.join(vendor, `${name}.LICENSE`))
}

// `node scripts/build/vendor.mjs esm` prints the file, for the test that compares it with dist/.
if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(await compileVendor(process.argv[2]))
