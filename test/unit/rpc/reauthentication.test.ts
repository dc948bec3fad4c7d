import { createListenerMiddleware } from '@reduxjs/toolkit'
import { describe, expect, it, jest } from '@jest/globals'
import { createSocketMiddleware, socketConnect, socketReconnect } from '../../../src/index.js'
import { reauthentication, socketReauthenticate } from '../../../src/rpc/index.js'
import { inDevelopment } from '../../support/mode.js'
import { advanceTime, setupOpenRpcStore, setupRpcStore, useFakeTime, type RpcTestStore } from './harness.js'

useFakeTime()

const SECRET = 'a-secret-token'
const MINUTE = 60_000

const authenticate = (params: object, id = 1) => ({ jsonrpc: '2.0', id, method: '$/authenticate', params })
const until = (expiresIn: number | null) => ({
  expiresAt: expiresIn === null ? null : Date.now() + expiresIn,
  expiresIn,
})

describe('socketReauthenticate', () => {
  it('sends the credentials, and resolves with the new authorisation', async () => {
    const store = await setupOpenRpcStore()
    const handle = store.dispatch(socketReauthenticate({ token: SECRET }))
    expect(store.sentMessages()).toEqual([authenticate({ credentials: { token: SECRET } })])
    store.answer(until(MINUTE))
    await expect(handle).resolves.toEqual({ data: until(MINUTE) })
    await expect(handle.unwrap()).resolves.toMatchObject({ expiresIn: MINUTE })
  })

  it('resolves with the refusal of the server', async () => {
    const store = await setupOpenRpcStore()
    const handle = store.dispatch(socketReauthenticate(SECRET))
    store.refuse({ code: -32003, message: 'not signed in', data: { code: 4401 } })
    await expect(handle).resolves.toEqual({ error: { code: -32003, message: 'not signed in', data: { code: 4401 } } })
  })

  it('shows the credentials in no action and no state, whatever becomes of it', async () => {
    const store = await setupOpenRpcStore()
    const command = socketReauthenticate({ token: SECRET })
    expect(JSON.stringify(command)).not.toContain(SECRET)
    expect(command.payload).toBeUndefined()
    void store.dispatch(command)
    expect(store.takeActions()).toEqual([
      {
        type: 'socket/reauthenticate',
        payload: undefined,
        meta: { socket: 'default', id: expect.stringMatching(/^rpc:.+:1$/), delivery: 'sent' },
      },
    ])
    store.refuse({ code: -32003, message: 'no' })
    store.network.last.close(4000)
    await store.dispatch(socketReauthenticate(SECRET))
    await advanceTime(1_000)
    void store.dispatch(socketReauthenticate(SECRET))
    expect(JSON.stringify([store.recorder.all, store.app()])).not.toContain(SECRET)
  })

  it('shows them to no other middleware', async () => {
    const listener = createListenerMiddleware()
    const seen: unknown[] = []
    listener.startListening({ predicate: () => true, effect: (action) => void seen.push(action) })
    const store = await setupOpenRpcStore({ middleware: [listener.middleware] })
    void store.dispatch(socketReauthenticate(SECRET))
    expect(JSON.stringify([seen, store.recorder.all])).not.toContain(SECRET)
  })

  it('is dropped without a connection, and not sent on a later one', async () => {
    const store = setupRpcStore()
    await expect(store.dispatch(socketReauthenticate(SECRET))).resolves.toMatchObject({ error: { code: 'offline' } })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sentMessages()).toEqual([])
  })

  it('settles with disconnected, request_timeout and request_aborted as a request does', async () => {
    const store = await setupOpenRpcStore()
    const controller = new AbortController()
    const slow = store.dispatch(socketReauthenticate(SECRET, { timeout: 50 }))
    const aborted = store.dispatch(socketReauthenticate(SECRET, { signal: controller.signal }))
    const before = store.dispatch(socketReauthenticate(SECRET, { signal: AbortSignal.abort() }))
    const given = store.dispatch(socketReauthenticate(SECRET))
    controller.abort()
    given.abort()
    await advanceTime(50)
    const lost = store.dispatch(socketReauthenticate(SECRET))
    store.network.last.close(1011)
    const codes = [slow, aborted, before, given, lost].map(async (handle) => (await handle).error?.code)
    await expect(Promise.all(codes)).resolves.toEqual([
      'request_timeout',
      'request_aborted',
      'request_aborted',
      'request_aborted',
      'disconnected',
    ])
  })

  it('is for the connection that it names', () => {
    expect(socketReauthenticate(SECRET, { name: 'chat' })).toMatchObject({
      type: 'socket:chat/reauthenticate',
      meta: { socket: 'chat' },
    })
  })
})

/** A store with the feature, open. The server has answered that the authorisation ends in that time. */
const open = async (provider: () => unknown, expiresIn: number | null): Promise<RpcTestStore> => {
  const store = await setupOpenRpcStore({ create: createSocketMiddleware.with(reauthentication(provider)) })
  expect(store.sentMessages()).toEqual([authenticate({})])
  store.answer(until(expiresIn))
  return store
}

