import { describe, expect, it } from '@jest/globals'
import {
  socketClose,
  socketConnect,
  socketOpened,
  socketReconnect,
  socketSend,
  socketSendRaw,
  type WithSockets,
} from '../../../src/index.js'
import { selectSession } from '../../../src/session/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionStore, setupSessionStore, told, unacknowledged } from '../../support/session/fakeSessionServer.js'

useFakeTime({ performance: true })

describe('the session of a connection', () => {
  it('asks for a session before anything else goes out, and confirms it at once', async () => {
    const store = setupSessionStore()
    void store.dispatch(socketConnect())
    store.dispatch(socketSend('early', { id: 'a' }))
    await advanceTime(1)
    expect(store.sent()).toEqual([
      '${"is":"hello","window":{"messages":1000,"bytes":1048576}}',
      '${"is":"ack","received":0}',
      '"early"',
    ])
    expect(store.network.last.offered).toEqual(['reduplex.session.1', 'json'])
    expect(store.recorder.of(socketOpened)[0]?.payload).toMatchObject({ protocol: '', session: 'new' })
    expect([selectSession(store.app() as unknown as WithSockets), store.state().protocol]).toEqual(['new', ''])
  })

  it('sends again what the server has not taken, in order, and nothing that it has', async () => {
    const store = await openSessionStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    store.dispatch(socketSend(2, { id: 'b' }))
    await advanceTime()
    store.network.last.freeze()
    store.dispatch(socketSend(3, { id: 'c' }))
    await store.cut()
    store.dispatch(socketSend(4, { id: 'd' }))
    await store.retry()
    expect(await unacknowledged(store)).toEqual(['a', 'b', 'c', 'd'])
    expect([store.took(), told(store).verdicts, told(store).dropped]).toEqual([[1, 2, 3, 4], ['new', 'resumed'], []])
    store.server.acknowledge()
    expect(await unacknowledged(store)).toEqual([])
    expect(told(store).acknowledged).toEqual(['a b c d'])
  })

  it('does not count as sent what the server has acknowledged in `welcome`', async () => {
    const store = await openSessionStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime()
    store.network.last.freeze()
    store.server.acknowledge()
    await store.cut()
    await store.retry()
    await advanceTime(16)
    expect([told(store).acknowledged, store.took()]).toEqual([['a'], [1]])
  })

  it('gets what the server sent while it was away, once and in order', async () => {
    const store = await openSessionStore()
    store.server.push(1)
    await store.cut()
    store.server.push(2)
    store.server.push(3)
    await store.retry()
    store.server.push(4)
    await advanceTime()
    expect(told(store).messages).toEqual([1, 2, 3, 4])
    expect(store.server.hellos[1]).toMatchObject({ key: 'key1', turn: 1, received: 1, acked: 0, sent: 0 })
  })

  it('counts each attempt to resume, also one that the server did not answer', async () => {
    const store = await openSessionStore()
    await store.cut()
    store.server.answers = false
    await store.retry()
    await store.cut()
    store.server.answers = true
    await store.retry()
    expect(store.server.hellos.map(({ turn }) => turn)).toEqual([undefined, 1, 2])
    expect(told(store).verdicts).toEqual(['new', 'resumed'])
  })

  it('reports what was not acknowledged when the session is lost, and does not send it again', async () => {
    const store = await openSessionStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    store.dispatch(socketSend(2, { id: 'b' }))
    await advanceTime()
    store.server.acknowledge(1)
    store.server.forget(true)
    await store.cut()
    await store.retry()
    expect(await unacknowledged(store)).toEqual([])
    expect(told(store)).toMatchObject({
      verdicts: ['new', 'lost'],
      dropped: ['indeterminate b'],
      acknowledged: ['a'],
    })
    expect(store.took()).toEqual([1, 2])
  })

  it('reports what a server that ends has taken and perhaps not handled, and sends the rest in the next session', async () => {
    const store = await openSessionStore()
    for (const n of [1, 2, 3]) store.dispatch(socketSend(n, { id: `m${n}` }))
    await advanceTime(1)
    store.server.control({ is: 'bye', received: 2, acked: 1, reason: 'restart' })
    await store.cut()
    await advanceTime(16)
    expect([told(store).acknowledged, told(store).dropped]).toEqual([['m1'], ['indeterminate m2']])
    store.server.forget()
    await store.retry()
    expect(store.took().at(-1)).toBe(3)
  })

  it.each([
    [3, 2],
    [2, 4],
  ])('is broken by a bye that acknowledges %d of %d frames', async (acked, received) => {
    const store = await openSessionStore()
    for (const n of [1, 2, 3]) store.dispatch(socketSend(n, { id: `m${n}` }))
    await advanceTime(1)
    store.server.control({ is: 'bye', received, acked })
    await advanceTime(16)
    expect(told(store).errors).toEqual(['session_broken'])
  })

  it('puts what the server has not taken to the front of the queue when the server says bye', async () => {
    const store = await openSessionStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime()
    store.server.sayBye()
    store.dispatch(socketSend(2, { id: 'b' }))
    await advanceTime()
    expect([store.state().status, store.state().queued]).toEqual(['reconnecting', 1])
    await store.retry()
    expect(told(store)).toMatchObject({ verdicts: ['new', 'new'], dropped: [], acknowledged: ['a'] })
    expect([store.took(), store.server.byes]).toEqual([[1, 2], [{ is: 'bye', received: 0 }]])
  })

  it('sends again what was under way when the server said bye, before what waits', async () => {
    const store = await openSessionStore({}, { welcome: { window: { messages: 4, bytes: 1_000 } } })
    const { peer } = { peer: store.network.last }
    peer.slow = true
    for (const [index, id] of ['a', 'b', 'c'].entries()) store.dispatch(socketSend(index, { id }))
    store.server.sayBye()
    store.dispatch(socketSend(3, { id: 'd' }))
    peer.slow = false
    await advanceTime()
    await store.cut()
    store.dispatch(socketSend(4, { id: 'e' }))
    await store.retry()
    expect([store.took(), told(store).dropped]).toEqual([[0, 1, 2, 3, 4], []])
  })

  it('keeps the session over a socketReconnect', async () => {
    const store = await openSessionStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    store.network.last.freeze()
    void store.dispatch(socketReconnect())
    await advanceTime(1)
    expect([store.took(), told(store).verdicts, store.server.byes]).toEqual([[1], ['new', 'resumed'], []])
  })

  it.each([1000, 1001, 1012, 1013, 4408, 4429])('keeps the session when the server closes with %i', async (code) => {
    const store = await openSessionStore()
    store.network.last.slow = true
    store.dispatch(socketSend(1, { id: 'a' }))
    store.network.last.close(code)
    await advanceTime()
    if (code === 1000) void store.dispatch(socketConnect())
    await store.retry()
    await advanceTime(1)
    expect([store.took(), told(store)]).toEqual([
      [1],
      expect.objectContaining({ verdicts: ['new', 'resumed'], dropped: [] }),
    ])
  })

  it('keeps what was sent when the server refuses the connection for good, until the app connects again', async () => {
    const store = await openSessionStore()
    store.network.last.freeze()
    store.dispatch(socketSend(1, { id: 'a' }))
    await store.cut()
    store.dispatch(socketSend(2, { id: 'b' }))
    store.server.answers = false
    await store.retry()
    store.network.last.close(4403, 'forbidden')
    await advanceTime()
    expect([store.state().status, told(store).dropped]).toEqual(['failed', ['closed b']])
    store.server.answers = true
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect([store.took(), told(store).verdicts]).toEqual([[1], ['new', 'resumed']])
  })

  it('starts over without the session when another connection has it', async () => {
    const store = await openSessionStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime()
    store.network.last.close(4409, 'another connection')
    await advanceTime()
    expect([store.state().status, told(store).dropped]).toEqual(['reconnecting', ['indeterminate a']])
    await store.retry()
    expect(told(store).verdicts).toEqual(['new', 'lost'])
    expect(store.server.hellos[1]).not.toHaveProperty('key')
  })

  it('carries raw frames and bytes, as they were when they were sent', async () => {
    const store = await openSessionStore()
    store.network.last.freeze()
    const bytes = new Uint8Array([1, 2, 3])
    store.dispatch(socketSendRaw(bytes, { id: 'a' }))
    expect(store.dispatch(socketSendRaw('$ begins a control frame'))).toMatchObject({ reason: 'invalid' })
    bytes.fill(9)
    await store.cut()
    await store.retry()
    expect(store.server.taken.map((frame) => (typeof frame === 'string' ? frame : [...new Uint8Array(frame)]))).toEqual(
      [[1, 2, 3]],
    )
  })

  it('says bye when the app closes the connection, and reports what is left as exactly as it knows', async () => {
    const store = await openSessionStore({}, { acknowledges: true })
    store.dispatch(socketSend(1, { id: 'a' }))
    await store.dispatch(socketClose())
    await advanceTime(16)
    expect([store.server.byes, told(store).dropped, store.state().status]).toEqual([
      [{ is: 'bye', received: 0 }],
      [],
      'closed',
    ])
    expect(told(store).acknowledged).toEqual(['a'])
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(told(store).verdicts).toEqual(['new', 'new'])
  })
})
