// llms.txt (the list of the pages, see llmstxt.org) and llms-full.txt (their texts), and each page as Markdown beside its HTML.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readSections } from './pages.mjs'

const summary =
  'A WebSocket for Redux Toolkit apps: one middleware owns the socket, everything that happens on it is a plain action, and the app controls it with plain actions.'

export const writeForAgents = ({ pages, source, target, base }) => {
  const list = readSections().map(({ title, links }) =>
    [
      `## ${title}`,
      '',
      ...links.map(({ text, name, note }) => `- [${text}](${base}${name})${note === '' ? '' : `: ${note}`}`),
    ].join('\n'),
  )
  writeFileSync(
    path.join(target, 'llms.txt'),
    `# reduplex\n\n> ${summary}\n\nEverything in one file: [llms-full.txt](${base}llms-full.txt)\n\n${list.join('\n\n')}\n`,
  )
  const texts = pages.map(({ name }) => {
    mkdirSync(path.dirname(path.join(target, name)), { recursive: true })
    cpSync(path.join(source, name), path.join(target, name))
    return `<!-- ${base}${name} -->\n\n${readFileSync(path.join(source, name), 'utf8').trim()}\n`
  })
  writeFileSync(path.join(target, 'llms-full.txt'), texts.join('\n'))
}
