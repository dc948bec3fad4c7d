import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { createBinaryTable } from '../../../src/features/binaryTable.js'
import type { BinaryOptions } from '../../../src/middleware/options.js'

const bytes = (length: number, fill = 1): Uint8Array => new Uint8Array(length).fill(fill)

const setupTable = (options: BinaryOptions = {}) => {
  const evicted: string[][] = []
  const table = createBinaryTable(options, (ids) => evicted.push([...ids]))
  return { table, evicted, ids: (count: number) => Array.from({ length: count }, () => table.keep(bytes(1)).id) }
}

describe('bytes in the table', () => {
  it('are read unchanged, as often as asked', () => {
    const { table } = setupTable()
    const kept = bytes(3)
    const handle = table.keep(kept)
    expect(handle).toEqual({ id: expect.any(String), byteLength: 3, type: '' })
    expect([table.read(handle.id), table.read(handle.id)]).toEqual([kept, kept])
    expect(table.read(handle.id)).toBe(kept)
  })

  it('have an id of their own in every table', () => {
    const [one, other] = [setupTable(), setupTable()]
    const ids = [...one.ids(3), ...other.ids(3)]
    expect(new Set(ids).size).toBe(6)
    expect(other.table.read(ids[0]!)).toBeUndefined()
  })

  it('keep the type of a Blob', () => {
    const { table } = setupTable()
    expect(table.keep(new Blob(['abc'], { type: 'image/png' }))).toMatchObject({ byteLength: 3, type: 'image/png' })
  })

  it('are gone once they are released; releasing them again, or unknown ones, does nothing', () => {
    const { table, evicted } = setupTable()
    const { id } = table.keep(bytes(1))
    for (const gone of [id, id, 'never']) table.release(gone)
    expect(table.read(id)).toBeUndefined()
    expect(evicted).toEqual([])
  })

  const frame = new Uint8Array(1024 * 1024).fill(7).buffer

  it.each<[kind: string, part: Uint8Array | Float64Array]>([
    ['Uint8Array', new Uint8Array(frame, 1000, 10)],
    ['Float64Array', new Float64Array(frame, 800, 2)],
    ['Buffer', Buffer.from(frame, 1000, 10)],
  ])('that are a small part of a large frame do not keep the frame in memory: a %s', (_kind, part) => {
    const { table } = setupTable()
    const { id, byteLength } = table.keep(part)
    const read = table.read(id) as typeof part
    expect(read).toEqual(part)
    expect(read.constructor).toBe(part.constructor)
    expect(byteLength).toBe(part.byteLength)
    expect(read.buffer.byteLength).toBeLessThan(10_000)
  })

  it('that are most of a frame are not copied', () => {
    const { table } = setupTable()
    const part = new Uint8Array(frame, 10)
    expect(table.read(table.keep(part).id)).toBe(part)
  })
})

describe('the bounds of the table', () => {
  it('by count evict the oldest', () => {
    const { table, evicted, ids } = setupTable({ maxCount: 2 })
    const [first, second, third] = ids(3)
    expect(evicted).toEqual([[first]])
    expect([first, second, third].map((id) => table.read(id!) !== undefined)).toEqual([false, true, true])
  })

  it('by bytes evict as many of the oldest as necessary', () => {
    const { table, evicted } = setupTable({ maxBytes: 10 })
    const [a, b, c] = [4, 4, 2].map((length) => table.keep(bytes(length)).id)
    expect(evicted).toEqual([])
    table.keep(bytes(5))
    expect(evicted).toEqual([[a, b]])
    expect(table.read(c!)).toBeDefined()
  })

  it('do not count released bytes', () => {
    const { table, evicted } = setupTable({ maxBytes: 10, maxCount: 2 })
    table.release(table.keep(bytes(10)).id)
    table.keep(bytes(5))
    table.keep(bytes(5))
    expect(evicted).toEqual([])
  })

  it.each<[what: string, options: BinaryOptions]>([
    ['more bytes than allowed', { maxBytes: 2 }],
    ['a table for nothing', { maxBytes: 0, maxCount: 0 }],
  ])('always keep the newest bytes: %s', (_what, options) => {
    const { table, evicted } = setupTable(options)
    const first = table.keep(bytes(3))
    expect(table.read(first.id)).toBeDefined()
    const second = table.keep(bytes(3))
    expect(evicted).toEqual([[first.id]])
    expect(table.read(second.id)).toBeDefined()
  })

  it('default to 1000 pieces and 64 MiB', () => {
    const many = setupTable()
    many.ids(1_000)
    expect(many.evicted).toEqual([])
    many.ids(1)
    expect(many.evicted).toHaveLength(1)
    const large = setupTable()
    large.table.keep(bytes(64 * 1024 * 1024))
    expect(large.evicted).toEqual([])
    large.table.keep(bytes(1))
    expect(large.evicted).toHaveLength(1)
  })
})

