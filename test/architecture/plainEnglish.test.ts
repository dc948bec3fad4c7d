import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'

// Words and idioms that a reader outside the project stumbles over, and what to write instead.
const idioms: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/(?<!there )\b(is|are) none\b/i, 'there is no …, … is missing'],
  [/\banew\b/i, 'again'],
  [/\bfor who(ever)?\b/i, 'for those who, for an app that'],
  [/\bgoodbyes?\b/i, 'close frame'],
  [/\b(re)?dial(s|led|ling)?\b/i, 'connect, attempt'],
  [/\bbefall/i, 'happen to'],
  [/\bmend(s|ed|ing)?\b/i, 'fix'],
  [/\b(deaf|mute)\b/i, 'its events are ignored'],
  [/\b(strangers?|flock)\b/i, 'other, all clients'],
  [/\blet(s|ting)? go\b/i, 'release'],
  [/\bgo(es)? home\b/i, 'close'],
  [/\b(un)?hears?\b|\bheard\b/i, 'receive, listen, get'],
  [/\bas ever\b/i, 'as before'],
  [/\bin the same breath\b/i, 'in the same task'],
  [/\bapologi[sz]/i, 'reply with an internal error'],
  [/\btold of\b|\btells? of\b/i, 'report'],
  [/\bmakes of (it|that|them)\b/i, 'returns'],
  [/\bin vain\b/i, 'until its timeout'],
  [/\bthere (is|are) none\b/i, 'what is missing'],
  [/\bin silence\b/i, 'without a report'],
  [/\b(ends?|exits?|opens?|reconnects?) by itself\b/i, 'automatically, without a call'],
  [/\bby itself again\b|\bcomes back by itself\b/i, 'reconnects automatically'],
]

const ownPath = path.join('test', 'architecture', 'plainEnglish.test.ts')

const filesBelow = (folder: string, ending: RegExp): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => path.join(folder, name))

/** All of a source file, with its names and the texts of its errors; the prose of a page without its code. */
const proseOf = (file: string): string => {
  const text = readFileSync(file, 'utf8')
  return file.endsWith('.md') ? text.replaceAll(/```[^]*?```/g, '').replaceAll(/`[^`\n]*`/g, '') : text
}

const findIdioms = (file: string): readonly string[] =>
  proseOf(file)
    .split('\n')
    .flatMap((line) =>
      idioms
        .filter(([pattern]) => pattern.test(line))
        .map(([pattern, instead]) => `${file}: "${pattern.exec(line)?.[0] ?? ''}" (${instead}) in: ${line.trim()}`),
    )

describe('the prose of the project', () => {
  it('has no idioms in src/', () => {
    expect(filesBelow('src', /\.tsx?$/).flatMap(findIdioms)).toEqual([])
  })

  // This file names the idioms.
  it.each(['bench', 'conformance', 'demo', 'scripts', 'test'])('has no idioms in %s/', (folder) => {
    const files = filesBelow(folder, /\.(tsx?|mjs)$/).filter((file) => file !== ownPath)
    expect(files.flatMap(findIdioms)).toEqual([])
  })

  it('has no idioms in the pages of the root, docs/, skills/ and examples/', () => {
    const ofRoot = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']
    const folders = ['docs', 'skills', 'examples'].flatMap((folder) => filesBelow(folder, /\.(md|mjs|tsx?)$/))
    expect([...ofRoot, ...folders].flatMap(findIdioms)).toEqual([])
  })

  it.each([
    ['a comment', '// Bytes are let go of.'],
    ['a docstring', '/** Hears what comes, anew. */'],
  ])('finds an idiom in %s', (_where, comment) => {
    expect(idioms.some(([pattern]) => pattern.test(comment))).toBe(true)
  })
})
