import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { json } from '../../../src/codec/json.js'
import type { Bus, BusStatus } from '../../../src/server/cluster/bus.js'
import { createCluster } from '../../../src/server/cluster/cluster.js'
import { frameIn, frameToMembers } from '../../../src/server/cluster/busFrame.js'
import { readEnvelope } from '../../../src/server/cluster/envelope.js'
import { createPresence } from '../../../src/server/cluster/presence.js'

beforeEach(() => void jest.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void jest.useRealTimers())

describe('readEnvelope', () => {
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
  ])('throws for a malformed message: %s', (message) => {
    expect(() => readEnvelope(message)).toThrow(/expected|malformed|JSON/)
  })

  it('ignores unknown members', () => {
    const message = '{"node":"x","count":1,"hello":true,"later":1,"__proto__":{"text":"evil"}}'
    const envelope = readEnvelope(message)
    expect(envelope).toEqual({ node: 'x', count: 1, hello: true })
    expect(envelope.text).toBeUndefined()
  })

  it('reads the frame that was sent: a text, or bytes of any kind', () => {
    const bytes = Uint8Array.from([0, 255, 7])
    expect(frameIn(frameToMembers('é'))).toBe('é')
    for (const frame of [bytes, bytes.buffer, new DataView(bytes.buffer)]) {
      expect(new Uint8Array(frameIn(frameToMembers(frame)) as ArrayBuffer)).toEqual(bytes)
    }
    expect(() => frameToMembers(new Blob(['x']))).toThrow('Blob')
  })
})

describe('createPresence', () => {
  const create = (onChange: (count: number) => void = () => {}) =>
    createPresence({ own: () => 0, nodeTimeout: 1_000, onChange })

  it('forgets a node that is silent for nodeTimeout, and reports each change of the count', () => {
    const reported: number[] = []
    const presence = create((count) => reported.push(count))
    presence.setNode('a', 1)
    jest.advanceTimersByTime(500)
    presence.setNode('b', 2)
    presence.setNode('b', 2)
    jest.advanceTimersByTime(499)
    expect(presence.count()).toBe(3)
    jest.advanceTimersByTime(1)
    expect(presence.count()).toBe(2)
    jest.advanceTimersByTime(500)
    presence.setNode('c', 5)
    presence.setNode('c', 0)
    expect(reported).toEqual([1, 3, 2, 0, 5, 0])
    jest.advanceTimersByTime(1_000)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('adds the connections of this node, and reports only a count that has changed', () => {
    const reported: number[] = []
    let own = 0
    const presence = createPresence({ own: () => own, nodeTimeout: 1_000, onChange: (count) => reported.push(count) })
    own = 2
    presence.reportChange()
    presence.reportChange()
    presence.setNode('a', 3)
    own = 1
    presence.setNode('a', 4)
    presence.stop()
    expect(reported).toEqual([2, 5])
    expect(presence.count()).toBe(1)
  })

  it('forgets a silent node although the clock was set back', () => {
    const presence = create()
    presence.setNode('a', 1)
    jest.setSystemTime(0)
    jest.advanceTimersByTime(1_000)
    expect(presence.count()).toBe(0)
  })

  it('throws when there are more than 10000 nodes', () => {
    const presence = create()
    for (let number = 0; number < 10_000; number++) presence.setNode(String(number), 1)
    expect(() => presence.setNode('one more', 1)).toThrow(RangeError)
    presence.setNode('7', 3)
    expect(presence.count()).toBe(10_002)
    presence.stop()
  })
})

describe('createCluster', () => {
  it('reports the count when the bus is connected and after a third of nodeTimeout, but not while it is disconnected', async () => {
    const published: string[] = []
    let setStatus: (status: BusStatus) => void = () => {}
    const bus: Bus = {
      publish: (_topic, message) => {
        const { count, hello } = JSON.parse(message) as { count?: number; hello?: true }
        published.push(`${count}${hello ? ' hello' : ''}`)
      },
      subscribe: () => () => {},
      onStatus: (listener) => {
        setStatus = listener
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
      presence: { setNode: () => {}, stop: () => {} },
      onValue: () => {},
      onStatus: () => {},
      onReconnected: () => {},
      report: () => {},
    })
    cluster.announceSoon()
    await jest.advanceTimersByTimeAsync(10_000)
    expect(published).toEqual([])
    setStatus({ isConnected: true })
    expect(published).toEqual(['5 hello'])
    await jest.advanceTimersByTimeAsync(1_000)
    expect(published).toEqual(['5 hello', '5'])
    setStatus({ isConnected: false })
    await jest.advanceTimersByTimeAsync(10_000)
    expect(published).toHaveLength(2)
    setStatus({ isConnected: true })
    await cluster.close()
    expect(published).toEqual(['5 hello', '5', '5 hello', '0'])
    expect(jest.getTimerCount()).toBe(0)
  })
})
