import { describe, expect, it } from '@jest/globals'
import {
  createSocketActions,
  createSocketMiddleware,
  socketConnect,
  socketReconnect,
  socketSend,
} from '../../../src/index.js'
import { jsonRpc, socketNotify } from '../../../src/rpc/index.js'
import {
  createSessionActions,
  getSessionSelectors,
  selectSession,
  sessionFeature,
  socketAcknowledged,
} from '../../../src/session/index.js'
import {
  createClientSession,
  disconnect,
  sayHello,
  sendCounted,
  takeControl,
  type SessionPort,
} from '../../../src/session/clientSession.js'
import { noSession, type NumberedFrame } from '../../../src/session/sessionState.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionStore, serveSessions, told } from '../../support/session/fakeSessionServer.js'
import { setupStore } from '../../support/setupStore.js'

// Faults that other libraries have, or that the design had at first.

useFakeTime({ performance: true })

describe('a session', () => {
  it('resumes before the first message, and any number of times', async () => {
    const store = await openSessionStore()
    for (let n = 0; n < 3; n++) {
      await store.cut()
      await store.retry()
    }
    store.dispatch(socketSend(1))
    await store.cut()
    await store.retry()
    expect([told(store).verdicts, store.took()]).toEqual([['new', 'resumed', 'resumed', 'resumed', 'resumed'], [1]])
    expect(store.server.hellos.map(({ turn = 0 }) => turn)).toEqual([0, 1, 2, 3, 4])
  })

  it('confirms itself at once, before the first message of the app', async () => {
    const store = await openSessionStore()
    expect(store.server.acks).toEqual([{ is: 'ack', received: 0 }])
  })

  it('ignores frames of a socket that was given up', async () => {
    const store = await openSessionStore({}, {}, { lateDelivery: true, halfOpen: true })
    const old = store.network.last
    void store.dispatch(socketReconnect())
    await advanceTime(1)
    old.sendRaw('1')
    old.sendRaw('${"is":"ack","received":5}')
    store.server.push(2)
    await advanceTime(250)
    expect([told(store).messages, told(store).errors, store.server.acks.at(-1)]).toEqual([
      [2],
      [],
      { is: 'ack', received: 1 },
    ])
  })

  it('counts everything that goes out, whatever sends it', async () => {
    const store = await openSessionStore({
      protocol: jsonRpc(),
      forward: 'app/said',
      respondToPing: (message) => (message === 'are you there?' ? { yes: true } : undefined),
      heartbeat: {
        interval: 1_000,
        timeout: 500,
        message: (number) => JSON.stringify({ beat: number }),
        reply: () => true,
      },
    })
    store.dispatch({ type: 'app/said', payload: 1 })
    store.dispatch(socketNotify('note'))
    store.receiveJson('are you there?')
    store.dispatch(socketSend('last', { id: 'last' }))
    await advanceTime()
    const taken = store.took()
    expect(taken.length).toBeGreaterThanOrEqual(4)
    store.server.acknowledge()
    await advanceTime(16)
    await store.cut()
    await store.retry()
    expect(store.server.hellos[1]).toMatchObject({ sent: taken.length, acked: taken.length })
  })

  it('keeps its key out of actions, state and errors', async () => {
    const store = await openSessionStore({ debug: false })
    store.dispatch(socketSend(1))
    await store.cut()
    await store.retry()
    store.receive('${"is":"ack","received":99}')
    await advanceTime(16)
    expect(JSON.stringify([store.recorder.all, store.app()])).not.toContain('key1')
  })

  it('is that of its connection: a named one has actions and selectors of its own', async () => {
    const chat = createSocketMiddleware.with(sessionFeature)({
      actions: createSocketActions('chat'),
      url: 'ws://chat.example/ws',
      session: {},
    })
    const { acknowledged, name } = createSessionActions(chat.actions)
    expect([name, acknowledged.type, socketAcknowledged.type]).toEqual([
      'chat',
      'socket:chat/acknowledged',
      'socket/acknowledged',
    ])
    const event = acknowledged({ ids: ['a'] })
    expect([acknowledged.match(event), socketAcknowledged.match(event)]).toEqual([true, false])
    const { selectSession: select, selectUnacknowledged } = getSessionSelectors((root: { live?: never }) => root.live)
    expect([select({}), selectUnacknowledged({}, 'chat')]).toEqual(['none', []])
    chat.dispose()
    await advanceTime()
  })

  it('shows in the state after the state was reset', async () => {
    const store = await openSessionStore({
      reducer: { other: (state: number = 0, { type }) => (type === 'more' ? state + 1 : state) },
    })
    store.dispatch({ type: 'more' })
    expect(selectSession(store.app() as never)).toBe('new')
  })

  it('is asked for by each connection of two stores', async () => {
    const one = setupStore({ session: {} })
    const two = setupStore({ session: {} })
    const servers = [serveSessions(one.network), serveSessions(two.network)]
    void one.dispatch(socketConnect())
    void two.dispatch(socketConnect())
    await advanceTime(1)
    expect(servers.map(({ hellos }) => hellos.length)).toEqual([1, 1])
  })
})

