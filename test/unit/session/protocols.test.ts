import { describe, expect, it } from '@jest/globals'
import { createProtocol, socketClose, socketConnect, socketSend, type WithSockets } from '../../../src/index.js'
import {
  jsonRpc,
  selectPendingCount,
  selectSubscription,
  socketNotify,
  socketPush,
  socketRequest,
  socketSubscribe,
  socketSubscribed,
} from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSessionStore, told, type SessionStore } from '../../support/session/fakeSessionServer.js'

useFakeTime({ performance: true })

const openRpc = async (...[options, server]: Parameters<typeof openSessionStore>) =>
  await openSessionStore({ protocol: jsonRpc(), ...options }, server)

interface Call {
  readonly id?: number
  readonly method: string
  readonly params?: unknown
}

/** The calls that the server took. */
const calls = (store: SessionStore) => store.took() as Call[]
const methods = (store: SessionStore) => calls(store).map(({ method }) => method)
const reply = (store: SessionStore, index: number, result: unknown) =>
  store.server.push({ jsonrpc: '2.0', id: calls(store)[index]!.id, result })
const root = (store: SessionStore) => store.app() as unknown as WithSockets

const subscribe = async (store: SessionStore) => {
  const id = store.dispatch(socketSubscribe('posts'))
  await advanceTime()
  reply(store, methods(store).length - 1, 'posts#1')
  await advanceTime(16)
  return id
}

describe('requests in a session', () => {
  it('keep their reply over a cut, and are sent once', async () => {
    const store = await openRpc()
    const request = store.dispatch(socketRequest('add', [1, 2]))
    await advanceTime()
    await store.cut()
    reply(store, 0, 3)
    await store.retry()
    expect([await request, methods(store)]).toEqual([{ data: 3 }, ['add']])
  })

  it('that were lost on the way are sent by the session, not by `retry`', async () => {
    const store = await openRpc()
    store.network.last.freeze()
    const request = store.dispatch(socketRequest('add', [1, 2], { idempotent: true }))
    await store.cut()
    await store.retry()
    expect(methods(store)).toEqual(['add'])
    reply(store, 0, 3)
    expect(await request).toEqual({ data: 3 })
  })

  it('that were not sent go out after the resume', async () => {
    const store = await openRpc()
    await store.cut()
    const request = store.dispatch(socketRequest('add', [1, 2]))
    store.dispatch(socketNotify('seen'))
    await store.retry()
    expect(methods(store)).toEqual(['add', 'seen'])
    reply(store, 0, 3)
    expect(await request).toEqual({ data: 3 })
  })

  it('have their timeout while the connection is lost', async () => {
    const store = await openRpc({ reconnect: { backoff: () => 60_000 } })
    const request = store.dispatch(socketRequest('slow', undefined, { timeout: 5_000 }))
    await store.cut()
    await advanceTime(5_000)
    expect(await request).toMatchObject({ error: { code: 'request_timeout' } })
  })

  it('are counted as pending while the connection is lost', async () => {
    const store = await openRpc()
    void store.dispatch(socketRequest('slow'))
    await advanceTime(16)
    await store.cut()
    expect(selectPendingCount(root(store))).toBe(1)
    await store.retry()
    reply(store, 0, 1)
    await advanceTime(16)
    expect(selectPendingCount(root(store))).toBe(0)
  })

  it('end with `disconnected` once what the server sent before has come, where it does not keep them', async () => {
    const store = await openRpc({}, { keeps: false })
    const answered = store.dispatch(socketRequest('quick'))
    const unanswered = store.dispatch(socketRequest('slow'))
    await advanceTime()
    await store.cut()
    reply(store, 0, 1)
    await store.retry()
    expect(await answered).toEqual({ data: 1 })
    expect(await unanswered).toMatchObject({ error: { code: 'disconnected' } })
    expect(methods(store)).toEqual(['quick', 'slow'])
  })

  it('that may be repeated are, where the server does not keep them', async () => {
    const store = await openRpc({}, { keeps: false })
    const request = store.dispatch(socketRequest('read', undefined, { idempotent: true }))
    await advanceTime()
    await store.cut()
    store.dispatch(socketNotify('later'))
    await store.retry()
    // Before what waits in the queue.
    expect(methods(store)).toEqual(['read', 'read', 'later'])
    reply(store, 1, 1)
    expect(await request).toEqual({ data: 1 })
  })

  it.each([
    ['lost', () => {}],
    ['new', (store: SessionStore) => store.server.sayBye()],
  ] as const)('that were handed over end with `disconnected` when the session is %s', async (verdict, end) => {
    const store = await openRpc()
    const request = store.dispatch(socketRequest('slow'))
    await advanceTime()
    end(store)
    if (verdict === 'lost') store.server.forget()
    await store.cut()
    await store.retry()
    expect([await request, told(store).verdicts]).toEqual([
      { error: expect.objectContaining({ code: 'disconnected' }) },
      ['new', verdict],
    ])
  })

  it('that the server had not taken when it said bye go out in the next session', async () => {
    const store = await openRpc()
    store.network.last.slow = true
    const request = store.dispatch(socketRequest('add'))
    store.server.sayBye()
    await store.cut()
    await store.retry()
    expect(methods(store)).toEqual(['add'])
    reply(store, 0, 1)
    expect(await request).toEqual({ data: 1 })
  })

  it('end when the app closes the connection', async () => {
    const store = await openRpc()
    const request = store.dispatch(socketRequest('slow'))
    await advanceTime()
    void store.dispatch(socketClose())
    await advanceTime()
    expect(await request).toMatchObject({ error: { code: 'disconnected' } })
  })
})

