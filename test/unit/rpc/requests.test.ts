import { describe, expect, it, jest } from '@jest/globals'
import {
  createSocketMiddleware,
  socketClose,
  socketConnect,
  socketError,
  SocketFailure,
  socketReconnect,
} from '../../../src/index.js'
import { createRemote, socketNotify, socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { cbor } from '../../../src/codec/cbor.js'
import { inDevelopment, inProduction, sentence } from '../../support/mode.js'
import { setupRpcStore, setupOpenRpcStore, advanceTime, useFakeTime, type RpcTestStore } from './harness.js'

useFakeTime()

describe('a request', () => {
  it('goes out as JSON-RPC 2.0, and settles with the reply', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest<{ name: string }>('getUser', { id: 7 }))
    expect(store.sentMessages()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'getUser', params: { id: 7 } }])
    store.answer({ name: 'Ann' })
    await expect(request).resolves.toEqual({ data: { name: 'Ann' } })
    await expect(request.unwrap()).resolves.toEqual({ name: 'Ann' })
  })

  it('has no "params" when it is given none', async () => {
    const store = await setupOpenRpcStore()
    void store.dispatch(socketRequest('list'))
    expect(store.lastMessage()).toEqual({ jsonrpc: '2.0', id: 1, method: 'list' })
  })

  it.each([0, '', false, null, []])('settles with the result %j', async (result) => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('falsy'))
    store.answer(result)
    await expect(request).resolves.toEqual({ data: result })
  })

  it('settles with the error of the server, with its data', async () => {
    const store = await setupOpenRpcStore()
    const error = { code: -32602, message: 'Invalid params', data: { issues: [1] } }
    const request = store.dispatch(socketRequest('getUser'))
    store.refuse(error)
    await expect(request).resolves.toEqual({ error })
    await expect(request.unwrap()).rejects.toThrow('Invalid params')
    await expect(request.unwrap()).rejects.toMatchObject({ code: -32602, data: { issues: [1] } })
  })

  it.each([
    ['a text', 'no such user', { code: -32000, message: 'no such user' }],
    ['an object without a code', { message: 'no' }, { code: -32000, message: 'no' }],
    [
      'an object without a message',
      { code: 4 },
      { code: 4, message: sentence('The server gave no message: an object.', 'an object') },
    ],
    ['a number', 7, { code: -32000, message: sentence('The server gave no message: 7.', '7') }],
  ])('settles with an error that is %s', async (_what, error, expected) => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('getUser'))
    store.refuse(error)
    await expect(request).resolves.toEqual({ error: expected })
  })

  it('accepts both members of JSON-RPC 1.0, one of them null', async () => {
    const store = await setupOpenRpcStore({ rpcOptions: { dialect: { version: false } } })
    const [fine, bad] = [store.dispatch(socketRequest('a')), store.dispatch(socketRequest('b'))]
    expect(store.sentMessages()).toEqual([
      { id: 1, method: 'a' },
      { id: 2, method: 'b' },
    ])
    store.receiveJson({ id: 1, result: 5, error: null })
    store.receiveJson({ id: 2, result: null, error: 'bad' })
    await expect(fine).resolves.toEqual({ data: 5 })
    await expect(bad).resolves.toEqual({ error: { code: -32000, message: 'bad' } })
  })

  it('settles with its own reply, in whatever order they arrive, alone or in a batch', async () => {
    const store = await setupOpenRpcStore()
    const requests = ['a', 'b', 'c', 'd'].map((method) => store.dispatch(socketRequest(method)))
    store.answer('D', 4)
    store.receiveJson([
      { jsonrpc: '2.0', id: 2, result: 'B' },
      { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'A' } },
    ])
    // Some servers reply to a number with a text.
    store.answer('C', '3')
    expect(await Promise.all(requests)).toEqual([
      { error: { code: 1, message: 'A' } },
      { data: 'B' },
      { data: 'C' },
      { data: 'D' },
    ])
  })

  it('settles once, whatever arrives later', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('a'))
    store.answer('first', 1)
    store.answer('second', 1)
    store.refuse({ code: 1, message: 'third' }, 1)
    request.abort()
    await advanceTime(20_000)
    await expect(request).resolves.toEqual({ data: 'first' })
    expect(store.sentMessages()).toHaveLength(1)
    expect(store.errors()).toEqual([])
  })

  it('reports replies that are not for a request', async () => {
    const store = await setupOpenRpcStore()
    store.answer('?', 99)
    store.answer('?', 'abc')
    store.receiveJson({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error' } })
    expect(store.errors()).toEqual(['unexpected_reply', 'unexpected_reply', 'unexpected_reply'])
    expect(store.state().error?.message).toEqual(
      sentence('The server could not read a message: Parse error', 'Parse error'),
    )
  })

  it('leaves all other messages to the app', async () => {
    const store = await setupOpenRpcStore()
    const mine = [{ type: 'chat/said' }, [1, 2], [], { id: 1, result: 1 }, { jsonrpc: '2.0', method: 'notice' }, 'text']
    for (const message of mine) store.receiveJson(message)
    expect(store.takeActions().map(({ type, payload }) => [type, payload])).toEqual(
      mine.map((message) => ['socket/message', message]),
    )
  })
})

