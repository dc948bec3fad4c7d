import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { memoryBus, type Bus, type BusStatus } from '../../../src/server/cluster/bus.js'
import { createMemberBus } from '../../../src/server/cluster/memberBus.js'
import { readMemberMessage } from '../../../src/server/cluster/memberMessages.js'
import { createMemberTable } from '../../../src/server/cluster/memberTable.js'
import type { ServerProblem } from '../../../src/server/types.js'

beforeEach(() => void jest.useFakeTimers({ now: 1_000_000 }))
afterEach(() => void jest.useRealTimers())

const TOPIC = 'reduplex.members'
const nodeTimeout = 3_000

const startNode = async (bus: Bus, id: string) => {
  const changes: string[] = []
  const problems: ServerProblem[] = []
  const table = createMemberTable(({ kind, channel, member }) => changes.push(`${kind} ${channel} ${member.id}`))
  const config = { bus, table, nodeTimeout, report: (problem: ServerProblem) => void problems.push(problem) }
  const exchange = createMemberBus(config, id)
  await jest.advanceTimersByTimeAsync(500)
  return {
    ...exchange,
    changes,
    problems,
    join: (channel: string, member: string) => exchange.join(channel, { id: member }),
    leave: (channel: string, member: string) => exchange.leave(channel, { id: member }),
    list: (channel: string) => table.list(channel).map((member) => member.id),
  }
}

