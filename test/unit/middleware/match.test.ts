import { describe, expect, it } from '@jest/globals'
import { createAction, createAsyncThunk, isAnyOf } from '@reduxjs/toolkit'
import { toMatcher, type Rule } from '../../../src/middleware/match.js'
import { sentence } from '../../support/mode.js'

const created = createAction<string>('posts/created')
const updated = createAction('posts/updated')

const matches = (rules: Rule | readonly Rule[], type: string, payload?: unknown): boolean =>
  toMatcher(rules, 'accept')?.({ type, payload }) ?? false

describe('a rule', () => {
  it.each<[kind: string, rule: Rule, yes: string[], no: string[]]>([
    ['an action creator', created, ['posts/created'], ['posts/updated', 'posts/createdAt']],
    ['an object with type and match', { type: 'x', match: ({ type }: { type: string }) => type > 'm' }, ['z'], ['a']],
    ['a matcher of RTK', isAnyOf(created, updated), ['posts/created', 'posts/updated'], ['posts/removed']],
    ['an action of a thunk', createAsyncThunk('load', () => 1).fulfilled, [], ['load/pending']],
    ['a type', 'posts/created', ['posts/created'], ['posts/created/x', 'x/posts/created', '']],
    ['a type with a dot in it', 'a.b', ['a.b'], ['axb']],
    ['an empty type', '', [''], ['a']],
    ['a RegExp', /posts\/.+/, ['posts/created', 'posts/updated'], ['posts', 'my/posts/created', 'x']],
    ['a predicate', ({ payload }) => payload === undefined, ['anything'], []],
  ])('may be %s', (_kind, rule, yes, no) => {
    expect(yes.filter((type) => !matches(rule, type))).toEqual([])
    expect(no.filter((type) => matches(rule, type))).toEqual([])
  })

  it('that is a predicate gets the whole message', () => {
    expect(matches(({ payload }) => payload === 7, 'a', 7)).toBe(true)
    expect(matches(({ payload }) => payload === 7, 'a', 8)).toBe(false)
  })

  it.each<[rule: unknown, came: string]>([
    [42, '42'],
    [null, 'null'],
    [{}, 'an object'],
    [{ type: 'a' }, 'an object'],
    [{ match: /a/ }, 'an object'],
    [true, 'true'],
    [undefined, 'undefined'],
  ])('that is %p throws, and the error names the option', (rule, came) => {
    expect(() => toMatcher([rule] as Rule[], 'forward')).toThrow(
      expect.objectContaining({
        code: 'invalid_option',
        message: sentence(new RegExp(`"forward".* action creators.*got ${came}\\.$`)),
      }),
    )
  })
})

describe('several rules', () => {
  it('match when one of them does', () => {
    const rules = ['a', /b.*/, created]
    expect(['a', 'bc', 'posts/created', 'c'].map((type) => matches(rules, type))).toEqual([true, true, true, false])
  })

  it.each<[how: string, rules: undefined | []]>([
    ['not given', undefined],
    ['an empty array', []],
  ])('have no matcher when the list is empty (%s)', (_how, rules) => {
    expect(toMatcher(rules, 'accept')).toBeUndefined()
  })
})

describe('a RegExp', () => {
  it('must match the whole type', () => {
    expect(['ws', 'wsNews', 'getNews', 'my/ws'].map((type) => matches(/ws.*/, type))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(['getPost', 'getPosts'].map((type) => matches(/getPost/, type))).toEqual([true, false])
  })

  it('must match the whole type with each of its alternatives', () => {
    expect(['a', 'b', 'xb', 'ax'].map((type) => matches(/a|b/, type))).toEqual([true, true, false, false])
  })

  it.each([/^posts.*/, /^posts\/.*$/, /posts\/(?:created|updated)/])(
    'may have anchors and groups of its own: %s',
    (rule) => {
      expect(matches(rule, 'posts/created')).toBe(true)
      expect(matches(rule, 'xposts/created')).toBe(false)
    },
  )

  it.each([/posts.*/g, /posts.*/y, /posts.*/gy])('keeps no position from one message to the next: %s', (rule) => {
    rule.lastIndex = 3
    const matcher = toMatcher(rule, 'accept')
    const results = Array.from({ length: 4 }, () => matcher?.({ type: 'posts/created' }))
    expect(results).toEqual([true, true, true, true])
    expect(rule.lastIndex).toBe(3)
  })

  it('keeps its other flags', () => {
    expect(matches(/POSTS.+/i, 'posts/created')).toBe(true)
    expect(matches(/\u{1F600}/u, '\u{1F600}')).toBe(true)
    expect(matches(/a.b/s, 'a\nb')).toBe(true)
  })

  it('matches no single line of a type when it is multiline', () => {
    expect(matches(/posts\/.+/m, 'x\nposts/created')).toBe(false)
  })
})
