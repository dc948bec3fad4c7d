// Shortens the names of properties that only the library's own code reads, the same in all files of both trees. A consumer's minifier
// cannot do that: it must keep every property name.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { transform } from 'esbuild'
import { folders, internalNames } from './internalNames.mjs'
import { filesIn } from './trees.mjs'

// In the order in which esbuild gives names away: gzip finds more repetitions than in the alphabet's.
const letters = 'etnriaoscludfpmhgvybxSCwTEDOkAjMNPFILRzBVHUWGKqJYXZQ'

/** One or two letters: `e` … `Q`, `ee` … `QQ`. */
const shortName = (index) =>
  index < letters.length
    ? letters[index]
    : letters[Math.floor(index / letters.length) - 1] + letters[index % letters.length]

/** The folders that every app has in its bundle. Their names get the shortest ones. */
const coreFolders = ['actions', 'connection', 'internal', 'middleware', 'state']

/** Each internal name with its short one. */
const shortNames = ({ folder }) => {
  const core = coreFolders
    .flatMap((name) => filesIn(path.join(folder, name), '.js'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  const usesInCore = (name) => core.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0
  const uses = new Map(internalNames().map((name) => [name, usesInCore(name)]))
  // The names of equal use keep their order.
  const names = [...uses.keys()].sort((a, b) => uses.get(b) - uses.get(a))
  return Object.fromEntries(names.map((name, index) => [name, shortName(index)]))
}

/** Lets the text carry its source map, so that esbuild's one leads to the TypeScript source. */
const withMap = (text, map) =>
  `${text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '')}\n//# sourceMappingURL=data:application/json;base64,${map.toString('base64')}`

const rewrite = async (file, names, isMangled) => {
  const text = readFileSync(file, 'utf8')
  // Most files have no such name and stay as the compiler wrote them.
  if (!isMangled.test(text)) return
  const { code, map } = await transform(withMap(text, readFileSync(`${file}.map`)), {
    mangleCache: names,
    mangleProps: new RegExp(`^(?:${isMangled.source})$`),
    target: 'es2022',
    sourcemap: 'external',
    sourcesContent: false,
    sourcefile: path.basename(file),
    logLevel: 'error',
  })
  writeFileSync(file, `${code}//# sourceMappingURL=${path.basename(file)}.map\n`)
  writeFileSync(`${file}.map`, map)
}

/** Rewrites the files of the trees that have such a name. */
export const mangle = async (trees) => {
  const names = shortNames(trees[0])
  const isMangled = new RegExp(`\\b(?:${Object.keys(names).join('|')})\\b`)
  const files = trees.flatMap((tree) => folders.flatMap((folder) => filesIn(path.join(tree.folder, folder), '.js')))
  await Promise.all(files.map((file) => rewrite(file, names, isMangled)))
}