/** A bus that can lose what is published, and report a status. */
const createLossyBus = () => {
  const bus = memoryBus()
  const published: Record<string, unknown>[] = []
  const listeners = new Set<(status: BusStatus) => void>()
  const state = { isLosing: false }
  const lossy: Bus = {
    ...bus,
    publish: (topic, message) => {
      published.push(JSON.parse(message) as Record<string, unknown>)
      if (!state.isLosing) bus.publish(topic, message)
    },
    onStatus: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const setConnected = (isConnected: boolean): void => {
    for (const listener of listeners) listener({ isConnected })
  }
  return { bus: lossy, published, state, setConnected }
}

describe('createMemberBus', () => {
  it('sends the changes of 20 ms in one message, in order', async () => {
    const { bus, published } = createLossyBus()
    const left = await startNode(bus, 'left')
    const right = await startNode(bus, 'right')
    published.length = 0
    left.join('a', 'ada')
    left.leave('a', 'ada')
    left.join('b', 'ada')
    expect(left.list('b')).toEqual(['ada'])
    expect(right.list('b')).toEqual([])
    await jest.advanceTimersByTimeAsync(20)
    expect(right.changes).toEqual(['join a ada', 'leave a ada', 'join b ada'])
    expect(published).toHaveLength(1)
  })

  it('asks for all members when a change was missed, and reports the differences', async () => {
    const { bus, state } = createLossyBus()
    const left = await startNode(bus, 'left')
    const right = await startNode(bus, 'right')
    left.join('a', 'ada')
    left.join('a', 'bob')
    await jest.advanceTimersByTimeAsync(20)
    state.isLosing = true
    left.leave('a', 'ada')
    left.join('b', 'cleo')
    await jest.advanceTimersByTimeAsync(20)
    state.isLosing = false
    expect(right.list('a')).toEqual(['ada', 'bob'])
    // The version is repeated, the node asks, and is answered.
    await jest.advanceTimersByTimeAsync(nodeTimeout / 3 + 200)
    expect(right.list('a')).toEqual(['bob'])
    expect(right.list('b')).toEqual(['cleo'])
    expect(right.changes).toEqual(['join a ada', 'join a bob', 'leave a ada', 'join b cleo'])
  })

  it('asks again when the answer was lost, at most once in a second', async () => {
    const { bus, published, state } = createLossyBus()
    const left = await startNode(bus, 'left')
    const right = await startNode(bus, 'right')
    state.isLosing = true
    left.join('a', 'ada')
    await jest.advanceTimersByTimeAsync(20)
    state.isLosing = false
    left.join('a', 'bob')
    await jest.advanceTimersByTimeAsync(20)
    state.isLosing = true
    await jest.advanceTimersByTimeAsync(300)
    state.isLosing = false
    published.length = 0
    for (const name of ['c', 'd', 'e', 'f']) {
      left.join('a', name)
      await jest.advanceTimersByTimeAsync(50)
    }
    expect(published.filter(({ ask }) => ask === 'left')).toEqual([])
    await jest.advanceTimersByTimeAsync(nodeTimeout)
    expect(right.list('a')).toEqual(['ada', 'bob', 'c', 'd', 'e', 'f'])
  })

  it('gives a new node all members in parts of 200', async () => {
    const { bus, published } = createLossyBus()
    const left = await startNode(bus, 'left')
    const ids = Array.from({ length: 450 }, (_, index) => `member ${index}`)
    for (const id of ids) left.join('a', id)
    await jest.advanceTimersByTimeAsync(20)
    published.length = 0
    const right = await startNode(bus, 'right')
    expect(right.list('a')).toEqual(ids)
    expect(published.filter(({ all }) => all !== undefined)).toHaveLength(3)
  })

  it('does not take an incomplete answer for all members', async () => {
    const { bus } = createLossyBus()
    const right = await startNode(bus, 'right')
    const send = (part: number, isLast: boolean, id: string) =>
      bus.publish(
        TOPIC,
        JSON.stringify({ node: 'x', version: 3, all: { part, isLast, entries: [{ channel: 'a', member: { id } }] } }),
      )
    send(0, false, 'one')
    send(2, true, 'three')
    expect(right.list('a')).toEqual([])
    send(0, false, 'one')
    send(1, true, 'two')
    expect(right.list('a')).toEqual(['one', 'two'])
  })

  it('removes the members of a node that is silent for nodeTimeout, and of one that closes', async () => {
    const { bus, state } = createLossyBus()
    const left = await startNode(bus, 'left')
    const right = await startNode(bus, 'right')
    const third = await startNode(bus, 'third')
    left.join('a', 'ada')
    third.join('a', 'bob')
    await jest.advanceTimersByTimeAsync(10 * nodeTimeout)
    expect(right.list('a')).toEqual(['ada', 'bob'])
    await third.close()
    expect(right.list('a')).toEqual(['ada'])
    state.isLosing = true
    await jest.advanceTimersByTimeAsync(2 * nodeTimeout)
    expect(right.list('a')).toEqual([])
    expect(left.list('a')).toEqual(['ada'])
    // It was not dead, only cut off.
    state.isLosing = false
    await jest.advanceTimersByTimeAsync(nodeTimeout)
    expect(right.list('a')).toEqual(['ada'])
    expect(right.changes).toEqual(['join a ada', 'join a bob', 'leave a bob', 'leave a ada', 'join a ada'])
  })

  it('publishes nothing while the bus is disconnected, and catches up when it is connected again', async () => {
    const { bus, published, setConnected } = createLossyBus()
    const left = await startNode(bus, 'left')
    const right = await startNode(bus, 'right')
    setConnected(false)
    published.length = 0
    left.join('a', 'ada')
    right.join('a', 'bob')
    await jest.advanceTimersByTimeAsync(100)
    expect(published).toEqual([])
    setConnected(true)
    await jest.advanceTimersByTimeAsync(300)
    expect(left.list('a')).toEqual(['ada', 'bob'])
    expect(right.list('a')).toEqual(['bob', 'ada'])
  })

  it('leaves no timer when it is closed, and closes once', async () => {
    const { bus, published } = createLossyBus()
    const left = await startNode(bus, 'left')
    const right = await startNode(bus, 'right')
    left.join('a', 'ada')
    right.join('a', 'bob')
    await jest.advanceTimersByTimeAsync(100)
    published.length = 0
    await Promise.all([left.close(), right.close(), left.close()])
    expect(published).toEqual([
      { node: 'left', bye: true },
      { node: 'right', bye: true },
    ])
    expect(jest.getTimerCount()).toBe(0)
    left.leave('a', 'ada')
    expect(jest.getTimerCount()).toBe(0)
  })

  it('reports a bus that fails', async () => {
    const failing: Bus = {
      publish: () => Promise.reject(new Error('no network')),
      subscribe: () => {
        throw new Error('no topic')
      },
      close: () => {},
    }
    const node = await startNode(failing, 'left')
    node.join('a', 'ada')
    await jest.advanceTimersByTimeAsync(20)
    expect(node.problems.map(({ code }) => code)).toEqual(expect.arrayContaining(['bus_failed']))
    expect(node.problems.map(({ message }) => message)).toEqual(
      expect.arrayContaining([expect.stringContaining('no topic'), expect.stringContaining('no network')]),
    )
    await node.close()
  })

  it.each([
    'null',
    '[]',
    '{}',
    'not JSON',
    '{"node":"x","version":-1}',
    '{"node":"x","changes":[]}',
    '{"node":"x","version":1,"changes":{}}',
    '{"node":"x","version":1,"changes":[null]}',
    '{"node":"x","version":1,"changes":[{"kind":"stay","channel":"a","member":{"id":"i"}}]}',
    '{"node":"x","version":1,"changes":[{"kind":"join","channel":7,"member":{"id":"i"}}]}',
    '{"node":"x","version":1,"changes":[{"kind":"join","channel":"a","member":{"id":""}}]}',
    '{"node":"x","version":1,"all":{"part":0,"entries":[]}}',
    '{"node":"x","version":1,"all":{"part":-1,"isLast":true,"entries":[]}}',
  ])('reports a malformed message, and changes nothing: %s', async (message) => {
    const bus = memoryBus()
    const node = await startNode(bus, 'left')
    bus.publish(TOPIC, message)
    expect(node.problems.map(({ code }) => code)).toEqual(['bus_message_invalid'])
    expect(node.changes).toEqual([])
  })

  it('keeps at most 200 000 members of other nodes', async () => {
    const bus = memoryBus()
    const node = await startNode(bus, 'left')
    const entries = Array.from({ length: 100_001 }, (_, index) => ({ channel: 'a', member: { id: `m${index}` } }))
    for (const other of ['x', 'y'])
      bus.publish(TOPIC, JSON.stringify({ node: other, version: 1, all: { part: 0, isLast: true, entries } }))
    expect(node.problems.map(({ code }) => code)).toEqual(['bus_message_invalid'])
    bus.publish(TOPIC, JSON.stringify({ node: 'x', bye: true }))
    expect(node.list('a')).toEqual([])
  })
})

describe('readMemberMessage', () => {
  it('ignores unknown members, and members of a malformed kind that say nothing', () => {
    expect(readMemberMessage('{"node":"x","version":1,"later":true,"hello":1,"ask":7,"bye":"yes"}')).toEqual({
      node: 'x',
      version: 1,
    })
  })
})
