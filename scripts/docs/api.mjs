// The reference: one page for each export, from the docstrings, as Markdown. TypeDoc reads the sources by TypeScript 6, because version 7 has no JavaScript API.
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application } from 'typedoc'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The entry points and the files that they export. */
const entryPoints = [
  'index.ts',
  'batch/index.ts',
  'codec/cbor.ts',
  'codec/msgpack.ts',
  'features/index.ts',
  'lifecycle/index.ts',
  'query/index.ts',
  'react/index.ts',
  'rpc/index.ts',
  'server/index.ts',
  'server/bun/index.ts',
  'server/deno/index.ts',
  'server/metrics/index.ts',
  'server/redis/index.ts',
]

/** Writes the pages, and returns their names, relative to the folder. */
export const writeApi = async (target) => {
  const app = await Application.bootstrapWithPlugins({
    name: 'API',
    entryPoints: entryPoints.map((file) => path.join(root, 'src', file)),
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
  return readdirSync(target, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => file.endsWith('.md'))
    .sort()
}