describe('a request without a reply', () => {
  it('settles after ten seconds, and asks the server to cancel it', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('slow'))
    await advanceTime(9_999)
    expect(store.sentMessages()).toHaveLength(1)
    await advanceTime(1)
    await expect(request).resolves.toMatchObject({ error: { code: 'request_timeout' } })
    expect(store.lastMessage()).toEqual({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } })
    store.answer('too late', 1)
    expect(store.errors()).toEqual([])
  })

  it('settles after its own timeout', async () => {
    const store = await setupOpenRpcStore()
    const short = store.dispatch(socketRequest('a', undefined, { timeout: 5 }))
    const endless = store.dispatch(socketRequest('b', undefined, { timeout: Infinity }))
    await advanceTime(5)
    await expect(short).resolves.toMatchObject({ error: { code: 'request_timeout' } })
    await advanceTime(10_000_000)
    store.answer('at last', 2)
    await expect(endless).resolves.toEqual({ data: 'at last' })
  })

  it('settles while it waits for a connection, and is then not sent', async () => {
    const store = setupRpcStore()
    const request = store.dispatch(socketRequest('early'))
    await advanceTime(10_000)
    await expect(request).resolves.toMatchObject({ error: { code: 'request_timeout' } })
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sentMessages()).toEqual([])
  })
})

describe('a request that is aborted', () => {
  it('settles, and asks the server to cancel it', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('slow'))
    request.abort()
    request.abort()
    await expect(request).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    await expect(request.unwrap()).rejects.toMatchObject({ code: 'request_aborted' })
    expect(store.sentMessages().slice(1)).toEqual([{ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } }])
  })

  it('listens to its signal until it has settled', async () => {
    const store = await setupOpenRpcStore()
    const controller = new AbortController()
    const request = store.dispatch(socketRequest('slow', undefined, { signal: controller.signal }))
    const answered = store.dispatch(socketRequest('quick', undefined, { signal: controller.signal }))
    store.answer('there', 2)
    controller.abort()
    await expect(request).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    await expect(answered).resolves.toEqual({ data: 'there' })
    expect(store.sentMessages().filter(({ method }) => method === '$/cancelRequest')).toHaveLength(1)
  })

  it('is not sent when it was aborted before the dispatch', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('slow', undefined, { signal: AbortSignal.abort() }))
    await expect(request).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    expect(store.sentMessages()).toEqual([])
  })

  it('is taken out of the queue without a report when it still waits', async () => {
    const store = setupRpcStore()
    const [gone, kept] = [store.dispatch(socketRequest('gone')), store.dispatch(socketRequest('kept'))]
    gone.abort()
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sentMessages()).toEqual([{ jsonrpc: '2.0', id: 2, method: 'kept' }])
    expect(store.recorder.types).not.toContain('socket/dropped')
    store.answer(1, 2)
    await expect(kept).resolves.toEqual({ data: 1 })
  })

  it('does not ask a server whose dialect has no "cancel"', async () => {
    const store = await setupOpenRpcStore({ rpcOptions: { dialect: {} } })
    store.dispatch(socketRequest('slow')).abort()
    expect(store.sentMessages()).toHaveLength(1)
  })
})

