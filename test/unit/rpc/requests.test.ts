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
import { createRpcWorld, openRpcWorld, passTime, useFakeTime, type RpcWorld } from './harness.js'

useFakeTime()

describe('a request', () => {
  it('goes out as JSON-RPC 2.0, and settles with the reply', async () => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest<{ name: string }>('getUser', { id: 7 }))
    expect(world.asked()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'getUser', params: { id: 7 } }])
    world.answer({ name: 'Ann' })
    await expect(request).resolves.toEqual({ data: { name: 'Ann' } })
    await expect(request.unwrap()).resolves.toEqual({ name: 'Ann' })
  })

  it('has no "params" when it is given none', async () => {
    const world = await openRpcWorld()
    void world.dispatch(socketRequest('list'))
    expect(world.lastAsked()).toEqual({ jsonrpc: '2.0', id: 1, method: 'list' })
  })

  it.each([0, '', false, null, []])('settles with the result %j', async (result) => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('falsy'))
    world.answer(result)
    await expect(request).resolves.toEqual({ data: result })
  })

  it('settles with the error of the server, with its data', async () => {
    const world = await openRpcWorld()
    const error = { code: -32602, message: 'Invalid params', data: { issues: [1] } }
    const request = world.dispatch(socketRequest('getUser'))
    world.refuse(error)
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
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('getUser'))
    world.refuse(error)
    await expect(request).resolves.toEqual({ error: expected })
  })

  it('accepts both members of JSON-RPC 1.0, one of them null', async () => {
    const world = await openRpcWorld({ rpcOptions: { dialect: { version: false } } })
    const [fine, bad] = [world.dispatch(socketRequest('a')), world.dispatch(socketRequest('b'))]
    expect(world.asked()).toEqual([
      { id: 1, method: 'a' },
      { id: 2, method: 'b' },
    ])
    world.hearJson({ id: 1, result: 5, error: null })
    world.hearJson({ id: 2, result: null, error: 'bad' })
    await expect(fine).resolves.toEqual({ data: 5 })
    await expect(bad).resolves.toEqual({ error: { code: -32000, message: 'bad' } })
  })

  it('settles with its own reply, in whatever order they arrive, alone or in a batch', async () => {
    const world = await openRpcWorld()
    const requests = ['a', 'b', 'c', 'd'].map((method) => world.dispatch(socketRequest(method)))
    world.answer('D', 4)
    world.hearJson([
      { jsonrpc: '2.0', id: 2, result: 'B' },
      { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'A' } },
    ])
    // Some servers reply to a number with a text.
    world.answer('C', '3')
    expect(await Promise.all(requests)).toEqual([
      { error: { code: 1, message: 'A' } },
      { data: 'B' },
      { data: 'C' },
      { data: 'D' },
    ])
  })

  it('settles once, whatever arrives later', async () => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('a'))
    world.answer('first', 1)
    world.answer('second', 1)
    world.refuse({ code: 1, message: 'third' }, 1)
    request.abort()
    await passTime(20_000)
    await expect(request).resolves.toEqual({ data: 'first' })
    expect(world.asked()).toHaveLength(1)
    expect(world.errors()).toEqual([])
  })

  it('reports replies that are not for a request', async () => {
    const world = await openRpcWorld()
    world.answer('?', 99)
    world.answer('?', 'abc')
    world.hearJson({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error' } })
    expect(world.errors()).toEqual(['unexpected_reply', 'unexpected_reply', 'unexpected_reply'])
    expect(world.state().error?.message).toEqual(
      sentence('The server could not read a message: Parse error', 'Parse error'),
    )
  })

  it('leaves all other messages to the app', async () => {
    const world = await openRpcWorld()
    const mine = [{ type: 'chat/said' }, [1, 2], [], { id: 1, result: 1 }, { jsonrpc: '2.0', method: 'notice' }, 'text']
    for (const message of mine) world.hearJson(message)
    expect(world.news().map(({ type, payload }) => [type, payload])).toEqual(
      mine.map((message) => ['socket/message', message]),
    )
  })
})

describe('a request without a reply', () => {
  it('settles after ten seconds, and asks the server to cancel it', async () => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('slow'))
    await passTime(9_999)
    expect(world.asked()).toHaveLength(1)
    await passTime(1)
    await expect(request).resolves.toMatchObject({ error: { code: 'request_timeout' } })
    expect(world.lastAsked()).toEqual({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } })
    world.answer('too late', 1)
    expect(world.errors()).toEqual([])
  })

  it('settles after its own timeout', async () => {
    const world = await openRpcWorld()
    const short = world.dispatch(socketRequest('a', undefined, { timeout: 5 }))
    const endless = world.dispatch(socketRequest('b', undefined, { timeout: Infinity }))
    await passTime(5)
    await expect(short).resolves.toMatchObject({ error: { code: 'request_timeout' } })
    await passTime(10_000_000)
    world.answer('at last', 2)
    await expect(endless).resolves.toEqual({ data: 'at last' })
  })

  it('settles while it waits for a connection, and is then not sent', async () => {
    const world = createRpcWorld()
    const request = world.dispatch(socketRequest('early'))
    await passTime(10_000)
    await expect(request).resolves.toMatchObject({ error: { code: 'request_timeout' } })
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.asked()).toEqual([])
  })
})

