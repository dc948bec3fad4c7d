import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export const root = path.resolve(__dirname, '../..')

export const readDoc = (file: string): string => readFileSync(path.join(root, file), 'utf8')

const pagesIn = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .sort()

/** Every page that a reader gets, as paths from the project's root. */
export const allPages: readonly string[] = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...pagesIn('docs'),
  ...pagesIn('skills'),
]

/** The pages whose blocks are the files of a small app, named by their first line. */
export const isApp = (page: string): boolean =>
  /^docs\/((guides|recipes|migration)\/|(testing|devtools)\.md$)/.test(page)

export interface Block {
  readonly language: string
  readonly code: string
  /** The line of the document where the code starts, from 1. */
  readonly line: number
  /** Whether it belongs to the block before it: marked by `<!-- continues -->` right above. */
  readonly continues: boolean
}

/** The fenced code blocks of a Markdown text, in order. */
export const blocksOf = (markdown: string): Block[] =>
  Array.from(markdown.matchAll(/^(<!-- continues -->\n)?```(\w+)\n([^]*?)^```$/gm), (match) => {
    const [, marker, language = '', code = ''] = match
    const line = markdown.slice(0, match.index).split('\n').length + (marker === undefined ? 1 : 2)
    return { language, code, line, continues: marker !== undefined }
  })

/** Joins the blocks that belong together, as one program each, in the language of the last one. */
export const programsOf = (blocks: readonly Block[]): Omit<Block, 'continues'>[] => {
  const programs: { line: number; language: string; code: string }[] = []
  for (const { language, code, line, continues } of blocks) {
    const last = continues ? programs.at(-1) : undefined
    if (last) Object.assign(last, { code: last.code + code, language })
    else programs.push({ line, language, code })
  }
  return programs
}

/** `{ a: 1, … }` claims a part, anything else the whole. */
const claimOf = (value: string): string =>
  value.includes('…') ? `claim.some(${value.replace(/,? *…/, '')})` : `claim.all(${value})`

const claimLine = /^(?<code>.*\S) +\/\/ (?<soon>soon )?→ (?<value>.+)$/

/**
 * Turns each line `expression // → value` into a check of that claim, and each `expression // soon → value` into one that is tried until it holds.
 * `{ a: 1, … }` claims only what it names. A claim must be at the start of a line, because only there it can be awaited.
 */
export const withClaims = (code: string): { readonly code: string; readonly count: number } => {
  let count = 0
  const lines = code.split('\n').map((line) => {
    const { code: source = '', soon, value = '' } = claimLine.exec(line)?.groups ?? {}
    if (source === '') {
      if (line.includes('→')) throw new Error(`a claim that is not checked: ${line}`)
      return line
    }
    if (/^\s|^(const|let|return)\b/.test(source))
      throw new Error(`a claim must be about an expression at the top level: ${line}`)
    count++
    return soon === undefined
      ? `await ${claimOf(value)}(${source})`
      : `await claim.soon(() => ${source}, ${claimOf(value)})`
  })
  return { code: lines.join('\n'), count }
}
