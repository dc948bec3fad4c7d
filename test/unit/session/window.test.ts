import { describe, expect, it } from '@jest/globals'
import { selectQueued, socketReceive, socketSend, type WithSockets } from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionStore, told, unacknowledged } from '../../support/session/fakeSessionServer.js'

useFakeTime({ performance: true })

const queued = (store: Awaited<ReturnType<typeof openSessionStore>>) =>
  selectQueued(store.app() as unknown as WithSockets)

describe('the window of a session', () => {
  it('lets sends wait in the queue while it is full, and go on with the acknowledgement', async () => {
    const store = await openSessionStore({ session: { maxMessages: 2 } })
    const deliveries = [1, 2, 3, 4].map((value) => store.dispatch(socketSend(value, { id: `m${value}` })).delivery)
    expect(deliveries).toEqual(['sent', 'sent', 'queued', 'queued'])
    await advanceTime(16)
    expect([store.took(), queued(store)]).toEqual([[1, 2], 2])
    store.server.acknowledge(1)
    expect([await unacknowledged(store), store.took()]).toEqual([
      ['m2', 'm3'],
      [1, 2, 3],
    ])
    store.server.acknowledge()
    await advanceTime(16)
    expect([store.took(), queued(store), told(store).acknowledged]).toEqual([[1, 2, 3, 4], 0, ['m1', 'm2 m3']])
  })

  it('counts bytes, and lets one larger message go alone', async () => {
    const store = await openSessionStore({ session: { maxBytes: 100 } })
    const large = 'x'.repeat(200)
    store.dispatch(socketSend('a', { id: 'a' }))
    expect(store.dispatch(socketSend(large)).delivery).toBe('queued')
    await advanceTime()
    store.server.acknowledge()
    await advanceTime()
    expect([store.took(), store.dispatch(socketSend('b')).delivery]).toEqual([['a', large], 'queued'])
    store.server.acknowledge()
    await advanceTime()
    expect(store.took()).toEqual(['a', large, 'b'])
  })

  it('drops, withdraws and expires only what has no number', async () => {
    const store = await openSessionStore({ session: { maxMessages: 1 }, queue: { maxMessages: 1, ttl: 500 } })
    for (const id of ['a', 'b', 'c']) store.dispatch(socketSend(id, { id }))
    await advanceTime(600)
    expect(told(store).dropped).toEqual(['overflow c', 'expired b'])
    await store.cut()
    await store.retry()
    expect(store.took()).toEqual(['a'])
  })

  it('works without a queue: what finds no room waits while the connection is open', async () => {
    const store = await openSessionStore({ session: { maxMessages: 1 }, queue: false })
    for (const id of ['a', 'b']) store.dispatch(socketSend(id, { id }))
    await advanceTime()
    store.server.acknowledge()
    await advanceTime()
    expect(store.took()).toEqual(['a', 'b'])
    await store.cut()
    store.dispatch(socketSend('c', { id: 'c' }))
    await store.retry()
    expect([store.took(), told(store).dropped]).toEqual([['a', 'b'], ['offline c']])
  })

  it('refuses what the server would not take for its size, before it gets a number', async () => {
    const store = await openSessionStore({}, { welcome: { maxPayload: 30 } })
    expect(store.dispatch(socketSend('ä'.repeat(15), { id: 'a' }))).toMatchObject({ reason: 'too_large' })
    expect(store.dispatch(socketSend('x'.repeat(28), { id: 'b' })).delivery).toBe('sent')
    await advanceTime()
    expect([store.server.taken.length, told(store).dropped]).toEqual([1, ['too_large a']])
  })

  it('reports what waited and is too large for the server once it is known', async () => {
    const store = await openSessionStore({}, { welcome: { maxPayload: 30 } })
    await store.cut()
    store.dispatch(socketSend('x'.repeat(40), { id: 'a' }))
    await store.retry()
    await advanceTime()
    expect([store.server.taken, told(store).dropped]).toEqual([[], ['too_large a']])
  })
})

