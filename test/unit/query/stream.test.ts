import { describe, expect, it } from '@jest/globals'
import { createStream } from '../../../src/query/stream.js'
import { advanceTime, useFakeTime } from './harness.js'

useFakeTime()

/** A stream that is live. The test changes its cache entry. */
const openStream = async () => {
  const entry = { status: 'fulfilled', requestId: 'r1' }
  const applied: unknown[] = []
  let refetches = 0
  const stream = createStream<string>({
    entry: () => entry,
    apply: (pushes) => {
      applied.push(...pushes)
      if (pushes.includes('nested')) push('from apply')
    },
    rejoin: () => {},
    refetch: () => refetches++,
    report: () => {},
    maxBuffered: 10,
  })
  const push = (value: string) => stream.send({ type: 'pushed', push: value })
  stream.send({ type: 'subscribed', recovered: true })
  stream.send({ type: 'loaded' })
  push('first')
  await advanceTime(1)
  return {
    ...stream,
    push,
    entry,
    applied,
    refetches: () => refetches,
    startFetch: () => Object.assign(entry, { status: 'pending', requestId: 'r2' }),
    endFetch: () => {
      entry.status = 'fulfilled'
      stream.send({ type: 'settled', requestId: 'r2' })
    },
  }
}

describe('a push that waits for the next frame', () => {
  it('is applied at once when the connection is lost, because later data may be newer', async () => {
    const { applied, push, send } = await openStream()
    push('second')
    expect(applied).toEqual(['first'])
    send({ type: 'lost' })
    expect(applied).toEqual(['first', 'second'])
  })

  it('is applied once when a fetch starts and ends before that frame', async () => {
    const { applied, endFetch, push, startFetch } = await openStream()
    push('second')
    startFetch()
    push('third')
    endFetch()
    expect(applied).toEqual(['first', 'second', 'third'])
    await advanceTime(20)
    expect(applied).toEqual(['first', 'second', 'third'])
  })

  it('is not applied when the entry has no data any more', async () => {
    const { applied, entry, push } = await openStream()
    push('second')
    entry.status = 'uninitialized'
    await advanceTime(20)
    expect(applied).toEqual(['first'])
  })

  it('is not applied when the entry was removed', async () => {
    const { applied, push, send } = await openStream()
    push('second')
    send({ type: 'removed' })
    await advanceTime(20)
    expect(applied).toEqual(['first'])
  })

  it('is applied after the pushes before it when "apply" causes it', async () => {
    const { applied, push } = await openStream()
    push('nested')
    push('last')
    await advanceTime(40)
    expect(applied).toEqual(['first', 'nested', 'last', 'from apply'])
  })
})

describe('a fetch after missed pushes', () => {
  it('starts when the request under way has ended, also when that is not reported', async () => {
    const { entry, push, refetches, send, startFetch } = await openStream()
    startFetch()
    send({ type: 'lost' })
    send({ type: 'subscribed', recovered: false })
    expect(refetches()).toBe(0)
    entry.status = 'fulfilled'
    push('second')
    expect(refetches()).toBe(1)
    await advanceTime(20)
  })
})
