import { describe, expect, it } from '@jest/globals'
import { createFakeServer } from '../../../src/testing/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createTabWorld } from '../../support/tabs/tabWorld.js'
import { ADDRESS, openSocket } from '../../support/tabs/tabSocket.js'

useFakeTime({ performance: true })

const setup = async (count: number) => {
  const world = createTabWorld()
  const tabs = Array.from({ length: count }, () => world.open())
  const sockets = tabs.map((tab) => openSocket(tab))
  await advanceTime(50)
  return { ...world, tabs, sockets, open: world.open }
}

describe('a socket that tabs share', () => {
  it('has one connection at the server and is open in every tab', async () => {
    const { server, sockets } = await setup(5)
    expect(server.connections).toHaveLength(1)
    expect(sockets.map(({ events }) => events)).toEqual(sockets.map(() => ['open']))
    expect(sockets.map(({ socket }) => socket.isHolder)).toEqual([true, false, false, false, false])
  })

  it('passes each message of the server to every tab, once and in order', async () => {
    const { server, sockets } = await setup(3)
    for (let n = 0; n < 10; n++) server.last.sendRaw(`${n}`)
    await advanceTime(50)
    const expected = Array.from({ length: 10 }, (_, n) => `${n}`)
    expect(sockets.map(({ messages }) => messages)).toEqual([expected, expected, expected])
  })

  it('passes a send of any tab to the server once, with its kind', async () => {
    const { server, sockets } = await setup(3)
    const big = new Uint8Array(100).fill(7)
    sockets[0]?.socket.send('of the holder')
    sockets[2]?.socket.send('of a follower')
    sockets[1]?.socket.send(big.subarray(10, 14))
    sockets[1]?.socket.send(5 as never)
    big.fill(0)
    await advanceTime(50)
    const [text, other, bytes, number] = server.last.receivedRaw
    expect([text, other, number]).toEqual(['of the holder', 'of a follower', '5'])
    expect(new Uint8Array(bytes as ArrayBuffer)).toEqual(new Uint8Array(4).fill(7))
  })

  it('has the subprotocol that the server chose in every tab, also in one that joins later', async () => {
    const world = createTabWorld({ server: createFakeServer({ protocol: () => 'v2' }) })
    const sockets = [world.open(), world.open()].map((tab) => openSocket(tab, ADDRESS, ['v1', 'v2']))
    await advanceTime(50)
    sockets.push(openSocket(world.open(), ADDRESS, ['v1', 'v2']))
    await advanceTime(50)
    expect(sockets.map(({ socket }) => socket.protocol)).toEqual(['v2', 'v2', 'v2'])
  })

  it('has a connection of its own for another url, another subprotocol and another name', async () => {
    const world = createTabWorld()
    const tab = world.open()
    const named = world.open({ name: 'one' })
    openSocket(tab)
    openSocket(tab, `${ADDRESS}?room=2`)
    openSocket(tab, ADDRESS, ['v2'])
    openSocket(named)
    await advanceTime(50)
    expect(world.server.connections).toHaveLength(4)
  })

  it('is one for the urls of one name', async () => {
    const world = createTabWorld()
    const name = (url: string) => new URL(url).searchParams.get('user') ?? ''
    const [a, b] = [world.open({ name }), world.open({ name })]
    openSocket(a, `${ADDRESS}?user=1&token=x`)
    openSocket(b, `${ADDRESS}?user=1&token=y`)
    openSocket(b, `${ADDRESS}?user=2&token=z`)
    await advanceTime(50)
    expect(world.server.connections.map(({ url }) => url)).toEqual([
      `${ADDRESS}?user=1&token=x`,
      `${ADDRESS}?user=2&token=z`,
    ])
  })

  it('is joined although a newer connection to another url is known', async () => {
    const world = createTabWorld()
    const [a, b, c] = [world.open(), world.open(), world.open()]
    openSocket(a, `${ADDRESS}/old`)
    await advanceTime(1_000)
    openSocket(b, `${ADDRESS}/new`)
    await advanceTime(50)
    openSocket(c, `${ADDRESS}/new`)
    await advanceTime(50)
    const { events } = openSocket(c, `${ADDRESS}/old`)
    await advanceTime(50)
    expect(events).toEqual(['open'])
  })

  it('ends in every tab with the code of the server', async () => {
    const { server, sockets } = await setup(3)
    server.last.close(4001, 'bye')
    await advanceTime(50)
    for (const { events } of sockets) expect(events).toEqual(['open', 'close 4001 bye clean'])
  })

  it('ends by a hand-over when the page navigates and its socket is closed before, as in Firefox', async () => {
    const { server, sockets, tabs } = await setup(2)
    server.last.close(1001)
    await advanceTime(50)
    tabs[0]?.emit('pagehide')
    await advanceTime(50)
    for (const { events } of sockets) expect(events).toEqual(['open', 'close 1001 handover clean'])
  })

  it('ends with the 1001 of the server when the page stays', async () => {
    const { server, sockets } = await setup(2)
    server.last.close(1001, 'deploy')
    await advanceTime(300)
    for (const { events } of sockets) expect(events).toEqual(['open', 'close 1001 deploy clean'])
  })

  it('reports an attempt that fails in every tab', async () => {
    const world = createTabWorld()
    world.server.mode = 'refuse'
    const sockets = [openSocket(world.open()), openSocket(world.open())]
    await advanceTime(50)
    expect(sockets[0]?.events).toEqual(['error', 'close 1006  not clean'])
    // The other one connects for itself: it did not know the connection that failed.
    expect(sockets[1]?.events).toEqual(['error', 'close 1006  not clean'])
  })
})

