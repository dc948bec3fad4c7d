import { describe, expect, it } from '@jest/globals'
import { socketClose, socketConnect, socketDropped, socketMessage, socketOpened, socketSend } from '../../../src/index.js'
import { selectSession, selectUnacknowledged, socketAcknowledged } from '../../../src/session/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupSessionStore, type SessionStore } from '../../support/session/fakeSessionServer.js'

useFakeTime({ performance: true })

const open = async (...args: Parameters<typeof setupSessionStore>): Promise<SessionStore> => {
  const store = setupSessionStore(...args)
  void store.dispatch(socketConnect())
  await advanceTime(1)
  return store
}

const verdicts = (store: SessionStore) => store.recorder.of(socketOpened.match).map(({ payload }) => payload.session)
const dropped = (store: SessionStore) =>
  store.recorder.of(socketDropped.match).map(({ payload: { reason, ids } }) => ({ reason, ids }))
const acknowledged = (store: SessionStore) =>
  store.recorder.of(socketAcknowledged.match).map(({ payload }) => payload.ids)
const messages = (store: SessionStore) => store.recorder.of(socketMessage.match).map(({ payload }) => payload)

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
    expect(store.network.last.offered).toEqual(['reduplex.session.1'])
    expect(store.recorder.of(socketOpened.match)[0]?.payload).toMatchObject({ protocol: '', session: 'new' })
    expect([selectSession(store.app() as never), store.state().protocol]).toEqual(['new', ''])
  })

  it('sends again what the server has not taken, in order, and nothing that it has', async () => {
    const store = await open()
    store.dispatch(socketSend(1, { id: 'a' }))
    store.dispatch(socketSend(2, { id: 'b' }))
    await advanceTime()
    store.network.last.freeze()
    store.dispatch(socketSend(3, { id: 'c' }))
    await store.cut()
    store.dispatch(socketSend(4, { id: 'd' }))
    await store.retry()
    expect(store.took()).toEqual([1, 2, 3, 4])
    expect([verdicts(store), dropped(store)]).toEqual([['new', 'resumed'], []])
    expect(selectUnacknowledged(store.app() as never)).toEqual(['a', 'b', 'c', 'd'])
    store.server.acknowledge()
    await advanceTime(16)
    expect([acknowledged(store), selectUnacknowledged(store.app() as never)]).toEqual([[['a', 'b', 'c', 'd']], []])
  })

  it('gets what the server sent while it was away, once and in order', async () => {
    const store = await open()
    store.server.push(1)
    await store.cut()
    store.server.push(2)
    store.server.push(3)
    await store.retry()
    store.server.push(4)
    await advanceTime()
    expect([messages(store), store.server.hellos[1]]).toEqual([[1, 2, 3, 4], expect.objectContaining({ received: 1 })])
  })

  it('reports what was not acknowledged when the session is lost', async () => {
    const store = await open()
    store.dispatch(socketSend(1, { id: 'a' }))
    store.dispatch(socketSend(2, { id: 'b' }))
    await store.cut()
    store.server.forget()
    await store.retry()
    expect([verdicts(store), dropped(store)]).toEqual([
      ['new', 'lost'],
      [{ reason: 'indeterminate', ids: ['a', 'b'] }],
    ])
    expect(store.took()).toEqual([1, 2])
  })

  it('says bye when the app closes the connection, and reports nothing that was acknowledged', async () => {
    const store = await open({}, { acknowledges: true })
    store.dispatch(socketSend(1, { id: 'a' }))
    await store.dispatch(socketClose())
    await advanceTime(16)
    expect([store.server.byes, dropped(store), store.state().status]).toEqual([
      [{ is: 'bye', received: 0 }],
      [],
      'closed',
    ])
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(verdicts(store)).toEqual(['new', 'new'])
  })
})