describe('the acknowledgements of the client', () => {
  it('go out after ackInterval, once for all that came', async () => {
    const store = await openSessionStore({ session: { ackInterval: 100 } })
    for (const value of [1, 2, 3]) store.server.push(value)
    await advanceTime(99)
    expect(store.server.acks.map(({ received }) => received)).toEqual([0])
    await advanceTime(1)
    expect(store.server.acks.map(({ received }) => received)).toEqual([0, 3])
    await advanceTime(1_000)
    expect(store.server.acks).toHaveLength(2)
  })

  it('go out at once when a quarter of the window of the server came', async () => {
    const store = await openSessionStore({}, { welcome: { window: { messages: 8, bytes: 1_000 } } })
    store.server.push(1)
    await advanceTime()
    expect(store.server.acks).toHaveLength(1)
    store.server.push(2)
    await advanceTime()
    store.server.push('x'.repeat(250))
    await advanceTime()
    expect(store.server.acks.map(({ received }) => received)).toEqual([0, 2, 3])
  })

  it('go out with the next frame when the timer is late, as in a hidden page', async () => {
    const store = await openSessionStore()
    store.server.push(1)
    // The timer does not run, the clock does.
    const { now } = Date
    Date.now = () => now() + 300
    store.server.push(2)
    Date.now = now
    await advanceTime()
    expect(store.server.acks.map(({ received }) => received)).toEqual([0, 2])
  })

  it('are no traffic: the connection closes for being idle', async () => {
    const store = await openSessionStore({ idleTimeout: 1_000 })
    store.server.push(1)
    await advanceTime(900)
    store.server.acknowledge(0)
    await advanceTime(200)
    expect([store.state().status, store.server.byes]).toEqual(['closed', [{ is: 'bye', received: 1 }]])
  })

  it('keep the connection from being idle while a send is not acknowledged', async () => {
    const store = await openSessionStore({ idleTimeout: 1_000 })
    store.dispatch(socketSend(1))
    await advanceTime(3_000)
    expect(store.state().status).toBe('open')
    store.server.acknowledge()
    await advanceTime(2_100)
    expect(store.state().status).toBe('closed')
  })

  it('count a frame that was delivered before a reader gave the socket up', async () => {
    const store = await openSessionStore()
    const reader = store.dispatch(socketReceive())
    store.server.push(1)
    expect((await reader.next()).value).toBe(1)
    await store.cut()
    await store.retry()
    expect(store.server.hellos[1]).toMatchObject({ received: 1 })
    await reader.return?.()
  })
})

describe('the rate of a session', () => {
  it('spaces out sends and what is sent again', async () => {
    const store = await openSessionStore({}, { welcome: { rate: { perSecond: 10, burst: 2 } } })
    const deliveries = [1, 2, 3].map((value) => store.dispatch(socketSend(value)).delivery)
    expect(deliveries).toEqual(['sent', 'sent', 'queued'])
    await advanceTime(100)
    expect(store.took()).toEqual([1, 2, 3])
    store.network.last.freeze()
    for (const value of [4, 5, 6, 7]) store.dispatch(socketSend(value))
    await advanceTime(400)
    await store.cut()
    await store.retry()
    expect(store.took()).toEqual([1, 2, 3, 4, 5])
    store.dispatch(socketSend(8))
    await advanceTime(99)
    expect(store.took()).toHaveLength(5)
    await advanceTime(201)
    expect(store.took()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('goes together with the option `rate`', async () => {
    const store = await openSessionStore({ rate: { perSecond: 10 } })
    for (const value of [1, 2, 3]) store.dispatch(socketSend(value))
    await advanceTime(1_000)
    expect(store.took()).toEqual([1, 2, 3])
    await store.cut()
    for (const value of [4, 5]) store.dispatch(socketSend(value))
    await store.retry()
    await advanceTime(1_000)
    expect([store.took(), told(store).verdicts]).toEqual([
      [1, 2, 3, 4, 5],
      ['new', 'resumed'],
    ])
  })
})
