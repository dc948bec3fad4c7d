import { describe, expect, it } from '@jest/globals'
import { createFakeServer, expectAllClosed, recordActions } from '../../../src/testing/index.js'
import { toPredicate } from '../../../src/testing/matching.js'

const expected = (call: string, got: string) =>
  `${call}: expected an action creator, a type or a predicate, got ${got}. Check its import: two files that import each other get undefined.`

/** As from an import that is not there yet. */
const missing = undefined as never

describe('a match that is undefined', () => {
  it('rejects next and nextMany with the name of the call, and leaves no wait', async () => {
    const recorder = recordActions()
    await expect(recorder.next(missing)).rejects.toThrow(expected('recorder.next', 'undefined'))
    await expect(recorder.nextMany(2, missing)).rejects.toThrow(expected('recorder.next', 'undefined'))
    expect(recorder.pending()).toBeNull()
    expect(expectAllClosed).not.toThrow()
  })

  it('throws in of, count and reply', () => {
    const recorder = recordActions()
    expect(() => recorder.of(missing)).toThrow(expected('recorder.of', 'undefined'))
    expect(() => recorder.count(missing)).toThrow(expected('recorder.count', 'undefined'))
    expect(() => createFakeServer().reply(missing, () => 'answer')).toThrow(expected('server.reply', 'undefined'))
  })
})

describe('a match', () => {
  it.each([
    [null, 'null'],
    [7, '7'],
    [{ type: 'a' }, '{"type":"a"}'],
    [/a/, '{}'],
  ])('cannot be %p', async (match, shown) => {
    const { next } = createFakeServer()
    await expect(next(match as never)).rejects.toThrow(expected('server.next', shown))
  })

  it('is called as a method where it is one', () => {
    const match = {
      type: 'a',
      match(item: unknown) {
        return item === this.type
      },
    }
    expect([toPredicate(match, 'test')('a'), toPredicate(match, 'test')('b')]).toEqual([true, false])
  })
})