describe('a request whose connection ends', () => {
  it('settles as disconnected when it is lost', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('a'))
    store.network.last.cut()
    await expect(request).resolves.toMatchObject({ error: { code: 'disconnected' } })
    await advanceTime(200)
    expect(store.state().status).toBe('open')
    expect(store.lastSocketMessages()).toEqual([])
  })

  it('settles as disconnected when it is closed', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('a'))
    await store.dispatch(socketClose())
    await expect(request).resolves.toMatchObject({ error: { code: 'disconnected' } })
    expect(store.pendingCount()).toBe(0)
  })

  it('settles with the reason when it was dropped from the queue', async () => {
    const store = setupRpcStore({ queue: { maxMessages: 1, overflow: 'drop-oldest' } })
    const [first, second] = [store.dispatch(socketRequest('a')), store.dispatch(socketRequest('b'))]
    await expect(first).resolves.toMatchObject({ error: { code: 'overflow' } })
    void store.dispatch(socketClose())
    await expect(second).resolves.toMatchObject({ error: { code: 'closed' } })
    const late = store.dispatch(socketRequest('c'))
    await expect(late).resolves.toMatchObject({ error: { code: 'closed' } })
  })

  it.each([
    ['offline', { whenOffline: 'drop' as const }, {}],
    ['too_large', {}, { queue: { maxBytes: 10 } }],
    ['expired', {}, { queue: { ttl: 100 } }],
  ])('settles with "%s"', async (code, options, storeOptions) => {
    const store = setupRpcStore(storeOptions)
    const request = store.dispatch(socketRequest('a', ['long enough'], options))
    await advanceTime(200)
    await expect(request).resolves.toMatchObject({ error: { code } })
  })

  it('settles as invalid when the codec cannot carry it', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('a', [1n]))
    await expect(request).resolves.toMatchObject({ error: { code: 'invalid' } })
    expect(store.errors()).toEqual(['encode_failed'])
  })

  it('still waits when it was not sent', async () => {
    const store = setupRpcStore()
    void store.dispatch(socketConnect())
    const request = store.dispatch(socketRequest('a'))
    store.network.mode = 'refuse'
    await advanceTime(50)
    store.network.mode = 'accept'
    await advanceTime(200)
    expect(store.sentMessages()).toHaveLength(1)
    store.answer('there')
    await expect(request).resolves.toEqual({ data: 'there' })
  })

  it('is repeated when it is idempotent: before the queue, once on each connection, within its timeout', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('get', undefined, { idempotent: true }))
    store.network.last.cut()
    void store.dispatch(socketNotify('queued'))
    await advanceTime(150)
    expect(store.lastSocketMessages()).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'get' },
      { jsonrpc: '2.0', method: 'queued' },
    ])
    void store.dispatch(socketReconnect())
    await advanceTime(10)
    expect(store.lastSocketMessages()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'get' }])
    store.answer('there', 1)
    await expect(request).resolves.toEqual({ data: 'there' })
    const second = store.dispatch(socketRequest('get', undefined, { idempotent: true }))
    store.network.last.cut()
    await store.dispatch(socketClose())
    await expect(second).resolves.toMatchObject({ error: { code: 'disconnected' } })
  })

  it.each([
    [{ retry: true, idempotent: true }, 1],
    [{ idempotent: true }, 1],
    [{ retry: false, idempotent: true }, 0],
    [{ retry: false }, 0],
    [{ idempotent: false }, 0],
  ])('with %j is repeated that often: %d', async (options, times) => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('get', undefined, options))
    store.network.last.cut()
    await advanceTime(150)
    expect(store.lastSocketMessages()).toHaveLength(times)
    if (times) store.answer('there')
    await expect(request).resolves.toMatchObject(times ? { data: 'there' } : { error: { code: 'disconnected' } })
  })

  it('is repeated after the subscriptions, and sent once when it had waited', async () => {
    const store = setupRpcStore()
    void store.dispatch(socketRequest('get', undefined, { idempotent: true }))
    void store.dispatch(socketSubscribe('news'))
    void store.dispatch(socketConnect())
    await advanceTime(1)
    expect(store.sentMessages().map(({ method }) => method)).toEqual(['subscribe', 'get'])
    store.network.last.cut()
    await advanceTime(150)
    expect(store.lastSocketMessages().map(({ method }) => method)).toEqual(['subscribe', 'get'])
  })

  it('is not sent when it is aborted while it waits to be repeated', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('get', undefined, { idempotent: true }))
    store.network.last.cut()
    request.abort()
    await expect(request).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    await advanceTime(150)
    expect(store.lastSocketMessages()).toEqual([])
    // The first time it was sent, and nothing came back.
    expect(store.recorder.of('socket/dropped')).toMatchObject([{ payload: { reason: 'indeterminate' } }])
  })

  it('is repeated although it is not known whether it had arrived', async () => {
    const store = await setupOpenRpcStore({ heartbeat: { interval: 60_000, timeout: 1_000 } })
    const request = store.dispatch(socketRequest('get', undefined, { idempotent: true }))
    store.network.last.cut()
    await advanceTime(150)
    expect(store.recorder.of('socket/dropped')).toMatchObject([
      { payload: { reason: 'indeterminate', ids: [expect.stringMatching(/^rpc:.+:1$/)] } },
    ])
    store.answer('there', 1)
    await expect(request).resolves.toEqual({ data: 'there' })
  })

  it('settles when the connection fails because it has no address any more', async () => {
    let isOut = false
    const url = () => {
      if (isOut) throw new SocketFailure('signed out')
      return 'ws://a.example/ws'
    }
    const store = await setupOpenRpcStore({ url })
    const request = store.dispatch(socketRequest('get', undefined, { idempotent: true }))
    isOut = true
    store.network.last.cut()
    await advanceTime(150)
    expect(store.state().status).toBe('failed')
    await expect(request).resolves.toMatchObject({ error: { code: 'disconnected' } })
  })

  it('settles when the connection fails after its last retry', async () => {
    const store = await setupOpenRpcStore({ reconnect: { backoff: () => 100, maxRetries: 1 } })
    const request = store.dispatch(socketRequest('get', undefined, { idempotent: true }))
    store.network.mode = 'refuse'
    store.network.last.cut()
    await advanceTime(500)
    expect(store.state().status).toBe('failed')
    await expect(request).resolves.toMatchObject({ error: { code: 'disconnected' } })
  })

  it('settles when the middleware is disposed of', async () => {
    const store = setupRpcStore()
    const queued = store.dispatch(socketRequest('a'))
    store.socket.dispose()
    await expect(queued).resolves.toMatchObject({ error: { code: 'closed' } })
    const open = await setupOpenRpcStore()
    const sent = open.dispatch(socketRequest('a', undefined, { idempotent: true }))
    open.socket.dispose()
    await expect(sent).resolves.toMatchObject({ error: { code: 'disconnected' } })
  })
})

