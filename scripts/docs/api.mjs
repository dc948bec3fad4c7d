// The reference: one page for each export, from the docstrings, as Markdown. TypeDoc reads the sources by TypeScript 6, because version 7 has no JavaScript API.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application } from 'typedoc'
import { linkPages } from './pageLinks.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The source of an entry point: `./rpc` is src/rpc/index.ts, `./codec/cbor` is src/codec/cbor.ts. */
const sourceOf = (entry) => {
  const candidates = [path.join(root, 'src', entry, 'index.ts'), path.join(root, 'src', `${entry}.ts`)]
  const source = candidates.find((file) => existsSync(file))
  if (source === undefined)
    throw new Error(`docs: expected ${entry} of package.json to have a source, found none of ${candidates.join(', ')}`)
  return source
}

const readEntryPoints = () => {
  const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  return Object.keys(exports)
    .filter((entry) => !entry.endsWith('.json'))
    .map(sourceOf)
}

/** Replaces the first occurrence of a text that a file must have. */
const rewrite = (file, from, to) => {
  const text = readFileSync(file, 'utf8')
  if (!text.includes(from)) throw new Error(`docs: expected ${file} to have "${from}"`)
  writeFileSync(file, text.replace(from, to))
}

/** Writes the pages, and returns their names, relative to the folder. */
export const writeApi = async (target) => {
  const app = await Application.bootstrapWithPlugins({
    name: 'API',
    entryPoints: readEntryPoints(),
    tsconfig: path.join(root, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    out: target,
    markdown: target,
    outputFileStrategy: 'members',
    entryFileName: 'index',
    readme: 'none',
    disableSources: true,
    excludeInternal: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    // `npm run typecheck` reports type errors.
    skipErrorChecking: true,
    validation: { invalidLink: true, notExported: false, notDocumented: false },
    logLevel: 'Error',
  })
  const project = await app.convert()
  if (!project) throw new Error('docs: TypeDoc could not read the sources; its messages are above')
  await app.generateOutputs(project)
  // TypeDoc names a module by its file.
  rewrite(path.join(target, 'index/index.md'), '# index', '# reduplex')
  rewrite(path.join(target, 'index.md'), '[index](', '[reduplex](')
  const files = readdirSync(target, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.md'))
    .sort()
  for (const file of files) {
    const page = path.join(target, file)
    writeFileSync(page, linkPages(file, readFileSync(page, 'utf8')))
  }
  return files
}