describe('subscriptions in a session', () => {
  it('go on over a cut without being asked for again, and stay active', async () => {
    const store = await openRpc()
    const id = await subscribe(store)
    await store.cut()
    store.server.push({ jsonrpc: '2.0', method: '$/push', params: { id: 'posts#1', channel: 'posts', data: 7 } })
    expect(selectSubscription(root(store), id)?.status).toBe('active')
    await store.retry()
    await advanceTime(16)
    expect(methods(store)).toEqual(['subscribe'])
    expect(store.recorder.of(socketPush).map(({ payload }) => payload.data)).toEqual([7])
    expect(store.recorder.of(socketSubscribed)).toHaveLength(1)
  })

  it.each(['kept: false', 'lost', 'new'])('are asked for again, once: %s', async (how) => {
    const store = await openRpc({}, { keeps: how !== 'kept: false' })
    await subscribe(store)
    if (how === 'lost') store.server.forget()
    if (how === 'new') store.server.sayBye()
    await store.cut()
    await store.retry()
    await advanceTime(1)
    expect(methods(store)).toEqual(['subscribe', 'subscribe'])
    reply(store, 1, 'posts#2')
    await advanceTime(16)
    expect(store.recorder.of(socketSubscribed).map(({ payload }) => payload.recovered)).toEqual([true, false])
  })

  it('whose request is lost on the way are not asked for twice', async () => {
    const store = await openRpc()
    store.network.last.freeze()
    store.dispatch(socketSubscribe('posts'))
    await store.cut()
    await store.retry()
    expect(methods(store)).toEqual(['subscribe'])
  })

  it('that resumed past the queue are not sent again after a bye of the server', async () => {
    const store = await openRpc({}, { keeps: false })
    await subscribe(store)
    await store.cut()
    store.server.losesFrames = true
    await store.retry()
    store.server.sayBye()
    store.server.losesFrames = false
    await store.cut()
    await store.retry()
    expect([methods(store), told(store).verdicts]).toEqual([
      ['subscribe', 'subscribe'],
      ['new', 'resumed', 'new'],
    ])
  })
})

describe('a protocol of the app in a session', () => {
  const setup = async (keeps: boolean) => {
    const log: string[] = []
    const protocol = createProtocol(() => ({
      resume: ({ send, reconnected }) => {
        log.push(`resume ${String(reconnected)}`)
        void send({ hello: log.length })
      },
      onEvent: (type) => {
        if (/^(opened|closed|failed)$/.test(type)) log.push(type)
      },
      beforeClose: ({ send }) => send('last'),
    }))
    const store = await openSessionStore({ protocol }, { keeps })
    return { log, store }
  }

  it('gets no event for a lost socket where the server has kept everything', async () => {
    const { log, store } = await setup(true)
    await store.cut()
    expect(log).toEqual(['resume false', 'opened'])
    await store.retry()
    expect([log, store.took()]).toEqual([['resume false', 'opened', 'opened'], [{ hello: 1 }]])
  })

  it('gets the event before it resumes where the server has not', async () => {
    const { log, store } = await setup(false)
    await store.cut()
    store.server.push(1)
    expect(log).toEqual(['resume false', 'opened'])
    store.dispatch(socketSend('waits'))
    await store.retry()
    expect([log, store.took()]).toEqual([
      ['resume false', 'opened', 'opened', 'closed', 'resume true'],
      [{ hello: 1 }, { hello: 5 }, 'waits'],
    ])
  })

  it('resumes once it was told that the connection had failed', async () => {
    const { log, store } = await setup(true)
    store.network.last.close(4403)
    await advanceTime()
    expect(log).toEqual(['resume false', 'opened', 'closed', 'failed'])
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(log.slice(4)).toEqual(['resume false', 'opened'])
  })

  it('says its last word before the `bye` of the session', async () => {
    const { store } = await setup(true)
    void store.dispatch(socketClose())
    await advanceTime()
    expect(store.network.last.receivedRaw.slice(-2)).toEqual(['"last"', '${"is":"bye","received":0}'])
    expect(store.took().at(-1)).toBe('last')
  })
})
