import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createAsyncSequencer } from '../../../src/internal/asyncSequencer.js'
import { isPromiseLike, mapMaybePromise } from '../../../src/internal/maybePromise.js'

interface Deferred {
  readonly promise: Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

const defer = (): Deferred => {
  let settle: Omit<Deferred, 'promise'> | undefined
  const promise = new Promise((resolve, reject) => (settle = { resolve, reject }))
  return { promise, ...settle! }
}

/** Enough for every sequencer here. */
const settle = async (): Promise<void> => await new Promise(setImmediate)

const setupSequencer = (enqueue = (task: () => void) => task()) => {
  const delivered: unknown[] = []
  const sequencer = createAsyncSequencer(enqueue)
  const pass = (value: unknown): void =>
    sequencer.push(
      value,
      (there) => delivered.push(there),
      (error) => delivered.push(['failed', error]),
    )
  return { sequencer, delivered, pass }
}

/* oxlint-disable unicorn/no-thenable -- whatever has a then is taken for a promise */

describe('isPromiseLike', () => {
  it.each<[what: string, value: unknown, expected: boolean]>([
    ['a promise', Promise.resolve(), true],
    ['a thenable', { then: () => {} }, true],
    ['null', null, false],
    ['an object', {}, false],
    ['a message with a text called "then"', { then: 'x' }, false],
    ['a function', () => {}, false],
    ['a text', 'then', false],
    ['undefined', undefined, false],
  ])('answers for %s', (_what, value, expected) => {
    expect(isPromiseLike(value)).toBe(expected)
  })

  it('mapMaybePromise maps a value at once, and a promise later', async () => {
    expect(mapMaybePromise(1, (value) => value + 1)).toBe(2)
    const later = mapMaybePromise(Promise.resolve(1), (value) => value + 1)
    expect(isPromiseLike(later)).toBe(true)
    expect(await later).toBe(2)
  })
})

describe('a sequencer in which nothing waits', () => {
  it('delivers a value at once, falsy or not', () => {
    const { sequencer, delivered, pass } = setupSequencer()
    for (const value of [1, 0, '', false, null, undefined]) pass(value)
    expect(delivered).toEqual([1, 0, '', false, null, undefined])
    expect(sequencer.size()).toBe(0)
    expect(sequencer.pending()).toBeUndefined()
  })

  it('does not call enqueue for it', () => {
    const tasks: unknown[] = []
    const { delivered, pass } = setupSequencer((task) => tasks.push(task))
    pass(1)
    expect({ delivered, tasks }).toEqual({ delivered: [1], tasks: [] })
  })
})

describe('a sequencer in which one value is pending', () => {
  it('holds back the values after it', async () => {
    const { sequencer, delivered, pass } = setupSequencer()
    const first = defer()
    pass(first.promise)
    pass(2)
    pass(3)
    await settle()
    expect(delivered).toEqual([])
    expect(sequencer.size()).toBe(3)
    first.resolve(1)
    await settle()
    expect(delivered).toEqual([1, 2, 3])
    expect(sequencer.size()).toBe(0)
  })

  it('keeps the order of those that settle in another one', async () => {
    const { delivered, pass } = setupSequencer()
    const values = [defer(), defer(), defer()]
    for (const { promise } of values) pass(promise)
    for (const [index, { resolve }] of [...values.entries()].toReversed()) resolve(index)
    await settle()
    expect(delivered).toEqual([0, 1, 2])
  })

  it('takes a thenable that is not a Promise', async () => {
    const { delivered, pass } = setupSequencer()
    pass({ then: (resolve: (value: unknown) => void) => resolve('then') })
    pass('after')
    await settle()
    expect(delivered).toEqual(['then', 'after'])
  })

  it('delivers the next value at once when nothing waits any more', async () => {
    const { delivered, pass } = setupSequencer()
    pass(Promise.resolve(1))
    await settle()
    pass(2)
    expect(delivered).toEqual([1, 2])
  })

  it('delivers what waited through enqueue', async () => {
    const tasks: (() => void)[] = []
    const { delivered, pass } = setupSequencer((task) => tasks.push(task))
    pass(Promise.resolve(1))
    await settle()
    expect(delivered).toEqual([])
    for (const turn of tasks) turn()
    expect(delivered).toEqual([1])
  })
})

describe('a value that rejects', () => {
  it('is delivered in its turn, and the values behind it too', async () => {
    const { delivered, pass } = setupSequencer()
    const first = defer()
    pass(first.promise)
    pass(Promise.reject(new Error('bad')))
    pass(3)
    await settle()
    expect(delivered).toEqual([])
    first.resolve(1)
    await settle()
    expect(delivered).toEqual([1, ['failed', new Error('bad')], 3])
  })

  it('is also one whose delivery throws, which stops no other', async () => {
    const { sequencer, delivered, pass } = setupSequencer()
    sequencer.push(
      Promise.resolve('a'),
      () => {
        throw new Error('a slip')
      },
      (error) => delivered.push(['failed', error]),
    )
    pass('b')
    await settle()
    expect(delivered).toEqual([['failed', new Error('a slip')], 'b'])
    expect(sequencer.pending()).toBeUndefined()
  })
})

describe('pending', () => {
  it('settles when all that waits now has been delivered', async () => {
    const { sequencer, delivered, pass } = setupSequencer()
    const [first, later] = [defer(), defer()]
    pass(first.promise)
    pass(2)
    let seen: unknown[] | undefined
    void sequencer.pending()!.then(() => (seen = [...delivered]))
    pass(later.promise)
    first.resolve(1)
    await settle()
    expect(seen).toEqual([1, 2])
  })
})

describe('cancelPending', () => {
  it('delivers nothing of what waits, and the next value at once', async () => {
    const { sequencer, delivered, pass } = setupSequencer()
    const first = defer()
    pass(first.promise)
    pass('old')
    sequencer.cancelPending()
    expect({ waiting: sequencer.size(), pending: sequencer.pending() }).toEqual({ waiting: 0, pending: undefined })
    pass('new')
    first.resolve('late')
    await settle()
    expect(delivered).toEqual(['new'])
    expect(sequencer.size()).toBe(0)
  })

  it('does not end a wait for later values', async () => {
    const { sequencer, delivered, pass } = setupSequencer()
    const [old, current] = [defer(), defer()]
    pass(old.promise)
    sequencer.cancelPending()
    pass(current.promise)
    old.resolve('old')
    await settle()
    pass('behind')
    expect({ delivered, waiting: sequencer.size() }).toEqual({ delivered: [], waiting: 2 })
    current.resolve('current')
    await settle()
    expect(delivered).toEqual(['current', 'behind'])
  })
})

it('a sequencer delivers everything once and in order, whatever settles first', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('pass' as const), kind: fc.constantFrom('there', 'later', 'rejects') }),
    fc.record({ do: fc.constant('settle' as const), which: fc.nat(20) }),
    fc.record({ do: fc.constant('breathe' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { sequencer, delivered, pass } = setupSequencer()
      const open: (() => void)[] = []
      const expected: unknown[] = []
      for (const next of steps) {
        if (next.do === 'breathe') await settle() // oxlint-disable-line no-await-in-loop
        else if (next.do === 'settle') open.splice(next.which % Math.max(1, open.length), 1)[0]?.()
        else {
          const id = expected.length
          expected.push(next.kind === 'rejects' ? ['failed', id] : id)
          const { promise, resolve, reject } = defer()
          if (next.kind === 'there') pass(id)
          else {
            pass(promise)
            open.push(() => (next.kind === 'later' ? resolve(id) : reject(id)))
          }
        }
      }
      for (const finish of open.toReversed()) finish()
      await settle()
      expect(delivered).toEqual(expected)
      expect(sequencer.size()).toBe(0)
    }),
    { numRuns: 200 },
  )
})
