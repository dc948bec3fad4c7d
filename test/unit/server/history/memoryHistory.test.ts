import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { HistoryLimits, StoredHistory } from '../../../../src/server/history/historyStore.js'
import { createMemoryHistory, type MemoryHistory } from '../../../../src/server/history/memoryHistory.js'

const limits: HistoryLimits = { size: 3, ttl: 60_000 }

const read = (store: MemoryHistory, channel: string, after = 0): StoredHistory =>
  store.read(channel, after, limits) as StoredHistory
const framesOf = ({ entries }: StoredHistory): unknown[] => entries.map(({ offset, frame }) => [offset, frame])

describe('the history in memory', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('keeps the newest publications up to the size', () => {
    const store = createMemoryHistory()
    for (const frame of ['a', 'b', 'c', 'd']) store.publish('c', frame, limits)
    expect(read(store, 'c')).toMatchObject({ top: 4, first: 2 })
    expect(framesOf(read(store, 'c', 2))).toEqual([
      [3, 'c'],
      [4, 'd'],
    ])
    expect([framesOf(read(store, 'c', 4)), framesOf(read(store, 'c', 9))]).toEqual([[], []])
  })

  it('drops publications ttl after the last one, and keeps their epoch ten times as long', async () => {
    const store = createMemoryHistory()
    store.publish('c', 'a', limits)
    const { epoch } = read(store, 'c')
    await jest.advanceTimersByTimeAsync(limits.ttl - 1)
    expect(read(store, 'c')).toMatchObject({ first: 1 })
    await jest.advanceTimersByTimeAsync(1)
    expect(read(store, 'c')).toEqual({ epoch, top: 1, first: 2, entries: [] })
    await jest.advanceTimersByTimeAsync(10 * limits.ttl)
    expect(read(store, 'c')).toMatchObject({ top: 0 })
    expect(read(store, 'c').epoch).not.toBe(epoch)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('gives channels to which nothing was published an epoch without keeping them', () => {
    const store = createMemoryHistory()
    const { epoch } = read(store, 'x')
    expect(read(store, 'y')).toEqual({ epoch, top: 0, first: 1, entries: [] })
    expect(store.publish('x', 'a', limits)).toEqual({ epoch, offset: 1 })
  })

  it('drops the oldest of the channel that was published to the longest ago when there are too many bytes', () => {
    const store = createMemoryHistory(1_000)
    // Two bytes a character, and 100 for each entry.
    for (const channel of ['a', 'b']) for (const text of ['1', '2']) store.publish(channel, text.repeat(75), limits)
    store.publish('a', 'new', limits)
    expect([read(store, 'a').first, read(store, 'b').first]).toEqual([1, 2])
    store.publish('a', new ArrayBuffer(900), limits)
    expect([read(store, 'a'), read(store, 'b')]).toMatchObject([{ top: 4, first: 4 }, { first: 3 }])
    store.publish('a', new ArrayBuffer(1_000), limits)
    expect(read(store, 'a')).toMatchObject({ top: 5, first: 6 })
  })

  it('announces publications, and begins new epochs with a restart', () => {
    const store = createMemoryHistory()
    const calls: unknown[] = []
    const stop = store.listen({
      onPublication: (channel, position, frame) => calls.push([channel, position.offset, frame]),
      onReconnected: () => calls.push('reconnected'),
    })
    store.publish('c', 'a', limits)
    const { epoch } = read(store, 'c')
    store.restart()
    expect(read(store, 'c')).toMatchObject({ top: 0, first: 1 })
    expect(read(store, 'c').epoch).not.toBe(epoch)
    stop()
    store.publish('c', 'b', limits)
    expect(calls).toEqual([['c', 1, 'a'], 'reconnected'])
    store.close()
    expect(jest.getTimerCount()).toBe(0)
  })
})
