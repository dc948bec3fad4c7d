// dist/legacy-esm: the ESM tree for bundlers that do not read `exports` or cannot parse ES2022 (webpack 4). They find it by the field
// `module` of package.json and of the stub folders.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { transform } from 'esbuild'
import { legacyEntries } from './codecLibraries.mjs'
import { filesIn } from './trees.mjs'

/** The newest syntax that webpack 4 parses. */
const legacyTarget = 'es2019'

const toLegacy = async (text) => {
  let source = text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
  for (const [entry, legacyEntry] of legacyEntries) source = source.replaceAll(`'${entry}'`, `'${legacyEntry}'`)
  const { code } = await transform(source, { target: legacyTarget, format: 'esm', logLevel: 'error' })
  return code
}

/** Writes the tree. The server is left out: it runs on Node, which takes the CommonJS tree. */
export const writeLegacyTree = async (esm, folder) => {
  const files = filesIn(esm, '.js').filter((file) => !path.relative(esm, file).startsWith(`server${path.sep}`))
  await Promise.all(
    files.map(async (file) => {
      const target = path.join(folder, path.relative(esm, file))
      mkdirSync(path.dirname(target), { recursive: true })
      writeFileSync(target, await toLegacy(readFileSync(file, 'utf8')))
    }),
  )
}
