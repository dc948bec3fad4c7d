import { describe, expect, it } from '@jest/globals'
import {
  json,
  SocketFailure,
  socketClose,
  socketConnect,
  socketReceive,
  socketReconnect,
  socketSend,
} from '../../../src/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { createPage } from '../../support/page.js'
import { openSessionStore, setupSessionStore, told } from '../../support/session/fakeSessionServer.js'

useFakeTime({ performance: true })

describe('the end of a session', () => {
  it('waits for the answer to `bye` before the socket is closed, and knows what arrived', async () => {
    const store = await openSessionStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime()
    store.network.last.slow = true
    store.dispatch(socketSend(2, { id: 'b' }))
    const closing = store.dispatch(socketClose(4000, 'done'))
    await advanceTime(1_000)
    expect([store.state().status, store.network.last.closedBy, store.server.byes]).toEqual(['closing', null, []])
    store.network.last.read()
    await closing
    await advanceTime(16)
    // The server says that it has taken both.
    expect([told(store).acknowledged, told(store).dropped, store.server.byes.length]).toEqual([['a b'], [], 1])
    expect(store.state().status).toBe('closed')
  })

  it('reports what is left when the server has not answered `bye` within closeTimeout', async () => {
    const store = await openSessionStore({ closeTimeout: 500 })
    store.network.last.freeze()
    store.dispatch(socketSend(1, { id: 'a' }))
    void store.dispatch(socketClose())
    await advanceTime(499)
    expect([store.state().status, told(store).dropped]).toEqual(['closing', []])
    await advanceTime(1)
    expect([store.state().status, told(store).dropped]).toEqual(['closed', ['indeterminate a']])
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect([told(store).verdicts, store.server.hellos.length]).toEqual([['new', 'new'], 2])
  })

  it('reports as `closed` what the server has not taken', async () => {
    const store = await openSessionStore()
    store.network.last.freeze()
    store.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime()
    void store.dispatch(socketClose())
    await advanceTime()
    store.server.control({ is: 'bye', received: 0 })
    store.network.last.sendRaw('$' + JSON.stringify({ is: 'bye', received: 0 }))
    await advanceTime(2_000)
    expect(told(store).dropped.map((line) => line.split(' ')[1])).toEqual(['a'])
  })

  it('reports at once what is left when the app closes while there is no connection', async () => {
    const store = await openSessionStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    await store.cut()
    await store.dispatch(socketClose())
    expect(told(store).dropped).toEqual(['indeterminate a'])
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(told(store).verdicts).toEqual(['new', 'new'])
  })

  it('comes with another url: the old server gets `bye` while the new one is connected', async () => {
    const store = await openSessionStore({}, { acknowledges: true })
    store.network.last.slow = true
    store.dispatch(socketSend(1, { id: 'a' }))
    void store.dispatch(socketConnect({ url: 'ws://b.example/ws' }))
    await advanceTime(1)
    const [old, next] = store.network.connections
    expect([old?.closedBy, next?.url, store.state().status]).toEqual([null, 'ws://b.example/ws', 'open'])
    expect(next?.receivedRaw[0]).toMatch(/^\$\{"is":"hello","window"/)
    old?.read()
    await advanceTime(16)
    expect([told(store).verdicts, told(store).acknowledged, told(store).dropped]).toEqual([['new', 'new'], ['a'], []])
    expect(old?.receivedRaw.at(-1)).toBe('${"is":"bye","received":0}')
  })

  it('comes with another url while there is no connection: every codec is offered again', async () => {
    const store = await openSessionStore(
      { codecs: [json({ subprotocol: 'a' }), json({ subprotocol: 'b' })] },
      {},
      { protocol: (offered) => offered.find((name) => name.endsWith('+b'))! },
    )
    store.dispatch(socketSend(1, { id: 'a' }))
    await store.cut()
    void store.dispatch(socketConnect({ url: 'ws://b.example/ws' }))
    await advanceTime(1)
    expect(store.network.last.offered.slice(0, 2)).toEqual(['reduplex.session.1+a', 'reduplex.session.1+b'])
    expect([told(store).dropped, told(store).verdicts]).toEqual([['indeterminate a'], ['new', 'new']])
  })

  it('does not come with other params', async () => {
    const store = await openSessionStore()
    store.network.last.freeze()
    store.dispatch(socketSend(1, { id: 'a' }))
    void store.dispatch(socketConnect({ params: { token: 'fresh' } }))
    await advanceTime(1)
    expect([told(store).verdicts, store.took(), store.server.byes]).toEqual([['new', 'resumed'], [1], []])
  })

  it('comes with `dispose`, which says bye and does not wait', async () => {
    const store = await openSessionStore({}, {}, { terminate: true })
    const { last } = store.network
    store.dispatch(socketSend(1, { id: 'a' }))
    store.dispose()
    await advanceTime()
    expect([last.receivedRaw.at(-1), store.network.live]).toEqual(['${"is":"bye","received":0}', 0])
  })

  it('comes when the server breaks the rules: what was not acknowledged is reported, and the next session is `lost`', async () => {
    for (const frame of [
      '${"is":"ack","received":2}',
      '${"is":"welcome","resumed":false,"id":"x","key":"y","window":{"messages":1,"bytes":1}}',
      '$ not JSON',
    ]) {
      const store = await openSessionStore()
      store.dispatch(socketSend(1, { id: 'a' }))
      store.receive(frame)
      await advanceTime()
      expect([told(store).errors, told(store).dropped]).toEqual([['session_broken'], ['indeterminate a']])
      await store.retry()
      expect([told(store).verdicts, store.server.hellos[1]]).toEqual([
        ['new', 'lost'],
        expect.not.objectContaining({ key: 'key1' }),
      ])
      store.dispose()
    }
  })

  it.each([
    ['it forgot what it had acknowledged', { acked: 0, received: 2, sent: 0 }],
    ['it has taken less than it has handled', { acked: 2, received: 1, sent: 0 }],
    ['it has taken what was never sent', { acked: 1, received: 3, sent: 0 }],
  ])('comes when the counters of `welcome` do not fit: %s', async (_name, counters) => {
    const store = await openSessionStore()
    store.dispatch(socketSend(1, { id: 'a' }))
    store.dispatch(socketSend(2, { id: 'b' }))
    await advanceTime()
    store.server.acknowledge(1)
    await advanceTime()
    store.server.answers = false
    await store.cut()
    await store.retry()
    store.receive(
      `$${JSON.stringify({ is: 'welcome', resumed: true, id: 'c1', ttl: 1, window: { messages: 9, bytes: 9 }, kept: true, ...counters })}`,
    )
    await advanceTime()
    expect(told(store)).toMatchObject({ dropped: ['indeterminate b'], errors: ['session_broken'] })
    store.server.answers = true
    await store.retry()
    expect([told(store).verdicts, store.took()]).toEqual([
      ['new', 'lost'],
      [1, 2],
    ])
  })
})

describe('a session in a page', () => {
  it('goes on after the page was frozen: the socket is closed without `bye`, and what came is acknowledged', async () => {
    const page = createPage()
    const store = await openSessionStore()
    store.server.push(1)
    store.dispatch(socketSend(1, { id: 'a' }))
    await advanceTime()
    page.fire('pagehide', { persisted: true })
    await advanceTime()
    expect(store.network.connections[0]?.receivedRaw.at(-1)).toBe('${"is":"ack","received":1}')
    page.fire('pageshow', { persisted: true })
    await advanceTime(1_300)
    expect([told(store).verdicts, store.server.byes, store.server.hellos[1]]).toEqual([
      ['new', 'resumed'],
      [],
      expect.objectContaining({ received: 1 }),
    ])
  })

  it('says bye when the page is left', async () => {
    const page = createPage()
    const store = await openSessionStore()
    page.fire('pagehide', { persisted: false })
    await advanceTime()
    expect(store.server.byes).toEqual([{ is: 'bye', received: 0 }])
  })
})

describe('a handshake of the app', () => {
  it('comes before `hello`, and its frames are not counted', async () => {
    const seen: unknown[] = []
    const store = setupSessionStore({
      handshake: async ({ send, receive }) => {
        send('token')
        seen.push(await receive())
      },
    })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    store.receiveJson('granted')
    store.receiveJson('left')
    await advanceTime(1)
    store.dispatch(socketSend(1, { id: 'a' }))
    await store.cut()
    await store.retry()
    expect(store.network.last.receivedRaw).toEqual(['"token"'])
    store.receiveJson('granted')
    await advanceTime(1)
    expect(store.server.hellos[1]).toMatchObject({ received: 0, sent: 1 })
    expect([seen, told(store).messages, store.took()]).toEqual([['granted', 'granted'], ['left'], [1]])
  })

  it('that fails does not touch the session', async () => {
    let fails = false
    const store = await openSessionStore({
      handshake: () => {
        if (fails) throw new SocketFailure('no')
      },
    })
    store.network.last.freeze()
    store.dispatch(socketSend(1, { id: 'a' }))
    fails = true
    await store.cut()
    await store.retry()
    expect([store.state().status, told(store).dropped]).toEqual(['failed', []])
    fails = false
    void store.dispatch(socketReconnect())
    await advanceTime(1)
    expect([store.took(), told(store).verdicts]).toEqual([[1], ['new', 'resumed']])
  })
})

describe('frames that come right after `welcome`', () => {
  it('wait until the connection is ready, and are counted when they are delivered', async () => {
    const store = await openSessionStore({
      handshake: async () => {},
      onOpen: ({ dispatch }) => void dispatch(socketSend('opened')),
    })
    const reader = store.dispatch(socketReceive())
    await store.cut()
    for (const value of [1, 2, 3]) store.server.push(value)
    await store.retry()
    const types = store.recorder.types.filter((type) => /opened|message/.test(type))
    expect(types).toEqual(['socket/opened', 'socket/opened', 'socket/message', 'socket/message', 'socket/message'])
    await reader.return?.()
  })

  it('are sent again when the app gives the socket up before they are delivered', async () => {
    let gives = false
    const store = await openSessionStore({
      onOpen: ({ dispatch }) => {
        if (gives) void dispatch(socketReconnect())
        gives = false
      },
    })
    await store.cut()
    for (const value of [1, 2, 3]) store.server.push(value)
    gives = true
    await store.retry()
    await advanceTime(10)
    expect([told(store).messages, told(store).verdicts]).toEqual([
      [1, 2, 3],
      ['new', 'resumed', 'resumed'],
    ])
  })
})
