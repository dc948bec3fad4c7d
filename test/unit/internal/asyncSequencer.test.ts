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

/** Enough for a lane of any length that is used here. */
const settle = async (): Promise<void> => await new Promise(setImmediate)

const createWorld = (inTurn = (task: () => void) => task()) => {
  const told: unknown[] = []
  const lane = createAsyncSequencer(inTurn)
  const pass = (value: unknown): void =>
    lane.push(
      value,
      (there) => told.push(there),
      (error) => told.push(['failed', error]),
    )
  return { lane, told, pass }
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

describe('a lane in which nothing waits', () => {
  it('passes on at once what is there, falsy or not', () => {
    const { lane, told, pass } = createWorld()
    for (const value of [1, 0, '', false, null, undefined]) pass(value)
    expect(told).toEqual([1, 0, '', false, null, undefined])
    expect(lane.size()).toBe(0)
    expect(lane.pending()).toBeUndefined()
  })

  it('does so without taking a turn: whoever calls it has one', () => {
    const turns: unknown[] = []
    const { told, pass } = createWorld((task) => turns.push(task))
    pass(1)
    expect({ told, turns }).toEqual({ told: [1], turns: [] })
  })
})

describe('a lane in which one value is on its way', () => {
  it('holds back what is there already', async () => {
    const { lane, told, pass } = createWorld()
    const first = defer()
    pass(first.promise)
    pass(2)
    pass(3)
    await settle()
    expect(told).toEqual([])
    expect(lane.size()).toBe(3)
    first.resolve(1)
    await settle()
    expect(told).toEqual([1, 2, 3])
    expect(lane.size()).toBe(0)
  })

  it('keeps the order of those that settle in another one', async () => {
    const { told, pass } = createWorld()
    const values = [defer(), defer(), defer()]
    for (const { promise } of values) pass(promise)
    for (const [index, { resolve }] of [...values.entries()].toReversed()) resolve(index)
    await settle()
    expect(told).toEqual([0, 1, 2])
  })

  it('takes a thenable that is no Promise', async () => {
    const { told, pass } = createWorld()
    pass({ then: (resolve: (value: unknown) => void) => resolve('then') })
    pass('after')
    await settle()
    expect(told).toEqual(['then', 'after'])
  })

  it('is free again once all has been passed on: the next goes at once', async () => {
    const { told, pass } = createWorld()
    pass(Promise.resolve(1))
    await settle()
    pass(2)
    expect(told).toEqual([1, 2])
  })

  it('tells what waited in turns', async () => {
    const turns: (() => void)[] = []
    const { told, pass } = createWorld((task) => turns.push(task))
    pass(Promise.resolve(1))
    await settle()
    expect(told).toEqual([])
    for (const turn of turns) turn()
    expect(told).toEqual([1])
  })
})

describe('a value that never comes to be', () => {
  it('is told in its turn, and those behind it come', async () => {
    const { told, pass } = createWorld()
    const first = defer()
    pass(first.promise)
    pass(Promise.reject(new Error('bad')))
    pass(3)
    await settle()
    expect(told).toEqual([])
    first.resolve(1)
    await settle()
    expect(told).toEqual([1, ['failed', new Error('bad')], 3])
  })

  it('is also what cannot be told: that throws, and holds up nobody', async () => {
    const { lane, told, pass } = createWorld()
    lane.push(
      Promise.resolve('a'),
      () => {
        throw new Error('a slip')
      },
      (error) => told.push(['failed', error]),
    )
    pass('b')
    await settle()
    expect(told).toEqual([['failed', new Error('a slip')], 'b'])
    expect(lane.pending()).toBeUndefined()
  })
})

describe('pending', () => {
  it('settles when all that waits now has been told', async () => {
    const { lane, told, pass } = createWorld()
    const [first, later] = [defer(), defer()]
    pass(first.promise)
    pass(2)
    let seen: unknown[] | undefined
    void lane.pending()!.then(() => (seen = [...told]))
    pass(later.promise)
    first.resolve(1)
    await settle()
    expect(seen).toEqual([1, 2])
  })
})

describe('forget', () => {
  it('tells nothing of what waits, and lets the next through at once', async () => {
    const { lane, told, pass } = createWorld()
    const first = defer()
    pass(first.promise)
    pass('old')
    lane.cancelPending()
    expect({ waiting: lane.size(), pending: lane.pending() }).toEqual({ waiting: 0, pending: undefined })
    pass('new')
    first.resolve('late')
    await settle()
    expect(told).toEqual(['new'])
    expect(lane.size()).toBe(0)
  })

  it('does not mistake what was forgotten for the end of what waits now', async () => {
    const { lane, told, pass } = createWorld()
    const [old, current] = [defer(), defer()]
    pass(old.promise)
    lane.cancelPending()
    pass(current.promise)
    old.resolve('old')
    await settle()
    pass('behind')
    expect({ told, waiting: lane.size() }).toEqual({ told: [], waiting: 2 })
    current.resolve('current')
    await settle()
    expect(told).toEqual(['current', 'behind'])
  })
})

it('whatever comes in whatever order: told once each, in the order of coming', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('pass' as const), kind: fc.constantFrom('there', 'later', 'rejects') }),
    fc.record({ do: fc.constant('settle' as const), which: fc.nat(20) }),
    fc.record({ do: fc.constant('breathe' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { lane, told, pass } = createWorld()
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
      expect(told).toEqual(expected)
      expect(lane.size()).toBe(0)
    }),
    { numRuns: 200 },
  )
})