describe('close() of a shared socket', () => {
  it('of a follower leaves the others alone', async () => {
    const { server, sockets } = await setup(3)
    sockets[2]?.socket.close(4321, 'done')
    await advanceTime(50)
    expect(sockets[2]?.events).toEqual(['open', 'close 4321 done clean'])
    server.last.sendRaw('after')
    await advanceTime(50)
    expect(sockets.map(({ messages }) => messages)).toEqual([['after'], ['after'], []])
    expect(server.live).toBe(1)
  })

  it('of the holder keeps the connection for the others, without a middleware', async () => {
    const { server, sockets } = await setup(3)
    sockets[0]?.socket.close()
    await advanceTime(50)
    expect(sockets[0]?.events).toEqual(['open', 'close 1005  clean'])
    server.last.sendRaw('after')
    sockets[1]?.socket.send('still')
    await advanceTime(50)
    expect(sockets.map(({ messages }) => messages)).toEqual([[], ['after'], ['after']])
    expect(server.last.receivedRaw).toEqual(['still'])
    expect(server.connections).toHaveLength(1)
  })

  it('of the last tab closes the connection with its code, also when the holder left before', async () => {
    const { server, sockets } = await setup(2)
    sockets[0]?.socket.close()
    await advanceTime(50)
    sockets[1]?.socket.close(4322, 'last')
    await advanceTime(50)
    expect(server.live).toBe(0)
    expect(server.last.closedBy).toEqual({ code: 4322, reason: 'last' })
  })

  it('is followed by a new connection, not by the one that is closing', async () => {
    const { server, sockets, tabs } = await setup(1)
    server.last.halfOpen = true
    sockets[0]?.socket.close()
    await advanceTime(10)
    const next = openSocket(tabs[0]!)
    await advanceTime(50)
    expect(next.events).toEqual(['open'])
    expect(server.connections).toHaveLength(2)
    server.connections[1]?.sendRaw('new')
    expect(next.messages).toEqual(['new'])
  })

  it('refuses codes and reasons that no close frame can have', async () => {
    const { sockets } = await setup(1)
    const { socket } = sockets[0]!
    expect(() => socket.close(1001)).toThrow(expect.objectContaining({ name: 'InvalidAccessError' }))
    expect(() => socket.close(1000, 'x'.repeat(124))).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
  })
})

