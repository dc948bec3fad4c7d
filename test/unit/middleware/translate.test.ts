import { describe, expect, it } from '@jest/globals'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type * as Arktype from 'arktype'
import { buildSync } from 'esbuild'
import { runInThisContext } from 'node:vm'
import * as v from 'valibot'
import { z } from 'zod'
import { json, text, type Codec, type Problem } from '../../../src/index.js'
import { problemOf } from '../../../src/internal/errors.js'
import { createTranslator } from '../../../src/middleware/translate.js'

/** Arktype is ESM alone, which jest cannot load in Node 20: it is made CommonJS first. */
const loadArktype = (): typeof Arktype => {
  const { outputFiles } = buildSync({
    stdin: { contents: "export { type } from 'arktype'", resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
  })
  const module = { exports: {} }
  const run = runInThisContext(`(function (module) { ${outputFiles[0]!.text} })`) as (module: object) => void
  run(module)
  return module.exports as typeof Arktype
}
const { type } = loadArktype()

const translator = (schema: { receive?: StandardSchemaV1; send?: StandardSchemaV1 } = {}, codec: Codec = json()) =>
  createTranslator(() => codec, schema)

/** What is told of what `run` throws. */
const problem = (run: () => unknown): Problem => {
  try {
    run()
  } catch (error) {
    return problemOf(error, 'other')
  }
  throw new Error('it did not throw')
}

const custom = (validate: (value: unknown) => unknown): StandardSchemaV1 =>
  ({ '~standard': { version: 1, vendor: 'test', validate } }) as StandardSchemaV1

describe('without a schema', () => {
  it('values go through the codec, at once', () => {
    const { toFrame, toMessage } = translator()
    expect(toFrame({ a: 1 })).toBe('{"a":1}')
    expect(toMessage('{"a":1}')).toEqual({ a: 1 })
  })

  it('what the codec makes must be a frame', () => {
    const { toFrame } = translator({}, { encode: () => 7 as unknown as string, decode: () => 1 })
    expect(() => toFrame(1)).toThrow('a string or bytes')
  })

  it('what the codec promises must be a frame as well', async () => {
    const { toFrame } = translator({}, { encode: () => Promise.resolve(7 as unknown as string), decode: () => 1 })
    await expect(toFrame(1)).rejects.toThrow('a string or bytes')
  })

  it('a text is plain when the codec says so, bytes never are for sure', () => {
    expect(translator().isPlain('1')).toBe(true)
    expect(translator({}, text() as never).isPlain('1')).toBe(true)
    expect(translator({}, json({ reviver: (_key, value) => value })).isPlain('1')).toBe(false)
    expect(translator().isPlain(new ArrayBuffer(1))).toBe(false)
    expect(translator({ receive: z.any() }).isPlain('1')).toBe(false)
  })
})

describe.each<[library: string, schema: StandardSchemaV1]>([
  ['zod', z.object({ price: z.number(), tags: z.array(z.string()) })],
  ['valibot', v.object({ price: v.number(), tags: v.array(v.string()) })],
  ['arktype', type({ price: 'number', tags: 'string[]' })],
])('a schema of %s', (_library, schema) => {
  it('lets through what fits, both ways, at once', () => {
    const { toFrame, toMessage } = translator({ receive: schema, send: schema })
    const value = { price: 1, tags: ['a'] }
    expect(toFrame(value)).toBe(JSON.stringify(value))
    expect(toMessage(JSON.stringify(value))).toEqual(value)
  })

  it('refuses what does not, with issues that are plain data', () => {
    const { toFrame, toMessage } = translator({ receive: schema, send: schema })
    const bad = { price: '1', tags: ['a', 2] }
    for (const run of [() => toFrame(bad), () => toMessage(JSON.stringify(bad))]) {
      const { code, message, issues } = problem(run)
      expect(code).toBe('invalid_message')
      expect(message).toContain('is not what the schema says: price: ')
      expect(issues!.map(({ path }) => path)).toEqual([['price'], ['tags', 1]])
      expect(JSON.parse(JSON.stringify(issues))).toEqual(issues)
      expect(Object.keys(issues![0]!)).toEqual(['message', 'path'])
    }
  })

  it('refuses a whole that is something else', () => {
    const { toMessage } = translator({ receive: schema })
    expect(problem(() => toMessage('7')).issues).toEqual([{ message: expect.any(String), path: [] }])
  })
})

describe('a schema that transforms', () => {
  const stamped = z.object({ at: z.string().transform((at) => new Date(at)) })

  it('gives what it makes of what came', () => {
    const { toMessage } = translator({ receive: stamped })
    expect(toMessage('{"at":"2020-01-01T00:00:00Z"}')).toEqual({ at: new Date('2020-01-01T00:00:00Z') })
  })

  it('gives the codec what it makes of what is sent', () => {
    const { toFrame } = translator({ send: z.date().transform((at) => at.getTime()) })
    expect(toFrame(new Date(5))).toBe('5')
  })

  it('may make a falsy value of it', () => {
    const { toMessage } = translator({ receive: custom(() => ({ value: 0 })) })
    expect(toMessage('"x"')).toBe(0)
  })
})

describe('a schema that is async', () => {
  it('gives promises, of values and of problems', async () => {
    const schema = z.string().refine((word) => Promise.resolve(word !== 'bad'))
    const { toFrame, toMessage } = translator({ receive: schema, send: schema })
    expect(await toFrame('good')).toBe('"good"')
    expect(await toMessage('"good"')).toBe('good')
    await expect(toMessage('"bad"')).rejects.toMatchObject({ code: 'invalid_message' })
    await expect(toFrame('bad')).rejects.toMatchObject({ code: 'invalid_message' })
  })
})

describe('a schema that is at odds with the standard', () => {
  it.each<[what: string, validate: () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['gives nothing', () => undefined],
    ['gives null', () => null],
  ])('%s: a problem, not a crash', (_what, validate) => {
    const { toMessage } = translator({ receive: custom(validate) })
    expect(problem(() => toMessage('1')).message).not.toBe('')
  })

  it('a key of a path may be an object, a symbol or missing', () => {
    const issues = [
      { message: 'a', path: [{ key: 'b' }, 0, Symbol('c')] },
      { message: 'd' },
      { message: 'e', path: undefined },
    ]
    const { toMessage } = translator({ receive: custom(() => ({ issues })) })
    expect(problem(() => toMessage('1')).issues).toEqual([
      { message: 'a', path: ['b', 0, 'Symbol(c)'] },
      { message: 'd', path: [] },
      { message: 'e', path: [] },
    ])
  })

  it('of a thousand issues the first 20 are told', () => {
    const issues = Array.from({ length: 1_000 }, (_, index) => ({ message: `no ${index}`, path: [index] }))
    const { toMessage } = translator({ receive: custom(() => ({ issues })) })
    const told = problem(() => toMessage('1'))
    expect(told.issues).toHaveLength(20)
    expect(told.message).toContain('no 19')
    expect(told.message).not.toContain('no 20')
  })
})