/** How often the number of pending requests was dispatched. */
const changes = ({ recorder }: RpcTestStore) =>
  recorder.of('socket/changed').filter(({ payload }) => 'pendingRequests' in (payload as object)).length

describe('the store', () => {
  it('gets commands as plain data', async () => {
    const store = await setupOpenRpcStore({ codec: cbor() })
    const { signal } = new AbortController()
    void store.dispatch(socketRequest('a', { at: new Date(0), bytes: new Uint8Array(3) }, { signal, timeout: 50 }))
    expect(store.takeActions()).toEqual([
      {
        type: 'socket/request',
        payload: { method: 'a', params: { at: '1970-01-01T00:00:00.000Z', bytes: { byteLength: 3, type: '' } } },
        meta: { socket: 'default', timeout: 50, id: expect.stringMatching(/^rpc:.+:1$/), delivery: 'sent' },
      },
    ])
  })

  it('has the number of pending requests, updated at most once a frame', async () => {
    const store = await setupOpenRpcStore()
    for (let count = 0; count < 100; count++) void store.dispatch(socketRequest('a'))
    expect(store.pendingCount()).toBe(0)
    await advanceTime(16)
    expect(store.pendingCount()).toBe(100)
    for (let id = 1; id <= 99; id++) store.answer(1, id)
    await advanceTime(16)
    expect(store.pendingCount()).toBe(1)
    expect(changes(store)).toBe(2)
    store.network.last.cut()
    expect(store.pendingCount()).toBe(0)
  })

  it('gets no action for a request whose reply arrives within the frame', async () => {
    const store = await setupOpenRpcStore()
    void store.dispatch(socketRequest('a'))
    store.answer(1)
    await advanceTime(100)
    expect(changes(store)).toBe(0)
  })

  it('gets a socketError when a reducer throws, and the request goes on', async () => {
    const store = await setupOpenRpcStore({
      reducer: {
        bad: (state: unknown = null, action: { type: string }) => {
          if (action.type === 'socket/request') throw new Error('a bad reducer')
          return state
        },
      },
    })
    const request = store.dispatch(socketRequest('a'))
    store.answer('fine')
    await expect(request).resolves.toEqual({ data: 'fine' })
    expect(store.errors()).toEqual(['callback_failed'])
  })
})

