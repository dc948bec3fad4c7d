import { describe, expect, it, jest } from '@jest/globals'
import { createSocketActions, selectIsCongested } from '../../../src/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { type ConnectionOptions, setupConnection } from '../../support/setupConnection.js'
import { setupStore, type StoreOptions } from '../../support/setupStore.js'

// A peer that reads slowly: what it has not read stays in the `bufferedAmount` of the socket.

useFakeTime()

const openSlow = async ({ queue, ...options }: ConnectionOptions = {}) => {
  const connection = setupConnection({ network: { slow: true }, queue: { highWaterMark: 100, ...queue }, ...options })
  await connection.open()
  const peer = connection.network.last
  return { connection, peer, client: peer.socket }
}

/** A text of `length` bytes that starts with its number. */
const text = (n: number, bytes: number): string => String(n).padEnd(bytes, '.')

describe('a peer that reads more slowly than the client sends', () => {
  it('receives what fits under the high-water mark, and the rest is queued', async () => {
    const { connection, client } = await openSlow()
    const deliveries = [1, 2, 3, 4, 5].map((n) => connection.send(text(n, 40)).delivery)
    // The third send exceeds the mark; what follows is queued.
    expect(deliveries).toEqual(['sent', 'sent', 'sent', 'queued', 'queued'])
    expect(client.bufferedAmount).toBe(120)
  })

  it('receives the rest in order, without duplicates, once half of the mark is reached', async () => {
    const { connection, peer, client } = await openSlow()
    const texts = Array.from({ length: 20 }, (_, n) => text(n, 40))
    for (const each of texts) connection.send(each)
    peer.read(60)
    await advanceTime(50)
    expect(client.bufferedAmount).toBe(60)
    peer.read(10)
    await advanceTime(50)
    expect(client.bufferedAmount).toBe(130)
    for (let n = 0; n < 100; n++) {
      peer.read(13)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(16)
      expect(client.bufferedAmount).toBeLessThanOrEqual(140)
    }
    expect(peer.receivedRaw).toEqual(texts)
    expect(connection.eventsOf('dropped')).toEqual([])
  })

  it('receives sends made meanwhile in order too', async () => {
    const { connection, peer } = await openSlow()
    let n = 0
    for (let tick = 0; tick < 200; tick++) {
      if (tick < 100) connection.send(text(n++, 30))
      if (tick < 100) connection.send(text(n++, 1 + (tick % 50)))
      peer.read(40)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(16)
    }
    expect(peer.receivedRaw.map((frame) => Number.parseInt(frame as string, 10))).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    )
  })

  it('receives everything at once when it reads everything at once', async () => {
    const { connection, peer } = await openSlow()
    for (let n = 0; n < 10; n++) connection.send(text(n, 40))
    peer.slow = false
    peer.read()
    await advanceTime(100)
    expect(peer.receivedRaw).toHaveLength(10)
    await advanceTime(100)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('makes the connection congested, until it has read', async () => {
    const { connection, peer } = await openSlow()
    for (let n = 0; n < 3; n++) connection.send(text(n, 40))
    // At once: an app that sends in a loop reads it.
    expect(connection.eventsOf('changed').at(-1)).toMatchObject({ congested: true })
    connection.send(text(3, 40))
    await advanceTime(20)
    expect(connection.eventsOf('changed').at(-1)).toMatchObject({ queued: 1 })
    peer.read()
    await advanceTime(40)
    const reports = Object.assign({}, ...connection.eventsOf('changed')) as object
    expect(reports).toMatchObject({ congested: false, queued: 0 })
  })

  it('still receives the heartbeat, before the queue', async () => {
    const { connection, peer } = await openSlow({ heartbeat: { interval: 1_000, timeout: 60_000 } })
    for (let n = 1; n < 9; n++) connection.send(text(n, 50))
    peer.sendRaw('pong')
    await advanceTime(1_000)
    peer.read()
    expect(peer.receivedRaw).toEqual(['ping', text(1, 50), text(2, 50), 'ping'])
  })

  it('still receives the answer to its own ping', async () => {
    const { connection, peer } = await openSlow({ respondToPing: { ping: 'ping', pong: 'pong' } })
    for (let n = 1; n < 9; n++) connection.send(text(n, 60))
    peer.sendRaw('ping')
    peer.read()
    expect(peer.receivedRaw.at(-1)).toBe('pong')
  })

  it.each([
    ['sends what fills the buffer up to the mark', 100, 'sent'],
    ['queues what follows one byte above the mark', 101, 'queued'],
  ])('%s', async (_what, bytes, next) => {
    const { connection } = await openSlow()
    connection.send(text(1, bytes))
    expect(connection.send('next').delivery).toBe(next)
  })

  it('receives everything without a mark', async () => {
    const { connection } = await openSlow({ queue: { highWaterMark: Infinity } })
    for (let n = 0; n < 100; n++) expect(connection.send(text(n, 1_000)).delivery).toBe('sent')
    connection.network.last.read()
    await advanceTime(100)
  })

  it('receives one message at a time with a mark of 0', async () => {
    const { connection, peer } = await openSlow({ queue: { highWaterMark: 0 } })
    for (let n = 0; n < 5; n++) connection.send(text(n, 10))
    for (let n = 1; n <= 5; n++) {
      peer.read()
      expect(peer.receivedRaw).toHaveLength(n)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(50)
    }
  })

  it('a socket without bufferedAmount is never congested', async () => {
    const { connection, client } = await openSlow()
    Object.defineProperty(client, 'bufferedAmount', { get: () => undefined, set: () => {} })
    for (let n = 0; n < 20; n++) expect(connection.send(text(n, 90)).delivery).toBe('sent')
  })
})

describe('a queue for a slow peer', () => {
  it('is bounded as any queue', async () => {
    const { connection } = await openSlow({ queue: { highWaterMark: 100, maxMessages: 2 } })
    connection.send(text(0, 101))
    const ids = ['a', 'b', 'c', 'd']
    expect(ids.map((id) => connection.send(id, { id }).delivery)).toEqual(['queued', 'queued', 'dropped', 'dropped'])
    expect(connection.eventsOf('dropped')).toEqual([
      { type: 'dropped', reason: 'overflow', ids: ['c'], count: 1 },
      { type: 'dropped', reason: 'overflow', ids: ['d'], count: 1 },
    ])
  })

  it('drops its oldest entries with overflow: "drop-oldest"', async () => {
    const { connection, peer } = await openSlow({ queue: { highWaterMark: 100, maxBytes: 2, overflow: 'drop-oldest' } })
    connection.send(text(0, 101))
    for (const id of ['a', 'b', 'c']) connection.send(id, { id })
    peer.read()
    await advanceTime(20)
    peer.read()
    expect(peer.receivedRaw.slice(1)).toEqual(['b', 'c'])
    expect(connection.eventsOf('dropped')).toEqual([expect.objectContaining({ reason: 'overflow', ids: ['a'] })])
  })

  it('drops entries whose ttl has expired', async () => {
    const { connection, peer } = await openSlow()
    connection.send(text(0, 101))
    connection.send('a', { id: 'a', ttl: 500 })
    connection.send('b', { id: 'b' })
    await advanceTime(500)
    expect(connection.eventsOf('dropped')).toEqual([expect.objectContaining({ reason: 'expired', ids: ['a'] })])
    peer.read()
    await advanceTime(20)
    peer.read()
    expect(peer.receivedRaw.at(-1)).toBe('b')
  })

  it('takes a send with whenOffline: "drop", because the connection is open', async () => {
    const { connection } = await openSlow()
    connection.send(text(0, 101))
    expect(connection.send('a', { whenOffline: 'drop' }).delivery).toBe('queued')
  })

  it('goes to the next socket when this one is lost', async () => {
    const { connection, peer } = await openSlow()
    connection.send(text(0, 101))
    connection.send('a')
    connection.send('b')
    await advanceTime(20)
    peer.cut()
    connection.network.slow = false
    connection.network.mode = 'accept'
    expect(connection.send('c').delivery).toBe('queued')
    await advanceTime(1_001)
    expect(connection.network.last.receivedRaw).toEqual(['a', 'b', 'c'])
    expect(connection.send('d').delivery).toBe('sent')
    await advanceTime(50)
    expect(Object.assign({}, ...connection.eventsOf('changed'))).toMatchObject({ queued: 0 })
  })

  it('is dropped by a close', async () => {
    const { connection, peer } = await openSlow()
    connection.send(text(0, 101))
    connection.send('a', { id: 'a' })
    connection.close()
    peer.read()
    await advanceTime(100)
    expect(connection.eventsOf('dropped')).toEqual([{ type: 'dropped', reason: 'closed', ids: ['a'], count: 1 }])
    expect(peer.receivedRaw).toHaveLength(1)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('leaves no timer after dispose', async () => {
    const { connection } = await openSlow()
    for (let n = 0; n < 4; n++) connection.send(text(n, 101))
    connection.dispose()
    await advanceTime(1)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('makes the connection congested at the open when it holds more than the mark', async () => {
    const connection = setupConnection({ network: { slow: true }, queue: { highWaterMark: 100 } })
    for (let n = 0; n < 10; n++) connection.send(text(n, 40))
    await connection.open()
    const peer = connection.network.last
    expect(peer.socket.bufferedAmount).toBe(120)
    peer.slow = false
    for (let n = 0; n < 10; n++) {
      peer.read()
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(16)
    }
    expect(peer.receivedRaw).toEqual(Array.from({ length: 10 }, (_, n) => text(n, 40)))
  })
})

describe('a connect to another address', () => {
  const congested = async () => {
    const { connection, peer } = await openSlow()
    connection.send(text(0, 101))
    connection.send('waits', { id: 'waits' })
    connection.network.slow = false
    connection.network.mode = 'accept'
    return { connection, peer }
  }

  it('drops the queue for the slow peer, and the new connection is not congested', async () => {
    const { connection } = await congested()
    connection.connect({ url: 'ws://elsewhere.test/' })
    expect(connection.eventsOf('dropped')).toEqual([
      { type: 'dropped', reason: 'replaced', ids: ['waits'], count: 1 },
      { type: 'dropped', reason: 'indeterminate', ids: ['m1'], count: 1 },
    ])
    await advanceTime(1)
    expect(connection.send('new').delivery).toBe('sent')
    expect(connection.network.last.receivedRaw).toEqual(['new'])
  })

  it.each([
    ['keepQueue', { url: 'ws://elsewhere.test/' }, true],
    ['other params', { params: { room: 2 } }, false],
  ])('keeps the queue with %s', async (_how, moved, keepQueue) => {
    const { connection } = await congested()
    connection.connect(moved, keepQueue)
    await advanceTime(1)
    expect(connection.network.last.receivedRaw).toEqual(['waits'])
    expect(connection.eventsOf('dropped')).toEqual([
      { type: 'dropped', reason: 'indeterminate', ids: ['m1'], count: 1 },
    ])
  })

  it("ignores the slow peer's bytes, frames and close", async () => {
    const { connection, peer } = await congested()
    peer.lateDelivery = true
    connection.connect({ url: 'ws://elsewhere.test/' })
    // A frame, for the counters.
    await advanceTime(20)
    connection.takeTypes()
    peer.sendRaw('late')
    peer.read()
    peer.cut()
    await advanceTime(1_000)
    expect(connection.received).toEqual([])
    expect(connection.takeTypes()).toEqual([])
    expect(connection.phase()).toBe('open')
  })
})

describe('200 MB for a slow reader', () => {
  it('keep the socket’s buffer flat and the queue within its bounds, and every drop is reported', async () => {
    const { connection, peer, client } = await openSlow({
      network: { slow: true },
      queue: { highWaterMark: 1_048_576, maxMessages: 100, maxBytes: Infinity },
      heartbeat: { interval: 1_000, timeout: 5_000 },
    })
    peer.onReceived = (frame) => {
      if (frame === 'ping') peer.sendRaw('pong')
    }
    const frame = new Uint8Array(100_000)
    let [accepted, most] = [0, 0]
    for (let n = 0; n < 2_000; n++) {
      if (connection.send(frame).delivery !== 'dropped') accepted++
      if (n % 4 === 0) {
        peer.read(200_000)
        // oxlint-disable-next-line no-await-in-loop
        await advanceTime(16)
      }
      most = Math.max(most, client.bufferedAmount)
    }
    expect(most).toBeLessThan(1_048_576 + 100_000 + 100)
    for (let n = 0; n < 200; n++) {
      peer.read(200_000)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(16)
    }
    expect(peer.receivedRaw.filter((each) => each !== 'ping')).toHaveLength(accepted)
    expect(peer.receivedRaw.filter((each) => each === 'ping').length).toBeGreaterThan(5)
    expect(connection.eventsOf('dropped').reduce((sum, { count }) => sum + count, accepted)).toBe(2_000)
    expect(connection.eventsOf('error')).toEqual([])
    expect(connection.network.connections).toHaveLength(1)
  })
})

describe('the store', () => {
  const { connect, send } = createSocketActions()

  const openStore = async (options: StoreOptions = {}) => {
    const network = createHeldServer({ mode: 'accept', slow: true })
    const store = setupStore({
      url: 'ws://server.test/ws',
      WebSocket: network.WebSocket,
      codec: { encode: String, decode: String },
      queue: { highWaterMark: 100 },
      reconnect: { backoff: () => 1_000 },
      ...options,
    })
    void store.dispatch(connect())
    await advanceTime(1)
    return { network, store, isCongested: () => selectIsCongested(store.store.getState()) }
  }

  it('has congested and the counters, and selectIsCongested reads them', async () => {
    const { network, store, isCongested } = await openStore()
    expect(isCongested()).toBe(false)
    expect([text(0, 101), 'a'].map((each) => store.dispatch(send(each)).delivery)).toEqual(['sent', 'queued'])
    await advanceTime(40)
    expect(isCongested()).toBe(true)
    expect(store.state()).toMatchObject({ status: 'open', congested: true, buffered: 101, queued: 1 })
    network.last.read()
    await advanceTime(40)
    expect(isCongested()).toBe(false)
    expect(store.state().queued).toBe(0)
  })

  it('is not congested any more once the socket is lost', async () => {
    const { network, store, isCongested } = await openStore()
    store.dispatch(send(text(0, 101)))
    await advanceTime(40)
    network.last.cut()
    expect(isCongested()).toBe(false)
    await advanceTime(100)
    expect(store.state()).toMatchObject({ status: 'reconnecting', congested: false, buffered: 0 })
  })
})
