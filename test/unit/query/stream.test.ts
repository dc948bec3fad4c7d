import { describe, expect, it } from '@jest/globals'
import { createStream } from '../../../src/query/stream.js'
import { passTime, useFakeTime } from './harness.js'

useFakeTime()

/** A stream that is live, whose cache entry is in the test's hands. */
const openStream = async () => {
  const entry = { status: 'fulfilled', requestId: 'r1' }
  const applied: unknown[] = []
  let finish: (() => void) | undefined
  let refetches = 0
  const stream = createStream({
    entry: () => entry,
    apply: (pushes) => applied.push(...pushes),
    running: () => (finish ? new Promise<void>((resolve) => (finish = resolve)) : undefined),
    refetch: () => refetches++,
    tell: () => {},
    isRecovered: () => false,
    maxBuffered: 10,
  })
  stream.subscribed('s1', true)
  stream.loaded()
  stream.pushed('first')
  await passTime(1)
  return {
    stream,
    entry,
    applied,
    refetches: () => refetches,
    begin: (isKnown = true) => {
      Object.assign(entry, { status: 'pending', requestId: 'r2' })
      if (isKnown) finish = () => {}
    },
    land: async () => {
      entry.status = 'fulfilled'
      finish?.()
      finish = undefined
      await passTime(0)
    },
  }
}

describe('a push that waits for its frame', () => {
  it('is brought in at once when the connection is lost: what comes after may be newer', async () => {
    const { stream, applied } = await openStream()
    stream.pushed('second')
    expect(applied).toEqual(['first'])
    stream.lost()
    expect(applied).toEqual(['first', 'second'])
  })

  it('is not lost when a fetch begins and ends before that', async () => {
    const { stream, applied, begin, land } = await openStream()
    stream.pushed('second')
    begin()
    stream.pushed('third')
    await land()
    expect(applied).toEqual(['first', 'second', 'third'])
    await passTime(20)
    expect(applied).toEqual(['first', 'second', 'third'])
  })

  it('is not brought in any more when the entry is gone', async () => {
    const { stream, entry, applied } = await openStream()
    stream.pushed('second')
    entry.status = 'uninitialized'
    await passTime(20)
    expect(applied).toEqual(['first'])
  })
})

describe('a request whose end nobody tells', () => {
  it('is not waited for longer than until the next push', async () => {
    const { stream, refetches, begin, land } = await openStream()
    begin(false)
    stream.lost()
    stream.subscribed('s2', false)
    expect(refetches()).toBe(0)
    await land()
    stream.pushed('second')
    expect(refetches()).toBe(1)
    await passTime(20)
  })
})