describe('a request that is aborted', () => {
  it('settles, and asks the server to cancel it', async () => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('slow'))
    request.abort()
    request.abort()
    await expect(request).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    await expect(request.unwrap()).rejects.toMatchObject({ code: 'request_aborted' })
    expect(world.asked().slice(1)).toEqual([{ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } }])
  })

  it('listens to its signal until it has settled', async () => {
    const world = await openRpcWorld()
    const controller = new AbortController()
    const request = world.dispatch(socketRequest('slow', undefined, { signal: controller.signal }))
    const answered = world.dispatch(socketRequest('quick', undefined, { signal: controller.signal }))
    world.answer('there', 2)
    controller.abort()
    await expect(request).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    await expect(answered).resolves.toEqual({ data: 'there' })
    expect(world.asked().filter(({ method }) => method === '$/cancelRequest')).toHaveLength(1)
  })

  it('is not sent when it was aborted before the dispatch', async () => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('slow', undefined, { signal: AbortSignal.abort() }))
    await expect(request).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    expect(world.asked()).toEqual([])
  })

  it('is taken out of the queue without a report when it still waits', async () => {
    const world = createRpcWorld()
    const [gone, kept] = [world.dispatch(socketRequest('gone')), world.dispatch(socketRequest('kept'))]
    gone.abort()
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.asked()).toEqual([{ jsonrpc: '2.0', id: 2, method: 'kept' }])
    expect(world.recorder.types).not.toContain('socket/dropped')
    world.answer(1, 2)
    await expect(kept).resolves.toEqual({ data: 1 })
  })

  it('does not ask a server whose dialect has no "cancel"', async () => {
    const world = await openRpcWorld({ rpcOptions: { dialect: {} } })
    world.dispatch(socketRequest('slow')).abort()
    expect(world.asked()).toHaveLength(1)
  })
})

