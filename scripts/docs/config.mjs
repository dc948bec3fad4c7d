// The settings of VitePress.
import { readSections } from './pages.mjs'

/** The anchor of a heading, as GitHub makes it: the pages are read there too. */
export const slugOf = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-')

const linkOf = (name) => `/${name.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}`

const moduleOf = (file) => file.slice(0, -'/index.md'.length)

/** A sidebar for each entry point: the list of all, and its own exports. One for all would be in the HTML of every page. */
const apiSidebars = (api) => {
  const modules = api.filter((file) => file.endsWith('/index.md')).map(moduleOf)
  const nameOf = (module) => (module === 'index' ? 'reduplex' : `reduplex/${module}`)
  const entries = modules.map((module) => ({ text: nameOf(module), link: linkOf(`api/${module}/index.md`) }))
  const sidebars = modules.map((module) => {
    // `server/redis` is an entry point of its own, and below the folder of `server`.
    const nested = modules.filter((other) => other.startsWith(`${module}/`))
    const own = api.filter(
      (file) =>
        file.startsWith(`${module}/`) &&
        !file.endsWith('/index.md') &&
        !nested.some((other) => file.startsWith(`${other}/`)),
    )
    const items = own.map((file) => ({
      text: file.split('/').at(-1).slice(0, -'.md'.length),
      link: linkOf(`api/${file}`),
    }))
    return [
      linkOf(`api/${module}/index.md`),
      [
        { text: nameOf(module), items },
        { text: 'Entry points', items: entries },
      ],
    ]
  })
  return Object.fromEntries([...sidebars, ['/api/', [{ text: 'Entry points', items: entries }]]])
}

/** The search and the page render the same blocks of code, whose highlighting takes half of the time of the build. */
const highlightOnce = (md) => {
  const { highlight } = md.options
  const highlighted = new Map()
  md.options.highlight = (...args) => {
    const key = JSON.stringify(args)
    if (!highlighted.has(key)) highlighted.set(key, highlight(...args))
    return highlighted.get(key)
  }
}

export const createConfig = ({ api, base, outDir, version }) => {
  const sections = readSections()
  return {
    base,
    outDir,
    title: 'reduplex',
    description: 'A WebSocket for Redux apps',
    lang: 'en',
    cleanUrls: true,
    // CONTRIBUTING.md says where the demo and the documentation are served.
    ignoreDeadLinks: 'localhostLinks',
    lastUpdated: false,
    // One request less, and nothing that changes with the time of the build.
    metaChunk: true,
    markdown: { linkify: false, anchor: { slugify: slugOf }, toc: { slugify: slugOf }, config: highlightOnce },
    vite: { logLevel: 'warn', build: { chunkSizeWarningLimit: 10_000 } },
    themeConfig: {
      nav: [
        { text: 'Guides', link: '/getting-started' },
        ...(api.length > 0 ? [{ text: 'API', link: '/api/' }] : []),
        { text: version, link: '/changelog' },
      ],
      sidebar: {
        '/': sections.map(({ title, links }) => ({
          text: title,
          items: links.map(({ text, name }) => ({ text: text[0].toUpperCase() + text.slice(1), link: linkOf(name) })),
        })),
        ...apiSidebars(api),
      },
      outline: [2, 3],
      search: { provider: 'local' },
      footer: { message: 'MIT licence' },
    },
  }
}
