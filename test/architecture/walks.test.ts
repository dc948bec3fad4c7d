import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from '@jest/globals'

// The paths of a message, as ARCHITECTURE.md lists them, against the files that a message really enters.

const page = readFileSync('ARCHITECTURE.md', 'utf8')

/** The files of the numbered list below a heading. */
const listed = (heading: string): readonly string[] => {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return Array.from(section.matchAll(/^\d+\. `([^`]+)`/gm), ([, file]) => file!)
}

/** `internal/` and the action creators are used everywhere and are not part of a path. */
const isCounted = (file: string): boolean => !/^(internal|actions)\//.test(file)

let found: { readonly in: readonly string[]; readonly out: readonly string[] }
beforeAll(async () => {
  const env = { ...process.env, NODE_ENV: 'production' }
  const { stdout } = await promisify(execFile)(process.execPath, ['test/architecture/walks.program.mjs'], { env })
  found = JSON.parse(stdout) as typeof found
})

describe.each([
  ['The path of a received message', 'in'],
  ['The path of a sent message', 'out'],
] as const)('%s', (heading, way) => {
  it('enters exactly the files that ARCHITECTURE.md lists', () => {
    expect(found[way].filter(isCounted)).toEqual(listed(heading).toSorted())
  })

  it('enters at most 12 files', () => {
    expect(listed(heading).length).toBeGreaterThan(0)
    expect(listed(heading).length).toBeLessThanOrEqual(12)
  })
})
