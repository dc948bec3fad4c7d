// Copies the pages of docs/ and those of the repository's root into the folder that the site is built from.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The address of the repository, as a browser opens it. */
const repository = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).repository.url.replace(
  /^git\+|\.git$/g,
  '',
)

/** The pages of the root, and their names on the site. docs/security.md has the name of SECURITY.md. */
const rootPages = {
  'README.md': 'readme.md',
  'ARCHITECTURE.md': 'architecture.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security-policy.md',
}

/** The path of a page on the site; undefined for a file that is not on it. */
const siteNameOf = (file) => (file.startsWith('docs/') ? file.slice('docs/'.length) : rootPages[file])

const isExternal = (target) => /^[a-z]+:/.test(target)

/** The text of a page, with its links for the site. */
const relink = (file, text) =>
  text.replaceAll(/\]\(([^)\s#]+)(#[^)\s]*)?\)/g, (whole, target, anchor = '') => {
    if (isExternal(target)) return whole
    const linked = path.posix.normalize(path.posix.join(path.posix.dirname(file), target))
    const name = siteNameOf(linked)
    // A file of the repository that is no page, such as LICENSE.
    if (name === undefined) return `](${repository}/blob/main/${linked})`
    const from = path.posix.dirname(siteNameOf(file))
    const relative = path.posix.relative(from, name)
    return `](${relative.startsWith('.') ? relative : `./${relative}`}${anchor})`
  })

/** `<` in running text, which VitePress would read as a tag. Anchors, comments, addresses and code stay. */
const escapeTags = (text) =>
  text.replaceAll(/^```[^]*?^```$|`[^`\n]*`|<(?!a id=|\/a>|!--|https?:)/gm, (found) => (found === '<' ? '&lt;' : found))

const titleOf = (text) => /^# (.*)$/m.exec(text)?.[1] ?? ''

/** Writes the pages, and returns the name and the title of each. */
export const writePages = (target) => {
  const files = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((file) => `docs/${file.split(path.sep).join('/')}`)
    .filter((file) => file.endsWith('.md'))
    .sort()
  const pages = [...files, ...Object.keys(rootPages)].map((file) => {
    const text = readFileSync(path.join(root, file), 'utf8')
    const name = siteNameOf(file)
    mkdirSync(path.dirname(path.join(target, name)), { recursive: true })
    writeFileSync(path.join(target, name), escapeTags(relink(file, text)))
    return { name, title: titleOf(text) }
  })
  cpSync(path.join(root, 'docs/img'), path.join(target, 'img'), { recursive: true })
  return pages
}

/** The sections of docs/index.md: `{ title, links: [{ text, name, note }] }`. The sidebar and llms.txt have the same. */
export const readSections = () => {
  const text = readFileSync(path.join(root, 'docs/index.md'), 'utf8')
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n')
      const links = lines.flatMap((line) => {
        const [, note = ''] = /\)[:,] (?!\[)(.*)$/.exec(line) ?? []
        return Array.from(line.matchAll(/\[([^\]]*)\]\(([^)#]*)\)/g), ([, label, page]) => ({
          text: label,
          name: siteNameOf(path.posix.normalize(path.posix.join('docs', page))),
          note,
        }))
      })
      // The others lead out of the site.
      return { title, links: links.filter(({ name }) => name?.endsWith('.md')) }
    })
    .filter(({ links }) => links.length > 0)
}