describe('ten thousand requests at once', () => {
  it('settle each with its own reply, and leave nothing behind', async () => {
    const store = await setupOpenRpcStore()
    const requests = Array.from(
      { length: 10_000 },
      async (_none, index) => await store.dispatch(socketRequest('echo', [index])),
    )
    for (const { id, params } of store.sentMessages().toReversed()) store.answer((params as number[])[0], id)
    const results = await Promise.all(requests)
    expect(results.every(({ data }, index) => data === index)).toBe(true)
    await advanceTime(50)
    expect([store.pendingCount(), jest.getTimerCount()]).toEqual([0, 0])
    // RTK's checks inspect each action.
  }, 60_000)

  it('settle each when the connection is lost', async () => {
    const store = await setupOpenRpcStore()
    const requests = Array.from({ length: 10_000 }, async () => await store.dispatch(socketRequest('echo')))
    store.network.last.cut()
    const results = await Promise.all(requests)
    expect(new Set(results.map(({ error }) => error?.code))).toEqual(new Set(['disconnected']))
  }, 60_000)
})

describe('a notification', () => {
  it('is sent and has no reply', async () => {
    const store = await setupOpenRpcStore()
    expect(store.dispatch(socketNotify('log', ['hello']))).toMatchObject({ delivery: 'sent' })
    expect(store.sentMessages()).toEqual([{ jsonrpc: '2.0', method: 'log', params: ['hello'] }])
  })

  it('waits for the connection, unless whenOffline is "drop"', () => {
    const store = setupRpcStore()
    expect(store.dispatch(socketNotify('log'))).toMatchObject({ delivery: 'queued' })
    expect(store.dispatch(socketNotify('log', undefined, { whenOffline: 'drop' }))).toMatchObject({
      delivery: 'dropped',
      reason: 'offline',
    })
  })
})

inDevelopment(() =>
  describe('the creators', () => {
    it('throw for "retry" without "idempotent"', () => {
      const message = 'request: expected "idempotent: true" beside "retry: true"'
      expect(() => socketRequest('pay', [1], { retry: true })).toThrow(message)
      expect(() => createRemote({ retry: true })).toThrow(message.replace('request', 'createRemote'))
    })

    it.each([Number.NaN, -1, '10', null])('throw for the timeout %p', (timeout) => {
      const message = 'expected "timeout" to be a number of milliseconds, 0 or more'
      expect(() => socketRequest('a', undefined, { timeout: timeout as never })).toThrow(message)
      expect(() => createRemote({ timeout: timeout as never })).toThrow(message)
    })

    it('throw for a name that is not a string', () => {
      expect(() => socketRequest(true as never)).toThrow('request: expected the name of a method, got true.')
    })
  }),
)

// Development refuses these options.
inProduction(() =>
  describe('a request with "retry" but without "idempotent"', () => {
    it('is not sent again after a reconnect', async () => {
      const store = await setupOpenRpcStore()
      const request = store.dispatch(socketRequest('pay', [1], { retry: true }))
      store.network.last.cut()
      await expect(request).resolves.toMatchObject({ error: { code: 'disconnected' } })
      await advanceTime(150)
      expect(store.sentMessages()).toHaveLength(1)
    })
  }),
)

describe('params that are not plain data, without asyncFeature', () => {
  it('are sent, left out for the reducers, and reported as missing_feature', async () => {
    const store = await setupOpenRpcStore({ create: createSocketMiddleware, codec: cbor() })
    const request = store.dispatch(socketRequest('save', { tags: new Map([['a', 1]]) }))
    await advanceTime(1)
    expect(store.network.last.receivedRaw).toHaveLength(1)
    expect(store.recorder.of(socketRequest).map(({ payload }) => payload)).toEqual([{ method: 'save' }])
    expect(store.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['missing_feature'])
    request.abort()
  })
})