describe('when the holder is gone', () => {
  it.each(['pagehide', 'freeze'] as const)(
    'another tab connects after its %s, once the others know why',
    async (type) => {
      const { server, sockets, tabs } = await setup(3)
      tabs[0]?.emit(type)
      await advanceTime(5)
      for (const { events } of sockets) expect(events).toEqual(['open', 'close 1001 handover clean'])
      const next = [openSocket(tabs[1]!), openSocket(tabs[2]!)]
      await advanceTime(50)
      expect(next.map(({ events }) => events)).toEqual([['open'], ['open']])
      expect(server.connections).toHaveLength(2)
      expect(server.live).toBe(1)
    },
  )

  it('all tabs learn of a crash at once, from the first in line', async () => {
    const { server, sockets, tabs } = await setup(5)
    tabs[0]?.crash()
    await advanceTime(10)
    for (const { events } of sockets.slice(1)) expect(events).toEqual(['open', 'close 1006 handover not clean'])
    const next = tabs.slice(1).map((tab) => openSocket(tab))
    await advanceTime(20)
    expect(next.map(({ events }) => events)).toEqual(next.map(() => ['open']))
    expect(server.live).toBe(1)
  })

  it.each(['resume', 'pageshow', 'visibilitychange'] as const)(
    'a page that wakes up joins again, by %s',
    async (type) => {
      const { server, tabs } = await setup(2)
      tabs[0]?.emit('freeze')
      await advanceTime(5)
      const asleep = openSocket(tabs[0]!)
      const other = openSocket(tabs[1]!)
      await advanceTime(1_000)
      expect(asleep.events).toEqual([])
      expect(other.events).toEqual(['open'])
      tabs[0]?.emit(type)
      await advanceTime(50)
      expect(asleep.events).toEqual(['open'])
      expect(server.live).toBe(1)
    },
  )

  it('a page that sleeps does not wait for the lock', async () => {
    const { server, tabs, sockets } = await setup(3)
    tabs[1]?.emit('freeze')
    await advanceTime(5)
    expect(sockets[1]?.events).toEqual(['open', 'close 1001 handover clean'])
    tabs[0]?.emit('pagehide')
    await advanceTime(5)
    const last = openSocket(tabs[2]!)
    await advanceTime(50)
    expect(last.events).toEqual(['open'])
    expect(server.live).toBe(1)
  })

  it('a holder that is stuck is replaced after its patience, and learns it when it wakes up', async () => {
    const world = createTabWorld()
    const tabs = Array.from({ length: 4 }, () => world.open({ patience: 2_000 }))
    const sockets = tabs.map((tab) => openSocket(tab))
    await advanceTime(50)
    tabs[0]?.stick()
    await advanceTime(1_500)
    expect(sockets[1]?.events).toEqual(['open'])
    await advanceTime(2_500)
    for (const { events } of sockets.slice(1)) expect(events).toEqual(['open', 'close 1006 handover not clean'])
    const next = tabs.slice(1).map((tab) => openSocket(tab))
    await advanceTime(50)
    tabs[0]?.unstick()
    await advanceTime(50)
    expect(sockets[0]?.events).toEqual(['open', 'close 1006 handover not clean'])
    expect(next.map(({ events }) => events)).toEqual(next.map(() => ['open']))
    await advanceTime(10_000)
    expect(next.map(({ events }) => events)).toEqual(next.map(() => ['open']))
    expect(world.server.live).toBe(1)
  })

  it('a holder that answers keeps its lock for ever', async () => {
    const { server, sockets } = await setup(3)
    await advanceTime(120_000)
    for (const { events } of sockets) expect(events).toEqual(['open'])
    expect(server.connections).toHaveLength(1)
  })
})

describe('bufferedAmount of a shared socket', () => {
  it('of a follower counts what the real socket has not passed on', async () => {
    const { server, sockets } = await setup(3)
    server.last.slow = true
    sockets[2]?.socket.send('12345')
    await advanceTime(200)
    expect(sockets.map(({ socket }) => socket.bufferedAmount)).toEqual([5, 0, 5])
    server.last.read(5)
    await advanceTime(100)
    expect(sockets.map(({ socket }) => socket.bufferedAmount)).toEqual([0, 0, 0])
  })

  it('keeps after the close what did not go out', async () => {
    const { server, sockets } = await setup(2)
    server.last.slow = true
    sockets[1]?.socket.send('12345')
    await advanceTime(100)
    server.last.cut()
    await advanceTime(50)
    sockets[1]?.socket.send('123')
    expect(sockets[1]?.socket.bufferedAmount).toBe(8)
  })
})

describe('ready() and kill() of a shared socket', () => {
  it('open the sockets of the other tabs once the holder has shaken hands', async () => {
    const world = createTabWorld()
    const sockets = [world.open({ handshake: true }), world.open({ handshake: true })].map((tab) => openSocket(tab))
    await advanceTime(50)
    world.server.last.sendRaw('for the handshake')
    await advanceTime(50)
    expect(sockets.map(({ events, messages }) => [events, messages])).toEqual([
      [['open'], ['for the handshake']],
      [[], []],
    ])
    sockets[1]?.socket.ready?.()
    await advanceTime(50)
    expect(sockets[1]?.events).toEqual([])
    sockets[0]?.socket.ready?.()
    await advanceTime(50)
    expect(sockets[1]?.events).toEqual(['open'])
  })

  it('end the connection for all tabs, whichever tab calls', async () => {
    const { server, sockets, tabs } = await setup(3)
    sockets[2]?.socket.kill?.()
    await advanceTime(50)
    for (const { events } of sockets) expect(events).toEqual(['open', 'close 1006 handover not clean'])
    const next = tabs.map((tab) => openSocket(tab))
    await advanceTime(50)
    expect(next.map(({ events }) => events)).toEqual([['open'], ['open'], ['open']])
    expect(server.connections).toHaveLength(2)
  })
})