describe('an object URL', () => {
  const live = new Map<string, Blob>()
  let count = 0

  beforeEach(() => {
    live.clear()
    jest.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
      const url = `blob:${String(++count)}`
      live.set(url, blob as Blob)
      return url
    })
    jest.spyOn(URL, 'revokeObjectURL').mockImplementation((url) => void live.delete(url))
  })

  it('is that of the bytes, and the same one each time', async () => {
    const { table } = setupTable()
    const { id } = table.keep(bytes(8, 2).subarray(2, 4))
    const url = table.url(id, 'image/png')
    expect(table.url(id, 'image/png')).toBe(url)
    expect(table.url(id)).not.toBe(url)
    const blob = live.get(url!)!
    expect(blob.type).toBe('image/png')
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(bytes(2, 2))
  })

  it.each<[what: string, requested: string | undefined, type: string]>([
    ['its own type', undefined, 'image/png'],
    ['the type that is asked for', 'image/svg+xml', 'image/svg+xml'],
  ])('of a Blob has %s', (_what, requested, type) => {
    const { table } = setupTable()
    const { id } = table.keep(new Blob(['abc'], { type: 'image/png' }))
    expect(live.get(table.url(id, requested)!)?.type).toBe(type)
  })

  it('is revoked when the bytes are released', () => {
    const { table } = setupTable()
    const { id } = table.keep(bytes(1))
    table.url(id)
    expect(live.size).toBe(1)
    table.release(id)
    expect(live.size).toBe(0)
    expect(table.url(id)).toBeUndefined()
  })

  it('is revoked when the bytes are evicted', () => {
    const { table } = setupTable({ maxCount: 1 })
    table.url(table.keep(bytes(1)).id)
    table.keep(bytes(1))
    expect(live.size).toBe(0)
  })

  it('is revoked when the table is cleared', () => {
    const { table, ids } = setupTable()
    for (const id of ids(3)) table.url(id)
    expect(live.size).toBe(3)
    table.clear()
    expect(live.size).toBe(0)
  })

  it('is not created for bytes that are not shown', () => {
    const before = count
    const { table, ids } = setupTable()
    ids(3)
    table.clear()
    expect(count).toBe(before)
  })
})

describe('a runtime without object URLs', () => {
  const urls = { ...Object.getOwnPropertyDescriptors(URL) }
  beforeEach(() => {
    Object.assign(URL, { createObjectURL: undefined, revokeObjectURL: undefined })
  })
  afterEach(() => {
    Object.defineProperties(URL, { createObjectURL: urls.createObjectURL, revokeObjectURL: urls.revokeObjectURL })
  })

  it('returns none, and releases the bytes all the same', () => {
    const { table } = setupTable()
    const { id } = table.keep(bytes(1))
    expect(table.url(id)).toBeUndefined()
    table.release(id)
    expect(table.read(id)).toBeUndefined()
  })
})

it('the object URLs of Node are created and revoked', async () => {
  const { table } = setupTable()
  const { id } = table.keep(bytes(3))
  const url = table.url(id)!
  expect(await (await fetch(url)).arrayBuffer()).toEqual(bytes(3).buffer)
  table.release(id)
  await expect(fetch(url)).rejects.toThrow('fetch failed')
})
