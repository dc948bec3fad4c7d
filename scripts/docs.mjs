// `npm run docs`: builds the documentation as a static site into .cache/docs, from docs/ and the docstrings. `-- --serve` serves it afterwards, `-- --base /reduplex/`
// builds it for that path of a host, `-- --without-api` leaves out the reference. Each minor version has a folder of its own, so that older ones can stay beside it.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { setup } from './setup.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const readArgs = () => {
  const { values } = parseArgs({
    options: {
      base: { type: 'string', default: '/' },
      out: { type: 'string', default: path.join(root, '.cache/docs') },
      port: { type: 'string', default: '4173' },
      serve: { type: 'boolean', default: false },
      'without-api': { type: 'boolean', default: false },
    },
  })
  if (!/^\/(.+\/)?$/.test(values.base))
    throw new Error(`docs: expected --base to begin and end with /, got ${values.base}`)
  return values
}

const readVersion = () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  return `v${version.split('.').slice(0, 2).join('.')}`
}

/** The page of the host's path, which leads to the version. */
const redirectTo = (folder) => `<!doctype html>
<meta charset="utf-8">
<title>reduplex</title>
<meta http-equiv="refresh" content="0; url=${folder}/">
<a href="${folder}/">Documentation</a>
`

const main = async () => {
  const { base, out, port, serve, 'without-api': isWithoutApi } = readArgs()
  await setup()
  // After the setup, which installs the packages that these need.
  const { writePages } = await import('./docs/pages.mjs')
  const { writeApi } = await import('./docs/api.mjs')
  const { writeForAgents } = await import('./docs/llms.mjs')
  const vitepress = await import('vitepress')

  const version = readVersion()
  const siteBase = `${base}${version}/`
  const target = path.join(out, version)
  // Inside the repository, so that its packages are found from there.
  const source = `${out}-source`
  for (const folder of [source, out]) rmSync(folder, { recursive: true, force: true })
  const pages = writePages(source)
  const api = isWithoutApi ? [] : await writeApi(path.join(source, 'api'))
  mkdirSync(path.join(source, '.vitepress'), { recursive: true })
  writeFileSync(
    path.join(source, '.vitepress/config.mjs'),
    `import { createConfig } from ${JSON.stringify(new URL('docs/config.mjs', import.meta.url).href)}
export default createConfig(${JSON.stringify({ api, base: siteBase, outDir: target, version })})\n`,
  )
  await vitepress.build(source)
  writeForAgents({ pages, source, target, base: siteBase })
  for (const file of ['llms.txt', 'llms-full.txt']) cpSync(path.join(target, file), path.join(out, file))
  writeFileSync(path.join(out, 'index.html'), redirectTo(version))
  // GitHub Pages shows the one at the root for every path.
  cpSync(path.join(target, '404.html'), path.join(out, '404.html'))
  console.log(`docs: built ${path.relative(process.cwd(), target)}, for ${siteBase}`)
  if (!serve) return
  await vitepress.serve({ root: source, base: siteBase, port: Number(port) })
  console.log(`docs: open http://localhost:${port}${siteBase}`)
}

await main()
