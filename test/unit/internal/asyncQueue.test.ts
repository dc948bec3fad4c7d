import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createAsyncQueue, type AsyncQueue } from '../../../src/internal/asyncQueue.js'
import { failOnUnhandledErrors } from '../../support/unhandled.js'

const settle = async (): Promise<void> => await new Promise(setImmediate)

failOnUnhandledErrors()

const overflow = new Error('too much')
const done = { done: true, value: undefined }
const value = (read: unknown): object => ({ done: false, value: read })

const setupQueue = (maxBuffered = 10): AsyncQueue<unknown> & { ends: () => number } => {
  let ends = 0
  return {
    ...createAsyncQueue<unknown>({ maxItems: maxBuffered, onOverflow: () => overflow, onEnd: () => void ends++ }),
    ends: () => ends,
  }
}

/** Reads to the end; an error that was thrown is last. */
const readAll = async ({ iterator }: AsyncQueue<unknown>): Promise<unknown[]> => {
  const read: unknown[] = []
  try {
    for await (const message of iterator) read.push(message)
  } catch (error) {
    read.push(['thrown', error])
  }
  return read
}

describe('a reader', () => {
  it('reads in order what was pushed before it asked, and what comes after', async () => {
    const { iterator, push } = setupQueue()
    push(1)
    push(undefined)
    expect(await iterator.next()).toEqual(value(1))
    expect(await iterator.next()).toEqual(value(undefined))
    const next = iterator.next()
    push(3)
    expect(await next).toEqual(value(3))
  })

  it('may ask several times at once, and gets the values in the order of asking', async () => {
    const { iterator, push } = setupQueue()
    push(1)
    const asked = [iterator.next(), iterator.next(), iterator.next()]
    push(2)
    push(3)
    expect(await Promise.all(asked)).toEqual([value(1), value(2), value(3)])
  })

  it('continues where it was when it iterates again', async () => {
    const { iterator, push } = setupQueue()
    push(1)
    push(2)
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator)
    expect(await iterator[Symbol.asyncIterator]().next()).toEqual(value(1))
    expect(await iterator.next()).toEqual(value(2))
  })
})

describe('the end', () => {
  it('comes after what was pushed, and stays', async () => {
    const queue = setupQueue()
    queue.push(1)
    queue.end()
    queue.push('after the end')
    expect(await readAll(queue)).toEqual([1])
    expect(await queue.iterator.next()).toEqual(done)
    expect(queue.ends()).toBe(1)
  })

  it('is given to all who wait', async () => {
    const { iterator, end } = setupQueue()
    const asked = [iterator.next(), iterator.next()]
    end()
    expect(await Promise.all(asked)).toEqual([done, done])
  })

  it('throws an error once, after what was pushed', async () => {
    const queue = setupQueue()
    queue.push(1)
    queue.end(new Error('lost'))
    expect(await readAll(queue)).toEqual([1, ['thrown', new Error('lost')]])
    expect(await queue.iterator.next()).toEqual(done)
  })

  it('throws an error at the first who waits, and just ends for the others', async () => {
    const { iterator, end } = setupQueue()
    const asked = Promise.allSettled([iterator.next(), iterator.next()])
    end(new Error('lost'))
    expect(await asked).toEqual([
      { status: 'rejected', reason: new Error('lost') },
      { status: 'fulfilled', value: done },
    ])
  })

  it('ignores a second end', async () => {
    const queue = setupQueue()
    queue.end(new Error('first'))
    queue.end(new Error('second'))
    queue.end()
    expect(await readAll(queue)).toEqual([['thrown', new Error('first')]])
    expect(queue.ends()).toBe(1)
  })

  it('with an error that nobody reads is no unhandled rejection', () => {
    const { end, hasEnded } = setupQueue()
    end(new Error('lost'))
    expect(hasEnded()).toBe(true)
  })
})

