import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { json } from '../../../src/codec/json.js'
import type { Bus, BusStatus } from '../../../src/server/cluster/bus.js'
import { createCluster } from '../../../src/server/cluster/cluster.js'
import { bodyOf, frameOf, readEnvelope } from '../../../src/server/cluster/envelope.js'
import { createPresence } from '../../../src/server/cluster/presence.js'

beforeEach(() => void jest.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void jest.useRealTimers())

describe('what comes over the bus', () => {
  it.each([
    '',
    'null',
    '7',
    '[]',
    '{}',
    '{"node":7}',
    '{"node":""}',
    `{"node":"${'x'.repeat(65)}"}`,
    '{"node":"x","text":7}',
    '{"node":"x","channel":null}',
    '{"node":"x","base64":"<>"}',
    '{"node":"x","text":"1","base64":"MQ=="}',
    '{"node":"x","count":-1}',
    '{"node":"x","count":1.5}',
    '{"node":"x","count":1e99}',
    '{"node":"x","hello":"yes"}',
  ])('is refused where it is malformed: %s', (message) => {
    expect(() => readEnvelope(message)).toThrow(/expected|malformed|JSON/)
  })

  it('is read without what it has too much', () => {
    const message = '{"node":"x","count":1,"hello":true,"later":1,"__proto__":{"text":"evil"}}'
    const envelope = readEnvelope(message)
    expect(envelope).toEqual({ node: 'x', count: 1, hello: true })
    expect(envelope.text).toBeUndefined()
  })

  it('is what was sent: texts, and bytes of any kind', () => {
    const bytes = Uint8Array.from([0, 255, 7])
    expect(frameOf({ node: 'x', ...bodyOf('é') })).toBe('é')
    for (const frame of [bytes, bytes.buffer, new DataView(bytes.buffer)]) {
      expect(new Uint8Array(frameOf({ node: 'x', ...bodyOf(frame) }) as ArrayBuffer)).toEqual(bytes)
    }
    expect(() => bodyOf(new Blob(['x']))).toThrow('Blob')
  })
})

describe('the counts of the other nodes', () => {
  it('are forgotten when a node is silent, each in its time, and told whenever their sum changes', () => {
    const told: number[] = []
    const presence = createPresence(1_000, () => told.push(presence.total()))
    presence.heard('a', 1)
    jest.advanceTimersByTime(500)
    presence.heard('b', 2)
    presence.heard('b', 2)
    jest.advanceTimersByTime(499)
    expect(presence.total()).toBe(3)
    jest.advanceTimersByTime(1)
    expect(presence.total()).toBe(2)
    jest.advanceTimersByTime(500)
    presence.heard('c', 5)
    presence.heard('c', 0)
    expect(told).toEqual([1, 3, 2, 0, 5, 0])
    jest.advanceTimersByTime(1_000)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('do not stay for ever when the clock is set back', () => {
    const presence = createPresence(1_000, () => {})
    presence.heard('a', 1)
    jest.setSystemTime(0)
    jest.advanceTimersByTime(1_000)
    expect(presence.total()).toBe(0)
  })

  it('cannot be made up without end', () => {
    const presence = createPresence(1_000, () => {})
    for (let number = 0; number < 10_000; number++) presence.heard(String(number), 1)
    expect(() => presence.heard('one more', 1)).toThrow(RangeError)
    presence.heard('7', 3)
    expect(presence.total()).toBe(10_002)
    presence.stop()
  })
})

describe('a node whose bus comes and goes', () => {
  it('says its count when it is connected, a third of its timeout later, and not while it is away', async () => {
    const posted: string[] = []
    let tell: (status: BusStatus) => void = () => {}
    const bus: Bus = {
      publish: (_topic, message) => {
        const { count, hello } = JSON.parse(message) as { count?: number; hello?: true }
        posted.push(`${count}${hello ? ' hello' : ''}`)
      },
      subscribe: () => () => {},
      onStatus: (listener) => {
        tell = listener
        listener({ isConnected: false })
        return () => {}
      },
      close: () => {},
    }
    const cluster = createCluster({
      bus,
      codec: json(),
      nodeTimeout: 3_000,
      size: () => 5,
      deliver: () => {},
      othersChanged: () => {},
      onStatus: () => {},
      report: () => {},
    })
    cluster.changed()
    await jest.advanceTimersByTimeAsync(10_000)
    expect(posted).toEqual([])
    tell({ isConnected: true })
    expect(posted).toEqual(['5 hello'])
    await jest.advanceTimersByTimeAsync(1_000)
    expect(posted).toEqual(['5 hello', '5'])
    tell({ isConnected: false })
    await jest.advanceTimersByTimeAsync(10_000)
    expect(posted).toHaveLength(2)
    tell({ isConnected: true })
    await cluster.close()
    expect(posted).toEqual(['5 hello', '5', '5 hello', '0'])
    expect(jest.getTimerCount()).toBe(0)
  })
})