describe('a request whose connection ends', () => {
  it('settles as disconnected when it is lost', async () => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('a'))
    world.network.last.drop()
    await expect(request).resolves.toMatchObject({ error: { code: 'disconnected' } })
    await passTime(200)
    expect(world.state().status).toBe('open')
    expect(world.askedLast()).toEqual([])
  })

  it('settles as disconnected when it is closed', async () => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('a'))
    await world.dispatch(socketClose())
    await expect(request).resolves.toMatchObject({ error: { code: 'disconnected' } })
    expect(world.pendingCount()).toBe(0)
  })

  it('settles with the reason when it was dropped from the queue', async () => {
    const world = createRpcWorld({ queue: { maxMessages: 1, overflow: 'drop-oldest' } })
    const [first, second] = [world.dispatch(socketRequest('a')), world.dispatch(socketRequest('b'))]
    await expect(first).resolves.toMatchObject({ error: { code: 'overflow' } })
    void world.dispatch(socketClose())
    await expect(second).resolves.toMatchObject({ error: { code: 'closed' } })
    const late = world.dispatch(socketRequest('c'))
    await expect(late).resolves.toMatchObject({ error: { code: 'closed' } })
  })

  it.each([
    ['offline', { whenOffline: 'drop' as const }, {}],
    ['too_large', {}, { queue: { maxBytes: 10 } }],
    ['expired', {}, { queue: { ttl: 100 } }],
  ])('settles with "%s"', async (code, options, worldOptions) => {
    const world = createRpcWorld(worldOptions)
    const request = world.dispatch(socketRequest('a', ['long enough'], options))
    await passTime(200)
    await expect(request).resolves.toMatchObject({ error: { code } })
  })

  it('settles as invalid when the codec cannot carry it', async () => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('a', [1n]))
    await expect(request).resolves.toMatchObject({ error: { code: 'invalid' } })
    expect(world.errors()).toEqual(['encode_failed'])
  })

  it('still waits when it was not sent', async () => {
    const world = createRpcWorld()
    void world.dispatch(socketConnect())
    const request = world.dispatch(socketRequest('a'))
    world.network.mode = 'refuse'
    await passTime(50)
    world.network.mode = 'accept'
    await passTime(200)
    expect(world.asked()).toHaveLength(1)
    world.answer('there')
    await expect(request).resolves.toEqual({ data: 'there' })
  })

  it('is repeated when it is idempotent: before the queue, once on each connection, within its timeout', async () => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('get', undefined, { idempotent: true }))
    world.network.last.drop()
    void world.dispatch(socketNotify('queued'))
    await passTime(150)
    expect(world.askedLast()).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'get' },
      { jsonrpc: '2.0', method: 'queued' },
    ])
    void world.dispatch(socketReconnect())
    await passTime(10)
    expect(world.askedLast()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'get' }])
    world.answer('there', 1)
    await expect(request).resolves.toEqual({ data: 'there' })
    const second = world.dispatch(socketRequest('get', undefined, { idempotent: true }))
    world.network.last.drop()
    await world.dispatch(socketClose())
    await expect(second).resolves.toMatchObject({ error: { code: 'disconnected' } })
  })

  it.each([
    [{ retry: true, idempotent: true }, 1],
    [{ idempotent: true }, 1],
    [{ retry: false, idempotent: true }, 0],
    [{ retry: false }, 0],
    [{ idempotent: false }, 0],
  ])('with %j is repeated that often: %d', async (options, times) => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('get', undefined, options))
    world.network.last.drop()
    await passTime(150)
    expect(world.askedLast()).toHaveLength(times)
    if (times) world.answer('there')
    await expect(request).resolves.toMatchObject(times ? { data: 'there' } : { error: { code: 'disconnected' } })
  })

  it('is repeated after the subscriptions, and sent once when it had waited', async () => {
    const world = createRpcWorld()
    void world.dispatch(socketRequest('get', undefined, { idempotent: true }))
    void world.dispatch(socketSubscribe('news'))
    void world.dispatch(socketConnect())
    await passTime(1)
    expect(world.asked().map(({ method }) => method)).toEqual(['subscribe', 'get'])
    world.network.last.drop()
    await passTime(150)
    expect(world.askedLast().map(({ method }) => method)).toEqual(['subscribe', 'get'])
  })

  it('is not sent when it is aborted while it waits to be repeated', async () => {
    const world = await openRpcWorld()
    const request = world.dispatch(socketRequest('get', undefined, { idempotent: true }))
    world.network.last.drop()
    request.abort()
    await expect(request).resolves.toMatchObject({ error: { code: 'request_aborted' } })
    await passTime(150)
    expect([world.askedLast(), world.recorder.count('socket/dropped')]).toEqual([[], 0])
  })

  it('is repeated although it is not known whether it had arrived', async () => {
    const world = await openRpcWorld({ heartbeat: { interval: 60_000, timeout: 1_000 } })
    const request = world.dispatch(socketRequest('get', undefined, { idempotent: true }))
    world.network.last.drop()
    await passTime(150)
    expect(world.recorder.of('socket/dropped')).toMatchObject([
      { payload: { reason: 'indeterminate', ids: [expect.stringMatching(/^rpc:.+:1$/)] } },
    ])
    world.answer('there', 1)
    await expect(request).resolves.toEqual({ data: 'there' })
  })

  it('settles when the connection fails because it has no address any more', async () => {
    let isOut = false
    const url = () => {
      if (isOut) throw new SocketFailure('signed out')
      return 'ws://a.example/ws'
    }
    const world = await openRpcWorld({ url })
    const request = world.dispatch(socketRequest('get', undefined, { idempotent: true }))
    isOut = true
    world.network.last.drop()
    await passTime(150)
    expect(world.state().status).toBe('failed')
    await expect(request).resolves.toMatchObject({ error: { code: 'disconnected' } })
  })

  it('settles when the connection fails after its last retry', async () => {
    const world = await openRpcWorld({ reconnect: { backoff: () => 100, maxRetries: 1 } })
    const request = world.dispatch(socketRequest('get', undefined, { idempotent: true }))
    world.network.mode = 'refuse'
    world.network.last.drop()
    await passTime(500)
    expect(world.state().status).toBe('failed')
    await expect(request).resolves.toMatchObject({ error: { code: 'disconnected' } })
  })

  it('settles when the middleware is disposed of', async () => {
    const world = createRpcWorld()
    const queued = world.dispatch(socketRequest('a'))
    world.socket.dispose()
    await expect(queued).resolves.toMatchObject({ error: { code: 'closed' } })
    const open = await openRpcWorld()
    const sent = open.dispatch(socketRequest('a', undefined, { idempotent: true }))
    open.socket.dispose()
    await expect(sent).resolves.toMatchObject({ error: { code: 'disconnected' } })
  })
})

/** How often the number of pending requests was dispatched. */
const changes = ({ recorder }: RpcWorld) =>
  recorder.of('socket/changed').filter(({ payload }) => 'pendingRequests' in (payload as object)).length