describe('reauthentication', () => {
  it('sends fresh credentials a minute before the old ones end, again and again', async () => {
    let count = 0
    const store = await open(() => `token ${++count}`, 10 * MINUTE)
    await advanceTime(9 * MINUTE - 1)
    expect(store.sentMessages()).toHaveLength(1)
    await advanceTime(1)
    expect(store.lastMessage()).toEqual(authenticate({ credentials: 'token 1' }, 2))
    store.answer(until(5 * MINUTE))
    await advanceTime(4 * MINUTE)
    expect(store.lastMessage()).toEqual(authenticate({ credentials: 'token 2' }, 3))
    expect(JSON.stringify([store.recorder.all, store.app()])).not.toContain('token')
  })

  it('asks at half of a short time', async () => {
    const store = await open(() => SECRET, MINUTE)
    await advanceTime(MINUTE / 2 - 1)
    expect(store.sentMessages()).toHaveLength(1)
    await advanceTime(1)
    expect(store.sentMessages()).toHaveLength(2)
  })

  it('asks at most once a second where the end does not move', async () => {
    const store = await open(() => SECRET, 1_500)
    await advanceTime(1_000)
    store.answer(until(500))
    await advanceTime(999)
    expect(store.sentMessages()).toHaveLength(2)
    await advanceTime(1)
    expect(store.sentMessages()).toHaveLength(3)
  })

  it('does nothing where the authorisation has no end, or the function has no credentials', async () => {
    const store = await open(() => SECRET, null)
    await advanceTime(1_000 * MINUTE)
    expect(store.sentMessages()).toHaveLength(1)
    const other = await open(() => undefined, MINUTE)
    await advanceTime(10 * MINUTE)
    expect(other.sentMessages()).toHaveLength(1)
  })

  it('asks again on each connection: a time offline does not matter', async () => {
    const store = await open(() => SECRET, 10 * MINUTE)
    store.network.last.close(1011)
    await advanceTime(200)
    expect(store.lastMessage()).toEqual(authenticate({}, 2))
    store.answer(until(2_000))
    await advanceTime(1_000)
    expect(store.lastMessage()).toEqual(authenticate({ credentials: SECRET }, 3))
    store.answer(until(null))
    await advanceTime(10 * MINUTE)
    expect(store.sentMessages()).toHaveLength(3)
  })

  it('notices after the device has slept that the time has come', async () => {
    const store = await open(() => SECRET, 10 * MINUTE)
    // The clock of the system goes on while timers do not.
    jest.setSystemTime(Date.now() + 9 * MINUTE)
    await advanceTime(5_000)
    expect(store.lastMessage()).toEqual(authenticate({ credentials: SECRET }, 2))
  })

  it('reports what the function throws, and asks it again', async () => {
    let count = 0
    const store = await open(() => {
      if (++count < 3) throw new Error('no network')
      return SECRET
    }, 2 * MINUTE)
    await advanceTime(MINUTE)
    expect(store.errors()).toEqual(['provider_failed'])
    await advanceTime(MINUTE)
    expect(store.errors()).toEqual(['provider_failed', 'provider_failed'])
    expect(store.sentMessages()[1]).toEqual(authenticate({ credentials: SECRET }, 2))
  })

  it('reports a refusal of the server once, and leaves the end of the authorisation to the server', async () => {
    const provider = jest.fn(() => SECRET)
    const store = await open(provider, MINUTE)
    await advanceTime(MINUTE / 2)
    store.refuse({ code: -32003, message: 'not signed in' })
    await advanceTime(10 * MINUTE)
    expect(store.errors()).toEqual(['reauthentication_failed'])
    expect(provider).toHaveBeenCalledTimes(1)
  })

  it('reports a server that does not answer $/authenticate', async () => {
    const store = await setupOpenRpcStore({ create: createSocketMiddleware.with(reauthentication(() => SECRET)) })
    store.refuse({ code: -32601, message: 'Method not found' })
    await advanceTime(1)
    expect(store.errors()).toEqual(['reauthentication_failed'])
  })

  it.each([
    [
      'refuses for now',
      (store: RpcTestStore) => store.refuse({ code: -32029, message: 'later', data: { retryAfter: 500 } }),
    ],
    ['does not answer', () => {}],
  ])('asks again when the server %s', async (_what, reply) => {
    const store = await open(() => SECRET, 4 * MINUTE)
    await advanceTime(3 * MINUTE)
    reply(store)
    await advanceTime(MINUTE)
    expect(store.errors()).toEqual([])
    expect(store.sentMessages().filter(({ params }) => 'credentials' in (params as object)).length).toBeGreaterThan(1)
  })

  it('aborts the signal, and does not use the credentials, when the connection is lost meanwhile', async () => {
    const signals: AbortSignal[] = []
    const resolves: ((credentials: unknown) => void)[] = []
    const store = await setupOpenRpcStore({
      create: createSocketMiddleware.with(
        reauthentication(async ({ signal }) => {
          signals.push(signal)
          return await new Promise((resolve) => resolves.push(resolve))
        }),
      ),
    })
    store.answer(until(MINUTE))
    await advanceTime(MINUTE / 2)
    void store.dispatch(socketReconnect())
    await advanceTime(1)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    resolves[0]!('too late')
    await advanceTime(1)
    expect(store.sentMessages()).toEqual([authenticate({}), authenticate({}, 2)])
  })

  it('needs JSON-RPC', () => {
    const create = createSocketMiddleware.with(reauthentication(() => SECRET))
    expect(() => setupRpcStore({ create, protocol: undefined } as never)).toThrow(
      expect.objectContaining({ code: 'no_protocol' }),
    )
  })
})

inDevelopment(() => {
  it('reauthentication throws for a text in place of a function, and socketReauthenticate for a negative timeout', () => {
    expect(() => reauthentication('token' as never)).toThrow('expected a function that returns credentials')
    expect(() => socketReauthenticate(SECRET, { timeout: -1 })).toThrow('expected "timeout"')
  })
})
