// The library, as ESM and as CJS, from the same sources. One file out for one file in: only so can `sideEffects: false`
// let a bundler leave out the files, and with them reconnecting-websocket, that an app doesn't use.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = path.join(root, 'dist')
// The native compiler (TypeScript 7) by its file: `.bin/tsc` is not executable as such on Windows.
const tsc = path.join(root, 'node_modules/@typescript/native/bin/tsc')

rmSync(dist, { recursive: true, force: true })
for (const project of ['tsconfig.build.json', 'tsconfig.cjs.json']) {
  try {
    execFileSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' })
  } catch {
    console.error(`build: tsc -p ${project} failed, see above`)
    process.exit(1)
  }
}
// `__DEV__` in the sources is this expression, which bundlers replace: production bundles contain none of what it guards.
for (const file of readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.js'))) {
  const script = readFileSync(path.join(dist, file), 'utf8')
  if (!script.includes('__DEV__')) continue
  writeFileSync(path.join(dist, file), script.replaceAll('__DEV__', `(process.env.NODE_ENV !== 'production')`))
}
// Inside a package of "type": "module" the CJS tree needs a marker of its own; TypeScript reads it for the .d.ts files too.
writeFileSync(path.join(dist, 'cjs/package.json'), '{ "type": "commonjs", "sideEffects": false }\n')