describe('break', () => {
  it('ends the queue, once, and drops what was not read', async () => {
    const queue = setupQueue()
    queue.push(1)
    queue.push(2)
    for await (const message of queue.iterator) {
      expect(message).toBe(1)
      break
    }
    expect(await queue.iterator.next()).toEqual(done)
    expect({ hasEnded: queue.hasEnded(), ends: queue.ends() }).toEqual({ hasEnded: true, ends: 1 })
  })

  it('ends the wait of others', async () => {
    const { iterator } = setupQueue()
    const next = iterator.next()
    expect(await iterator.return!()).toEqual(done)
    expect(await next).toEqual(done)
  })

  it('after an error that nobody has read drops it', async () => {
    const { iterator, end } = setupQueue()
    end(new Error('lost'))
    await iterator.return!()
    expect(await iterator.next()).toEqual(done)
  })

  it('may be called twice', async () => {
    const { iterator, ends } = setupQueue()
    await iterator.return!()
    await iterator.return!()
    expect(ends()).toBe(1)
  })
})

describe('a slow reader', () => {
  it('gets the overflow after what was buffered', async () => {
    const queue = setupQueue(2)
    for (const message of [1, 2, 3, 4]) queue.push(message)
    expect(queue.ends()).toBe(1)
    expect(await readAll(queue)).toEqual([1, 2, ['thrown', overflow]])
  })

  it('may leave as many values as allowed', async () => {
    const queue = setupQueue(2)
    queue.push(1)
    queue.push(2)
    queue.end()
    expect(await readAll(queue)).toEqual([1, 2])
  })

  it('with a bound of 0 must wait when a value comes', async () => {
    const { iterator, push } = setupQueue(0)
    const next = iterator.next()
    push(1)
    expect(await next).toEqual(value(1))
    push(2)
    await expect(iterator.next()).rejects.toBe(overflow)
  })

  it('without a bound may be as slow as it likes', async () => {
    const queue = setupQueue(Infinity)
    const all = Array.from({ length: 5_000 }, (_, index) => index)
    for (const message of all) queue.push(message)
    queue.end()
    expect(await readAll(queue)).toEqual(all)
  })
})

type Step = 'push' | 'read' | 'end' | 'fail' | 'return' | 'breathe'

it('an async queue keeps the order, and loses and doubles nothing, whatever is pushed, read and ended', async () => {
  const steps = fc.array(
    fc.constantFrom<Step>('push', 'push', 'push', 'read', 'read', 'read', 'end', 'fail', 'return', 'breathe'),
    { maxLength: 40 },
  )
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(4), async (commands, maxBuffered) => {
      const queue = setupQueue(maxBuffered)
      const answers: Promise<string>[] = []
      const expected: string[] = []
      // The model: a list of what waits, and how many wait for a value.
      let pushed = 0
      const waits: string[] = []
      const asked: number[] = []
      let ended: { error: boolean } | undefined
      const finish = (error: boolean): void => {
        if (ended) return
        ended = { error }
        for (const index of asked.splice(0)) {
          expected[index] = ended.error ? 'thrown' : 'done'
          ended.error = false
        }
      }
      const model = {
        push: () => {
          queue.push(pushed)
          if (!ended) {
            const reader = asked.shift()
            if (reader !== undefined) expected[reader] = String(pushed)
            else if (waits.length < maxBuffered) waits.push(String(pushed))
            else finish(true)
          }
          pushed++
        },
        read: () => {
          const index = answers.length
          answers.push(
            queue.iterator.next().then(
              (result) => (result.done ? 'done' : String(result.value)),
              () => 'thrown',
            ),
          )
          expected.push('pending')
          const next = waits.shift()
          if (next !== undefined) expected[index] = next
          else if (!ended) asked.push(index)
          else {
            expected[index] = ended.error ? 'thrown' : 'done'
            ended.error = false
          }
        },
        end: () => {
          queue.end()
          finish(false)
        },
        fail: () => {
          queue.end(new Error('lost'))
          finish(true)
        },
        return: () => {
          void queue.iterator.return!()
          waits.length = 0
          finish(false)
          ended = { error: false }
        },
        breathe: settle,
      }
      // oxlint-disable-next-line no-await-in-loop
      for (const command of commands) await model[command]()
      model.end()
      expect(await Promise.all(answers)).toEqual(expected)
      expect(queue.ends()).toBe(1)
    }),
    { numRuns: 300 },
  )
})
