import { describe, expect, it } from '@jest/globals'
import { createNextState } from '@reduxjs/toolkit'
import { createApply, refetch } from '../../../src/query/apply.js'

interface Book {
  readonly seq: number
  readonly rows: readonly number[]
}

type Push = number | 'reset'

/** An `apply` that changes the draft first, and then notices the gap. `reset` replaces the data. */
const setup = () => {
  let data: Book = { seq: 1, rows: [1] }
  const errors: unknown[] = []
  const calls: Push[] = []
  const apply = createApply<Book, Push>(
    (book, push) => {
      calls.push(push)
      if (push === 'reset') return { seq: 1, rows: [1] }
      book.rows.push(push)
      if (push !== book.seq + 1) return refetch()
      book.seq = push
      return undefined
    },
    (recipe) => (data = createNextState(data, recipe as never)),
    (error) => errors.push(error),
  )
  return { apply, data: () => data, errors, calls }
}

describe('an "apply" that changes the draft and returns refetch()', () => {
  it('reports the gap and changes nothing', () => {
    const { apply, data, errors, calls } = setup()
    const before = data()
    expect(apply([5])).toBe(true)
    expect([data() === before, errors, calls]).toEqual([true, [], [5]])
  })

  it('keeps what the pushes before the gap have changed', () => {
    const { apply, data, errors } = setup()
    expect(apply([2, 3, 5, 6])).toBe(true)
    expect([data(), errors]).toEqual([{ seq: 3, rows: [1, 2, 3] }, []])
    expect(apply([4])).toBe(false)
    expect(data()).toEqual({ seq: 4, rows: [1, 2, 3, 4] })
  })

  it('reports the gap and changes nothing when pushes are put in one by one', () => {
    const { apply, data, errors, calls } = setup()
    expect(apply(['reset'])).toBe(false)
    const before = data()
    expect(apply([5, 6])).toBe(true)
    expect([data() === before, errors, calls]).toEqual([true, [], ['reset', 'reset', 5]])
  })

  it('reports the gap after a push that replaces the data', () => {
    const { apply, data, errors } = setup()
    expect(apply(['reset', 2, 5])).toBe(true)
    expect([data(), errors]).toEqual([{ seq: 2, rows: [1, 2] }, []])
  })
})
