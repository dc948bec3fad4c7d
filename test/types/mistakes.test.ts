import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'

// test/types/types.test.ts compiles mistakes.tsx, where every mistake is expected. Here the expectations are taken away, and what the compiler then says
// is compared with docs/type-mistakes.md: a reader searches for the text of the error.

const root = path.resolve(__dirname, '../..')
const fixture = readFileSync(path.join(__dirname, 'mistakes.tsx'), 'utf8')
const page = readFileSync(path.join(root, 'docs/type-mistakes.md'), 'utf8')

/** The texts of the errors, by the number of the mistake. Readers see the first lines of a text: those below name no cause. */
const said = new Map<number, string[]>()

const shorten = (error: string): string =>
  error
    .replace(/^.*?: error /, '')
    .split('\n')
    .slice(0, 3)
    .join('\n')

beforeAll(async () => {
  mkdirSync(path.join(root, '.cache'), { recursive: true })
  const folder = mkdtempSync(path.join(root, '.cache/mistakes-'))
  try {
    // The same number of lines, so that an error is on the line after its comment.
    writeFileSync(path.join(folder, 'mistakes.tsx'), fixture.replaceAll('@ts-expect-error mistake', 'here is mistake'))
    const config = { extends: '../../tsconfig.json', include: ['*.tsx', '../../src/env.d.ts'] }
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config))
    const output = await new Promise<string>((resolve) => {
      const tsc = path.join(root, 'node_modules/@typescript/native/bin/tsc')
      execFile(
        process.execPath,
        [tsc, '--singleThreaded', '--noEmit', '--pretty', 'false', '-p', folder],
        { cwd: root },
        (_error, stdout) => resolve(stdout),
      )
    })
    const lines = fixture.split('\n')
    for (const error of output.split(/\n(?!\s)/)) {
      const line = Number(/mistakes\.tsx\((\d+),/.exec(error)?.[1])
      const number = Number(/mistake (\d+)/.exec(lines[line - 2] ?? '')?.[1])
      if (number) said.set(number, [...(said.get(number) ?? []), shorten(error)])
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 60_000)

const sections = Array.from(page.matchAll(/^## (\d+)\. .*\n([^]*?)(?=^## |$(?![^]))/gm), ([, number, text = '']) => ({
  number: Number(number),
  text,
}))

describe('docs/type-mistakes.md', () => {
  it('has a section for each mistake', () => {
    const numbers = new Set(Array.from(fixture.matchAll(/^\/\/ (\d+): /gm), ([, number]) => Number(number)))
    expect(sections.map(({ number }) => number)).toEqual([...numbers])
    expect(numbers.size).toBe(16)
  })

  it.each(sections)('quotes what the compiler says in the first three lines: $number', ({ number, text }) => {
    const quotes = Array.from(text.matchAll(/^> `(.*)`$/gm), ([, quote = '']) => quote)
    expect(quotes.length).toBeGreaterThan(0)
    const all = (said.get(number) ?? []).join('\n')
    expect(quotes.filter((quote) => !quote.split(' … ').every((part) => all.includes(part)))).toEqual([])
  })
})