describe('the store', () => {
  it('gets commands as plain data', async () => {
    const world = await openRpcWorld({ codec: cbor() })
    const { signal } = new AbortController()
    void world.dispatch(socketRequest('a', { at: new Date(0), bytes: new Uint8Array(3) }, { signal, timeout: 50 }))
    expect(world.news()).toEqual([
      {
        type: 'socket/request',
        payload: { method: 'a', params: { at: '1970-01-01T00:00:00.000Z', bytes: { byteLength: 3, type: '' } } },
        meta: { socket: 'default', timeout: 50, id: expect.stringMatching(/^rpc:.+:1$/), delivery: 'sent' },
      },
    ])
  })

  it('has the number of pending requests, updated at most once a frame', async () => {
    const world = await openRpcWorld()
    for (let count = 0; count < 100; count++) void world.dispatch(socketRequest('a'))
    expect(world.pendingCount()).toBe(0)
    await passTime(16)
    expect(world.pendingCount()).toBe(100)
    for (let id = 1; id <= 99; id++) world.answer(1, id)
    await passTime(16)
    expect(world.pendingCount()).toBe(1)
    expect(changes(world)).toBe(2)
    world.network.last.drop()
    expect(world.pendingCount()).toBe(0)
  })

  it('gets no action for a request whose reply arrives within the frame', async () => {
    const world = await openRpcWorld()
    void world.dispatch(socketRequest('a'))
    world.answer(1)
    await passTime(100)
    expect(changes(world)).toBe(0)
  })

  it('gets a socketError when a reducer throws, and the request goes on', async () => {
    const world = await openRpcWorld({
      reducer: {
        bad: (state: unknown = null, action: { type: string }) => {
          if (action.type === 'socket/request') throw new Error('a bad reducer')
          return state
        },
      },
    })
    const request = world.dispatch(socketRequest('a'))
    world.answer('fine')
    await expect(request).resolves.toEqual({ data: 'fine' })
    expect(world.errors()).toEqual(['callback_failed'])
  })
})

describe('ten thousand requests at once', () => {
  it('settle each with its own reply, and leave nothing behind', async () => {
    const world = await openRpcWorld()
    const requests = Array.from(
      { length: 10_000 },
      async (_none, index) => await world.dispatch(socketRequest('echo', [index])),
    )
    for (const { id, params } of world.asked().toReversed()) world.answer((params as number[])[0], id)
    const results = await Promise.all(requests)
    expect(results.every(({ data }, index) => data === index)).toBe(true)
    await passTime(50)
    expect([world.pendingCount(), jest.getTimerCount()]).toEqual([0, 0])
    // RTK's checks inspect each action.
  }, 60_000)

  it('settle each when the connection is lost', async () => {
    const world = await openRpcWorld()
    const requests = Array.from({ length: 10_000 }, async () => await world.dispatch(socketRequest('echo')))
    world.network.last.drop()
    const results = await Promise.all(requests)
    expect(new Set(results.map(({ error }) => error?.code))).toEqual(new Set(['disconnected']))
  }, 60_000)
})

describe('a notification', () => {
  it('is sent and has no reply', async () => {
    const world = await openRpcWorld()
    expect(world.dispatch(socketNotify('log', ['hello']))).toMatchObject({ delivery: 'sent' })
    expect(world.asked()).toEqual([{ jsonrpc: '2.0', method: 'log', params: ['hello'] }])
  })

  it('waits for the connection, unless whenOffline is "drop"', () => {
    const world = createRpcWorld()
    expect(world.dispatch(socketNotify('log'))).toMatchObject({ delivery: 'queued' })
    expect(world.dispatch(socketNotify('log', undefined, { whenOffline: 'drop' }))).toMatchObject({
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
      expect(() => socketRequest(7 as never)).toThrow('request: expected the name of a method, got 7.')
    })
  }),
)

// Development refuses these options.
inProduction(() =>
  describe('a request with "retry" but without "idempotent"', () => {
    it('is not sent again after a reconnect', async () => {
      const world = await openRpcWorld()
      const request = world.dispatch(socketRequest('pay', [1], { retry: true }))
      world.network.last.drop()
      await expect(request).resolves.toMatchObject({ error: { code: 'disconnected' } })
      await passTime(150)
      expect(world.asked()).toHaveLength(1)
    })
  }),
)

describe('params that are not plain data, without asyncFeature', () => {
  it('are sent, left out for the reducers, and reported as missing_feature', async () => {
    const world = await openRpcWorld({ create: createSocketMiddleware, codec: cbor() })
    const request = world.dispatch(socketRequest('save', { tags: new Map([['a', 1]]) }))
    await passTime(1)
    expect(world.network.last.sent).toHaveLength(1)
    expect(world.recorder.of(socketRequest).map(({ payload }) => payload)).toEqual([{ method: 'save' }])
    expect(world.recorder.of(socketError).map(({ payload }) => payload.code)).toEqual(['missing_feature'])
    request.abort()
  })
})
