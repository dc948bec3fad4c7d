import { describe, expect, it } from '@jest/globals'
import {
  SocketFailure,
  socketClose,
  socketConnect,
  socketDropped,
  socketError,
  socketListen,
  socketSend,
  socketSendRaw,
} from '../../../src/index.js'
import {
  callbackProblem,
  detailsOf,
  isSocketFailure,
  messageOf,
  problemOf,
  show,
} from '../../../src/internal/errors.js'
import { jsonRpc, socketRequest } from '../../../src/rpc/index.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupOpenStore, setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

// A revoked Proxy throws at everything that is done with it. Where one was thrown, returned or sent, an exception left the library.

useFakeTime()

const revoked = (): never => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy as never
}

/** An object of which every member throws when it is read. */
const hostile = (): never =>
  new Proxy(
    { member: 1 },
    {
      get: () => {
        throw new Error('no member for you')
      },
    },
  ) as never

const throwIt = (value: unknown): never => {
  throw value
}

const rejectWith = async (value: unknown): Promise<never> => await Promise.resolve().then(() => throwIt(value))

const codes = (store: TestStore): unknown[] => store.recorder.of(socketError).map(({ payload }) => payload.code)

describe.each([
  ['a revoked Proxy', revoked],
  ['an object whose members throw', hostile],
])('%s', (_what, create) => {
  it('becomes a problem with a code and a text', () => {
    const value: unknown = create()
    expect(problemOf(value, 'invalid_frame')).toMatchObject({ code: 'invalid_frame', message: expect.any(String) })
    expect(problemOf(value, 'invalid_frame').message).not.toBe('')
    expect(callbackProblem('accept', value).code).toBe('callback_failed')
    expect(isSocketFailure(value)).toBe(false)
    expect([typeof messageOf(value), typeof detailsOf(value), show(value)]).toEqual(['string', 'string', 'an object'])
  })

  it.each<[string, StoreOptions, string]>([
    ['the codec cannot decode', { codec: { encode: String, decode: () => throwIt(create()) } }, 'invalid_frame'],
    ['accept', { accept: () => throwIt(create()) }, 'callback_failed'],
    ['toActions', { toActions: () => throwIt(create()) }, 'callback_failed'],
    ['toActions that returns it', { toActions: () => create() }, 'invalid_'],
    [
      'the async codec that decodes it',
      { codec: { encode: String, decode: () => rejectWith(create()) } },
      'invalid_frame',
    ],
  ])('is reported when a message arrives, and the connection goes on: %s', async (_how, options, code) => {
    const store = await setupOpenStore(options)
    expect(() => store.receive('{"type":"said"}')).not.toThrow()
    await advanceTime(1)
    expect(codes(store)).toEqual([expect.stringContaining(code)])
    expect(store.state().status).toBe('open')
  })

  it.each<[string, StoreOptions]>([
    ['url', { url: () => throwIt(create()) }],
    ['an async url', { url: () => rejectWith(create()) }],
    ['handshake', { handshake: () => throwIt(create()) }],
    [
      'the constructor of the WebSocket',
      {
        WebSocket: function Refusing() {
          throwIt(create())
        } as never,
      },
    ],
  ])('is reported when an attempt fails with it, and a retry follows: %s', async (_how, options) => {
    const store = setupStore({ reconnect: { backoff: () => 60_000 }, ...options })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.state().status).toBe('reconnecting')
    expect(codes(store)).toHaveLength(1)
  })

  it('as the result of shouldReconnect leaves the decision to the table', async () => {
    const store = await setupOpenStore({ reconnect: { shouldReconnect: () => create(), backoff: () => 60_000 } })
    store.network.last.close(1012)
    await advanceTime(1)
    expect(codes(store)).toEqual(['callback_failed'])
    expect(store.state().status).toBe('reconnecting')
  })

  it('is dropped and reported when it is sent', async () => {
    const store = await setupOpenStore()
    const say = socketSend as (value: unknown) => ReturnType<typeof socketSend>
    expect(store.dispatch(say(create()))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
    expect(store.dispatch(socketSendRaw(create()))).toMatchObject({ delivery: 'dropped', reason: 'invalid' })
    expect(store.recorder.count(socketDropped)).toBe(2)
    expect(codes(store)).toEqual(['encode_failed', 'encode_failed'])
  })

  it('thrown by a listener reaches the next listener’s message all the same', async () => {
    const store = await setupOpenStore()
    const received: unknown[] = []
    store.dispatch(
      socketListen(
        () => true,
        () => throwIt(create()),
      ),
    )
    store.dispatch(
      socketListen(
        () => true,
        (message) => received.push(message),
      ),
    )
    expect(() => store.receive('1')).not.toThrow()
    expect([received, codes(store)]).toEqual([[1], ['callback_failed']])
  })

  it('as the reason of a close closes all the same', async () => {
    const store = await setupOpenStore()
    await store.dispatch(socketClose(4000, create()))
    expect(store.state()).toMatchObject({ status: 'closed', lastClose: { code: 4000 } })
  })

  it('thrown by a method of the client becomes a reply', async () => {
    const store = await setupOpenStore({ protocol: jsonRpc({ methods: { fail: () => throwIt(create()) } }) })
    store.receiveJson({ jsonrpc: '2.0', id: 7, method: 'fail' })
    await advanceTime(1)
    expect(store.sent().map((frame) => JSON.parse(String(frame)) as unknown)).toEqual([
      { jsonrpc: '2.0', id: 7, error: { code: -32603, message: 'Internal error' } },
    ])
    expect(codes(store)).toEqual(['callback_failed'])
  })

  it('in the params of a request ends the request', async () => {
    const store = await setupOpenStore({ protocol: jsonRpc() })
    await expect(store.dispatch(socketRequest('get', create()))).resolves.toMatchObject({ error: { code: 'invalid' } })
  })
})

it('a revoked Proxy that a codec decodes is reported', async () => {
  const store = await setupOpenStore({ codec: { encode: String, decode: () => revoked() } })
  expect(() => store.receive('text')).not.toThrow()
  await advanceTime(1)
  expect(codes(store)).toEqual(['invalid_frame'])
})

it('the reason of a close may be an Error: its message is sent', async () => {
  const store = await setupOpenStore()
  await store.dispatch(socketClose(4000, new Error('too slow') as never))
  expect(store.network.last.closedBy).toEqual({ code: 4000, reason: 'too slow' })
})

it('a SocketFailure is still recognised', () => {
  expect(isSocketFailure(new SocketFailure('signed out'))).toBe(true)
  expect(isSocketFailure(null)).toBe(false)
})
