import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { blocksOf, readDoc, root } from './blocks.js'

// skills/: what coding agents read from the installed package, in the form of Agent Skills (agentskills.io), as Redux Toolkit ships them. Their code is
// compiled and run by readme.test.ts.

const names = readdirSync(path.join(root, 'skills'))
const { keywords, version } = JSON.parse(readDoc('package.json')) as { keywords: string[]; version: string }

/** The fields of the front matter; a list is one text with commas. */
const fieldsOf = (text: string): Record<string, string> => {
  const [, front = ''] = /^---\n([^]*?)\n---\n/.exec(text) ?? []
  const lines = front
    .replaceAll(/:(?: >)?\n {2}(?:- )?/g, ': ')
    .replaceAll(/\n {2}- /g, ', ')
    .replaceAll(/\n {2}/g, ' ')
  return Object.fromEntries(
    lines.split('\n').map((line) => [line.split(':')[0] ?? '', line.split(': ').slice(1).join(': ')]),
  )
}

describe.each(names)('the skill %s', (name) => {
  const text = readDoc(`skills/${name}/SKILL.md`)
  const fields = fieldsOf(text)

  it('has the front matter of a skill, of this version', () => {
    expect(fields).toMatchObject({ name, type: 'core', library: 'reduplex', library_version: `'${version}'` })
    expect(fields['description']?.length).toBeGreaterThan(80)
    expect(fields['description']?.length).toBeLessThan(1024)
  })

  it('names pages and skills that exist', () => {
    const pages = Array.from(fields['sources']?.matchAll(/'reduplex:([^']*)'/g) ?? [], ([, page = '']) => page)
    expect(pages.length).toBeGreaterThan(0)
    expect(pages.filter((page) => !existsSync(path.join(root, page)))).toEqual([])
    const required = fields['requires']?.split(', ') ?? []
    expect(required.filter((other) => !names.includes(other))).toEqual([])
  })

  it('has code, and mistakes to avoid', () => {
    expect(blocksOf(text).filter(({ language }) => /^tsx?$/.test(language)).length).toBeGreaterThan(0)
    expect(text).toMatch(/^## Common mistakes\n\n### CRITICAL /m)
    expect(text.split('\n').length).toBeLessThan(200)
  })
})

it('there is a skill for each part of the library', () => {
  expect(names).toEqual([
    'authenticate',
    'companion-server',
    'receive-messages',
    'rtk-query',
    'send-messages',
    'setup',
    'test-an-app',
  ])
})

it('tools find the skills by the keyword of the package', () => {
  expect(keywords).toContain('tanstack-intent')
})
