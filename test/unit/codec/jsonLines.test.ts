import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { jsonLines, type JsonLinesOptions, type MultiMessageCodec } from '../../../src/features/index.js'
import { problemOf } from './frames.js'

/** Decodes a frame as a connection does. */
const readFrame = (frame: string | ArrayBuffer, options?: JsonLinesOptions): unknown =>
  (jsonLines(options).perSocket!() as MultiMessageCodec).decode(frame)

const read = (text: string, options?: JsonLinesOptions): unknown => readFrame(text, options)

describe('jsonLines()', () => {
  it.each<[text: string, values: unknown[]]>([
    ['{"a":1}', [{ a: 1 }]],
    ['{"a":1}\n{"b":2}\n', [{ a: 1 }, { b: 2 }]],
    ['{"a":1}\r\n\r\n[2]', [{ a: 1 }, [2]]],
    ['{"a":1}{"b":"}{\\"\\n"}[3]', [{ a: 1 }, { b: '}{"\n' }, [3]]],
    ['1\n"two"\nnull\ntrue', [1, 'two', null, true]],
    ['"a""b"1{}', ['a', 'b', 1, {}]],
    ['{\n  "a": [\n    1\n  ]\n}\n{}', [{ a: [1] }, {}]],
    ['\ufeff{"a":1}', [{ a: 1 }]],
    [' \n ', []],
  ])('reads %j', (text, values) => {
    expect(read(text)).toEqual(values)
  })

  it('reads any values, written one after the other or on lines', () => {
    const values = fc.array(fc.jsonValue().filter((value) => !/__proto__|constructor/.test(JSON.stringify(value))))
    fc.assert(
      fc.property(values, fc.constantFrom('\n', '\r\n', '\n\n'), (list, between) => {
        const texts = list.map((value) => JSON.stringify(value))
        const parsed = texts.map((text): unknown => JSON.parse(text))
        expect(read(texts.join(between))).toEqual(parsed)
        expect(read(texts.map((text) => `[${text}]`).join(''))).toEqual(parsed.map((value) => [value]))
      }),
    )
  })

  it('reads another separator', () => {
    expect(read('{"type":1}\u001e{"type":6}\u001e', { separator: '\u001e' })).toEqual([{ type: 1 }, { type: 6 }])
    expect(read('1--2--', { separator: '--' })).toEqual([1, 2])
  })

  it.each(['{"a":1}\n{', '{"a":1}]', '"a', '{"a":1}\nx', '{"a":1}{"__proto__":1}'])(
    'refuses the whole frame %j',
    (text) => {
      expect(() => read(text)).toThrow(/./)
    },
  )

  it('checks the levels of each message', () => {
    expect(read('[[1]]\n[[2]]', { maxDepth: 2 })).toEqual([[[1]], [[2]]])
    expect(problemOf(() => read('[[1]]\n[[[2]]]', { maxDepth: 2 }))).toMatchObject({ code: 'invalid_frame' })
  })

  it('has the options of json()', () => {
    expect(readFrame(new TextEncoder().encode('1\n2').buffer, { binary: true })).toEqual([1, 2])
    expect(read('1\n2', { parse: (text) => `<${text.trim()}>` })).toEqual(['<1>', '<2>'])
    expect([jsonLines().isPlain, jsonLines({ parse: Number }).isPlain, jsonLines().encode([1])]).toEqual([
      true,
      false,
      '[1]',
    ])
  })

  it('takes time in proportion to a frame that is hostile', () => {
    expect(() => read('['.repeat(500_000))).toThrow(/./)
    expect(() => read(`"${String.raw`\"`.repeat(500_000)}`)).toThrow(/./)
  })

  it('throws for a separator that is empty', () => {
    expect(problemOf(() => jsonLines({ separator: '' }))).toMatchObject({ code: 'invalid_option' })
  })
})
