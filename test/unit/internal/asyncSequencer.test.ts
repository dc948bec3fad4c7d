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

/** Enough for a sequencer of any length that is used here. */
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

describe('what is pending', () => {
  it.each<[what: string, value: unknown, expected: boolean]>([
    ['a promise', Promise.resolve(), true],
    ['a thenable', { then: () => {} }, true],
    ['null', null, false],
    ['an object', {}, false],
    ['a message with a text called "then"', { then: 'x' }, false],
    ['a function', () => {}, false],
    ['a text', 'then', false],
    ['undefined', undefined, false],
  ])('%s', (_what, value, expected) => {
    expect(isPromiseLike(value)).toBe(expected)
  })

  it('what is there goes on at once, what is on its way later', async () => {
    expect(mapMaybePromise(1, (value) => value + 1)).toBe(2)
    const later = mapMaybePromise(Promise.resolve(1), (value) => value + 1)
    expect(isPromiseLike(later)).toBe(true)
    expect(await later).toBe(2)
  })
})

describe('a sequencer in which nothing waits', () => {
  it('passes on at once what is there, falsy or not', () => {
    const { sequencer, delivered, pass } = setupSequencer()
    for (const value of [1, 0, '', false, null, undefined]) pass(value)
    expect(delivered).toEqual([1, 0, '', false, null, undefined])
    expect(sequencer.size()).toBe(0)
    expect(sequencer.pending()).toBeUndefined()
  })

  it('does so without taking a turn: whoever calls it has one', () => {
    const tasks: unknown[] = []
    const { delivered, pass } = setupSequencer((task) => tasks.push(task))
    pass(1)
    expect({ delivered, tasks }).toEqual({ delivered: [1], tasks: [] })
  })
})

describe('a sequencer in which one value is on its way', () => {
  it('holds back what is there already', async () => {
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

  it('takes a thenable that is no Promise', async () => {
    const { delivered, pass } = setupSequencer()
    pass({ then: (resolve: (value: unknown) => void) => resolve('then') })
    pass('after')
    await settle()
    expect(delivered).toEqual(['then', 'after'])
  })

  it('is free again once all has been passed on: the next goes at once', async () => {
    const { delivered, pass } = setupSequencer()
    pass(Promise.resolve(1))
    await settle()
    pass(2)
    expect(delivered).toEqual([1, 2])
  })

  it('tells what waited in tasks', async () => {
    const tasks: (() => void)[] = []
    const { delivered, pass } = setupSequencer((task) => tasks.push(task))
    pass(Promise.resolve(1))
    await settle()
    expect(delivered).toEqual([])
    for (const turn of tasks) turn()
    expect(delivered).toEqual([1])
  })
})

describe('a value that never comes to be', () => {
  it('is delivered in its turn, and those behind it come', async () => {
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

  it('is also what cannot be delivered: that throws, and holds up nobody', async () => {
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

describe('forget', () => {
  it('tells nothing of what waits, and lets the next through at once', async () => {
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

  it('does not mistake what was forgotten for the end of what waits now', async () => {
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

it('whatever comes in whatever order: delivered once each, in the order of coming', async () => {
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
