// The two trees of dist/ that the compiler writes, and how the build changes a file in them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const dist = path.join(root, 'dist')
/** One file for each source file: only so can `sideEffects: false` let a bundler leave out the files that an app does not use. */
export const trees = [
  { format: 'esm', folder: path.join(dist, 'esm') },
  { format: 'cjs', folder: path.join(dist, 'cjs') },
]

/** The declaration files of the entry points, below the folder of a tree. */
export const entryFiles = Object.values(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).exports)
  .filter((entry) => typeof entry === 'object')
  .map(({ import: { types } }) => path.relative('dist/esm', types))

/** The files below `folder` whose names end with `ending`, as absolute paths. */
export const filesIn = (folder, ending) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(ending))
    .map((name) => path.join(folder, name))

/** Replaces a file's text by what `change` returns for it. An unchanged file keeps its time. */
export const edit = (file, change) => {
  const text = readFileSync(file, 'utf8')
  const changed = change(text)
  if (changed !== text) writeFileSync(file, changed)
}

/** Like `replaceAll`, and throws where there is nothing to replace: a step that no longer applies must fail. */
export const mustReplace = (text, from, to, file) => {
  if (!text.includes(from)) throw new Error(`build: expected ${JSON.stringify(from)} in ${path.relative(root, file)}`)
  return text.replaceAll(from, to)
}