describe('the state of a session', () => {
  const port = (written: unknown[]): SessionPort => ({
    limits: { messages: 10, bytes: 100 },
    write: (frame) => written.push(frame),
    mayWrite: () => true,
    onWelcome: () => {},
    onAcknowledged: () => {},
    onIndeterminate: () => {},
    onReturned: () => {},
    onLeft: () => {},
    onRoom: () => {},
    onBroken: () => {},
  })
  const welcome = (members: object) =>
    `$${JSON.stringify({ is: 'welcome', id: 'c', ttl: 1, window: { messages: 9, bytes: 9 }, ...members })}`

  const leftOver = { ...noSession(), key: 'k', codec: '', turn: 3, sent: 3, acked: 1, isLeftOver: true }
  const unacked = ['"b"', '"c"'].map((frame) => ({ id: frame, frame }))

  const endLeftOver = (answer: object) => {
    const sent: unknown[] = []
    const reported: unknown[] = []
    const tell = (name: string) => (frames: readonly NumberedFrame[], isStale?: boolean) =>
      void reported.push([name, ...frames.map(({ id }) => id), ...(isStale ? ['stale'] : [])])
    const session = createClientSession(
      {
        ...port(sent),
        onWelcome: (_welcome, verdict) => void reported.push(verdict),
        onAcknowledged: tell('acknowledged'),
        onIndeterminate: tell('indeterminate'),
        onReturned: tell('returned'),
        onBroken: () => void reported.push('broken'),
      },
      { ...leftOver, unacked: [...unacked] },
    )
    sayHello(session)
    takeControl(session, welcome(answer))
    return { sent, reported, session }
  }

  it('that another page has left is ended by the first hello, and what was not taken is returned', () => {
    const { sent, reported, session } = endLeftOver({ resumed: false, key: 'n', acked: 2, ended: true })
    expect(JSON.parse(String(sent[0]).slice(1))).toMatchObject({ key: 'k', turn: 4, acked: 1, sent: 3, end: true })
    expect(reported).toEqual([['acknowledged', '"b"'], ['returned', '"c"'], 'new'])
    expect([session.key, session.sent, session.bytes]).toEqual(['n', 0, 0])
    disconnect(session)
    sayHello(session)
    expect(JSON.parse(String(sent.at(-1)).slice(1))).not.toHaveProperty('end')
  })

  it.each([
    [
      'took frames that are not known here',
      { acked: 5, ended: true },
      [['acknowledged', '"b"', '"c"'], ['returned', 'stale'], 'new'],
    ],
    [
      'does not say that it has ended the session',
      { acked: 2 },
      [['acknowledged', '"b"'], ['indeterminate', '"c"'], 'lost'],
    ],
    ['knows nothing of the session', {}, [['indeterminate', '"b"', '"c"'], 'lost']],
    ['took less than it had acknowledged', { acked: 0, ended: true }, [['indeterminate', '"b"', '"c"'], 'lost']],
  ])('that another page has left is settled when the server %s', (_name, answer, expected) => {
    expect(endLeftOver({ resumed: false, key: 'n', ...answer }).reported).toEqual(expected)
  })

  it('that another page has left must not be resumed', () => {
    const { reported } = endLeftOver({ resumed: true, received: 2, acked: 2, sent: 0, kept: true })
    expect(reported).toEqual([['indeterminate', '"b"', '"c"'], 'broken'])
  })

  it('gives no number to a frame that the socket refuses', () => {
    const written: unknown[] = []
    const session = createClientSession({
      ...port(written),
      write: (frame) => {
        if (frame === 'bad') throw new Error('refused')
        written.push(frame)
      },
    })
    sayHello(session)
    takeControl(session, welcome({ resumed: false, key: 'k' }))
    expect(() => sendCounted(session, 'bad')).toThrow('refused')
    sendCounted(session, 'good')
    expect([session.sent, session.unacked.length, session.bytes]).toEqual([1, 1, 4])
  })
})
