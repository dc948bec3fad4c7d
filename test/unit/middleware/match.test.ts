import { describe, expect, it } from '@jest/globals'
import { createAction, createAsyncThunk, isAnyOf } from '@reduxjs/toolkit'
import { toMatcher, type Rule } from '../../../src/middleware/match.js'

const created = createAction<string>('posts/created')
const updated = createAction('posts/updated')

const claims = (rules: Rule | readonly Rule[], type: string, payload?: unknown): boolean =>
  toMatcher(rules, 'accept')?.({ type, payload }) ?? false

describe('rules', () => {
  it.each<[kind: string, rule: Rule, yes: string[], no: string[]]>([
    ['an action creator', created, ['posts/created'], ['posts/updated', 'posts/createdAt']],
    ['a thing with type and match', { type: 'x', match: ({ type }: { type: string }) => type > 'm' }, ['z'], ['a']],
    ['a matcher of RTK', isAnyOf(created, updated), ['posts/created', 'posts/updated'], ['posts/removed']],
    ['an action of a thunk', createAsyncThunk('load', () => 1).fulfilled, [], ['load/pending']],
    ['a type', 'posts/created', ['posts/created'], ['posts/created/x', 'x/posts/created', '']],
    ['a type with a dot in it', 'a.b', ['a.b'], ['axb']],
    ['an empty type', '', [''], ['a']],
    ['a RegExp', /posts/, ['posts', 'posts/created'], ['my/posts', 'x']],
    ['a predicate', ({ payload }) => payload === undefined, ['anything'], []],
  ])('%s', (_kind, rule, yes, no) => {
    expect(yes.filter((type) => !claims(rule, type))).toEqual([])
    expect(no.filter((type) => claims(rule, type))).toEqual([])
  })

  it('a predicate sees the whole message', () => {
    expect(claims(({ payload }) => payload === 7, 'a', 7)).toBe(true)
    expect(claims(({ payload }) => payload === 7, 'a', 8)).toBe(false)
  })

  it('several: one that claims is enough', () => {
    const rules = ['a', /b/, created]
    expect(['a', 'bc', 'posts/created', 'c'].map((type) => claims(rules, type))).toEqual([true, true, true, false])
  })

  it.each<[how: string, rules: undefined | []]>([
    ['not given', undefined],
    ['an empty list', []],
  ])('none (%s) is no matcher at all', (_how, rules) => {
    expect(toMatcher(rules, 'accept')).toBeUndefined()
  })
})

describe('a RegExp', () => {
  it('is tried at the start of the type only (I1: their `ws.*` let `getNews` slip in)', () => {
    expect(claims(/ws.*/, 'wsNews')).toBe(true)
    expect(claims(/ws.*/, 'getNews')).toBe(false)
  })

  it('is anchored whole, not only its first alternative', () => {
    expect(claims(/a|b/, 'xb')).toBe(false)
    expect(claims(/a|b/, 'bx')).toBe(true)
  })

  it.each([/^posts/, /^posts\/.*$/, /posts\/(?:created|updated)/])(
    'may have anchors and groups of its own: %s',
    (rule) => {
      expect(claims(rule, 'posts/created')).toBe(true)
      expect(claims(rule, 'xposts/created')).toBe(false)
    },
  )

  it.each([/posts/g, /posts/y, /posts/gy])('I1 remembers nothing from one message to the next: %s', (rule) => {
    rule.lastIndex = 3
    const matches = toMatcher(rule, 'accept')
    const asked = Array.from({ length: 4 }, () => matches?.({ type: 'posts/created' }))
    expect(asked).toEqual([true, true, true, true])
    expect(rule.lastIndex).toBe(3)
  })

  it('keeps its other flags', () => {
    expect(claims(/POSTS/i, 'posts/created')).toBe(true)
    expect(claims(/\u{1F600}/u, '\u{1F600}')).toBe(true)
    expect(claims(/a.b/s, 'a\nb')).toBe(true)
  })

  it('is tried at the start of the type even when it is multiline', () => {
    expect(claims(/posts\//m, 'x\nposts/created')).toBe(false)
  })
})

describe('a rule that is none', () => {
  it.each<[rule: unknown, came: string]>([
    [42, '42'],
    [null, 'null'],
    [{}, 'an object'],
    [{ type: 'a' }, 'an object'],
    [{ match: /a/ }, 'an object'],
    [true, 'true'],
    [undefined, 'undefined'],
  ])('%p throws, and names the option', (rule, came) => {
    expect(() => toMatcher([rule] as Rule[], 'forward')).toThrow(
      expect.objectContaining({
        code: 'invalid_option',
        message: expect.stringMatching(new RegExp(`"forward" to hold action creators.*got ${came}\\.$`)),
      }),
    )
  })
})
