// Builds the library into dist/, from the same sources as ESM and as CommonJS, and what older tools and pages without a bundler need.
// `--plain` keeps the names of internal properties.
import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { writeBrowserBuilds } from './build/browser.mjs'
import { writeCodecLibraries } from './build/codecLibraries.mjs'
import { writeLegacyTree } from './build/legacy.mjs'
import { mangle } from './build/mangle.mjs'
import { writeStubs } from './build/stubs.mjs'
import { dist, edit, filesIn, root, trees } from './build/trees.mjs'
import { writeVendor } from './build/vendor.mjs'

// The native compiler (TypeScript 7) by its file: `.bin/tsc` is not executable as such on Windows.
const tsc = path.join(root, 'node_modules/@typescript/native/bin/tsc')
const [esm, cjs] = trees.map(({ folder }) => folder)

rmSync(dist, { recursive: true, force: true })
for (const project of ['tsconfig.build.json', 'tsconfig.cjs.json']) {
  try {
    execFileSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' })
  } catch {
    console.error(`build: tsc -p ${project} failed, see above`)
    process.exit(1)
  }
}
for (const tree of trees) {
  // Bundlers replace this expression: production bundles contain nothing of what it guards.
  for (const file of filesIn(tree.folder, '.js')) {
    edit(file, (text) => text.replaceAll('__DEV__', `(process.env.NODE_ENV !== 'production')`))
  }
  // Redux Toolkit exports all types of redux, so an app does not need to install redux for ours.
  for (const file of filesIn(tree.folder, '.d.ts')) {
    edit(file, (text) => text.replaceAll(/(from |import\()(['"])redux\2/g, '$1$2@reduxjs/toolkit$2'))
  }
  await writeVendor(tree)
}
if (!process.argv.includes('--plain')) await mangle(trees)
writeCodecLibraries(cjs)
await writeLegacyTree(esm, path.join(dist, 'legacy-esm'))
await writeBrowserBuilds(esm)
writeStubs()
// Inside a package of "type": "module" the CJS tree needs a marker of its own; TypeScript reads it for the .d.ts files too. Written
// last: the tests read from its time whether a build is complete and newer than the sources.
writeFileSync(path.join(cjs, 'package.json'), '{ "type": "commonjs", "sideEffects": false }\n')
