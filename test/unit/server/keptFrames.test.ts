import { describe, expect, it } from '@jest/globals'
import { createKeptBytes, createKeptFrames } from '../../../src/server/session/keptFrames.js'

describe('createKeptFrames', () => {
  it('finds frames by their numbers, and forgets those that are acknowledged', () => {
    const frames = createKeptFrames<string>(5, createKeptBytes())
    for (const frame of ['six', 'seven', 'eight']) frames.push(frame, { bytes: frame.length, shared: undefined })
    frames.dropUpTo(6)
    expect([6, 7, 8, 9].map((number) => frames.get(number))).toEqual([undefined, 'seven', 'eight', undefined])
    expect([frames.count(), frames.bytes()]).toEqual([2, 10])
    frames.dropUpTo(8)
    frames.push('nine', { bytes: 4, shared: undefined })
    expect([frames.get(9), frames.count(), frames.bytes()]).toEqual(['nine', 1, 4])
  })

  it('keeps its numbers over thousands of acknowledgements', () => {
    const kept = createKeptBytes()
    const frames = createKeptFrames<number>(0, kept)
    for (let number = 1; number <= 5000; number++) {
      frames.push(number, { bytes: 1, shared: undefined })
      if (number > 10) frames.dropUpTo(number - 10)
      expect(frames.get(number)).toBe(number)
    }
    expect(frames.count()).toBe(10)
    frames.dropUpTo(5000)
    expect(kept.total()).toBe(0)
  })
})

describe('createKeptBytes', () => {
  it('counts what several sessions share once, until the last of them has forgotten it', () => {
    const kept = createKeptBytes()
    const shared = Buffer.alloc(1000)
    const lists = Array.from({ length: 3 }, () => createKeptFrames<Buffer>(0, kept))
    for (const list of lists) list.push(shared, { bytes: 1000, shared })
    expect(kept.total()).toBe(1000 + 3 * 64)
    lists[0]!.dropUpTo(1)
    lists[1]!.dropUpTo(1)
    expect(kept.total()).toBe(1000 + 64)
    lists[2]!.dropUpTo(1)
    expect(kept.total()).toBe(0)
  })
})
