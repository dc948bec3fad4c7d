import { describe, expect, it } from '@jest/globals'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { method, RpcError, type CallContext, type ChannelContext } from '../../src/server/index.js'
import { createQueue, connectClient, startServer } from './support.js'

const numbers: StandardSchemaV1<unknown, readonly number[]> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      Array.isArray(value) && value.every((one) => typeof one === 'number')
        ? { value }
        : { issues: [{ message: 'expected numbers' }] },
  },
}

describe('methods', () => {
  it('are called with params and context, and their result is the reply', async () => {
    await using running = await startServer()
    running.server.methods({
      add: ([a, b]: [number, number]) => a + b,
      greet: async ({ name }: { name: string }) => await Promise.resolve(`hello ${name}`),
      nothing: () => undefined,
    })
    const { client } = await connectClient(running)
    expect((await client.request('add', [1, 2])).result).toBe(3)
    expect((await client.request('greet', { name: 'you' })).result).toBe('hello you')
    expect((await client.request('nothing')).result).toBeNull()
  })

  it('get the same context as this and as the second argument', async () => {
    await using running = await startServer({ authorize: () => 'Ada' })
    const seen = createQueue<{ self: unknown; context: CallContext }>()
    running.server.methods({
      look: function (this: CallContext, _params: unknown, context: CallContext) {
        seen.push({ self: this, context })
      },
    })
    const { client, connection } = await connectClient(running, '/?room=blue')
    await client.request('look', ['evil', { user: 'admin' }])
    const { self, context } = await seen.next()
    expect(self).toBe(context)
    expect(context.req).toBe(connection.req)
    expect(context.ws).toBe(connection.ws)
    expect(context.connection).toBe(connection)
    expect(context.user).toBe('Ada')
    expect(context.params).toEqual({ room: 'blue' })
    expect(context.signal.aborted).toBe(false)
  })

  it('push any number of times, also after the reply, to their caller only', async () => {
    await using running = await startServer()
    const pushes = createQueue<CallContext['push']>()
    running.server.methods({
      watch: (_params: unknown, { push }: CallContext) => {
        push(1)
        pushes.push(push)
        return 'watching'
      },
    })
    const { client } = await connectClient(running)
    const other = await connectClient(running)
    expect((await client.request('watch')).result).toBe('watching')
    const push = await pushes.next()
    expect([push(2), push(3)]).toEqual([true, true])
    for (const data of [1, 2, 3]) {
      expect(await client.next()).toEqual({ jsonrpc: '2.0', method: '$/push', params: { channel: 'watch', data } })
    }
    expect(other.client.received.all).toEqual([])
  })

  it('see their signal aborted at the disconnect, also after the reply', async () => {
    await using running = await startServer()
    const stopped = createQueue<string>()
    const pushes = createQueue<CallContext['push']>()
    running.server.methods({
      watch: (_params: unknown, { push, signal }: CallContext) => {
        signal.addEventListener('abort', () => stopped.push('watch'))
        pushes.push(push)
      },
      endless: async (_params: unknown, { signal }: CallContext) =>
        await new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => {
            stopped.push('endless')
            resolve()
          }),
        ),
    })
    const { client } = await connectClient(running)
    client.send({ jsonrpc: '2.0', id: 1, method: 'endless' })
    await client.request('watch')
    client.ws.terminate()
    expect([await stopped.next(), await stopped.next()].sort()).toEqual(['endless', 'watch'])
    expect((await pushes.next())(1)).toBe(false)
    expect(running.codes()).toEqual([])
  })

  it('reply with -32601 to an unknown name, also one of Object.prototype', async () => {
    await using running = await startServer()
    const { client } = await connectClient(running)
    for (const name of ['unknown', 'constructor', '__proto__', 'toString', '']) {
      expect((await client.request(name)).error).toEqual({ code: -32601, message: 'Method not found' })
    }
  })

  it('are called with valid params only; others are replied to with -32602', async () => {
    await using running = await startServer()
    running.server.methods({ sum: method(numbers, (values) => values.reduce((sum, one) => sum + one, 0)) })
    const { client } = await connectClient(running)
    expect((await client.request('sum', [1, 2])).result).toBe(3)
    expect((await client.request('sum', ['1'])).error).toEqual({
      code: -32602,
      message: 'Invalid params',
      data: { issues: [{ path: '', message: 'expected numbers' }] },
    })
    expect(running.codes()).toEqual([])
  })

  it('reply with -32603 without details when they throw, and are reported', async () => {
    await using running = await startServer()
    running.server.methods({
      broken: () => {
        throw new Error('the password is 1234')
      },
      big: () => 1n,
    })
    const { client, connection } = await connectClient(running)
    expect((await client.request('broken')).error).toEqual({ code: -32603, message: 'Internal error' })
    expect(await running.problems.next()).toMatchObject({ code: 'handler_failed', connection })
    expect((await client.request('big')).error?.code).toBe(-32603)
    expect(JSON.stringify(client.received.all)).not.toContain('1234')
  })

  it('reply with the RpcError that they throw', async () => {
    await using running = await startServer()
    running.server.methods({
      refuse: () => {
        throw new RpcError(42, 'no room', { free: 0 })
      },
    })
    const { client } = await connectClient(running)
    expect((await client.request('refuse')).error).toEqual({ code: 42, message: 'no room', data: { free: 0 } })
    expect(running.codes()).toEqual([])
  })

  it('cannot have a name that is taken or reserved', async () => {
    await using running = await startServer()
    const { server } = running
    server.methods({ mine: () => 1 })
    for (const name of ['mine', 'subscribe', 'unsubscribe', '$/push', 'rpc.list']) {
      expect(() => server.methods({ [name]: () => 1 })).toThrow(expect.objectContaining({ code: 'invalid_option' }))
    }
    expect(() => server.methods({ no: 1 as never })).toThrow('expected "no" to be a function')
  })
})

describe('JSON-RPC 2.0', () => {
  it('sends no reply to a notification, and one reply to a batch', async () => {
    await using running = await startServer()
    const noted = createQueue<unknown>()
    running.server.methods({ note: noted.push as never, echo: (params: unknown) => params })
    const { client } = await connectClient(running)
    client.send({ jsonrpc: '2.0', method: 'note', params: [1] })
    client.send([
      { jsonrpc: '2.0', id: 1, method: 'echo', params: ['a'] },
      { jsonrpc: '2.0', method: 'note', params: [2] },
      7,
      { jsonrpc: '2.0', id: 'x', method: 'unknown' },
    ])
    expect(await client.next()).toEqual([
      { jsonrpc: '2.0', id: 1, result: ['a'] },
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid Request' } },
      { jsonrpc: '2.0', id: 'x', error: { code: -32601, message: 'Method not found' } },
    ])
    expect(noted.all).toEqual([[1], [2]])
    client.send([{ jsonrpc: '2.0', method: 'note', params: [3] }])
    client.send([1, 2])
    client.ws.send('ping')
    expect(await client.next()).toBe('pong')
  })

  it.each([
    [{ jsonrpc: '2.0', id: 1 }, 1],
    [{ jsonrpc: '2.0', method: 7, id: 'a' }, 'a'],
    [{ jsonrpc: '2.0', method: 'x', id: {} }, null],
    [{ jsonrpc: '2.0', method: 'x', id: null }, null],
  ])('replies with an error to %j', async (message, id) => {
    await using running = await startServer()
    const { client } = await connectClient(running)
    client.ws.send(JSON.stringify(message))
    expect(await client.next()).toEqual({ jsonrpc: '2.0', id, error: { code: -32600, message: 'Invalid Request' } })
  })

  it('cancels a request', async () => {
    await using running = await startServer()
    const started = createQueue<AbortSignal>()
    running.server.methods({
      wait: async (_params: unknown, { signal }: CallContext) => {
        started.push(signal)
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
      },
    })
    const { client } = await connectClient(running)
    client.send({ jsonrpc: '2.0', id: 'w', method: 'wait' })
    await started.next()
    client.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 'unknown' } })
    client.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 'w' } })
    expect(await client.next()).toEqual({
      jsonrpc: '2.0',
      id: 'w',
      error: { code: -32800, message: 'Request cancelled' },
    })
    expect(running.codes()).toEqual([])
  })
})

describe('producers', () => {
  it('run for each subscription, push to it alone, and see their signal aborted when it ends', async () => {
    const stopped = createQueue<string>()
    const contexts = createQueue<ChannelContext>()
    await using running = await startServer({
      channels: {
        ticks: method(numbers, function (this: ChannelContext, [first], context: ChannelContext) {
          context.push(first)
          context.signal.addEventListener('abort', () => stopped.push(context.id))
          contexts.push(context)
        }),
      },
    })
    const { client } = await connectClient(running)
    const id = 'ticks#1'
    // The reply comes first, although the producer pushes at once: a client needs the id to assign a push.
    client.send({ jsonrpc: '2.0', id: 0, method: 'subscribe', params: ['ticks', [7]] })
    expect(await client.next()).toEqual({ jsonrpc: '2.0', id: 0, result: id })
    expect(await client.next()).toEqual({ jsonrpc: '2.0', method: '$/push', params: { id, channel: 'ticks', data: 7 } })
    await client.request('subscribe', ['ticks', [8]])
    await client.request('unsubscribe', [id])
    expect(await stopped.next()).toBe('ticks#1')
    expect((await contexts.next()).push(9)).toBe(false)
    expect((await client.request('subscribe', ['ticks', ['x']])).error?.code).toBe(-32602)
    client.ws.close()
    expect(await stopped.next()).toBe('ticks#2')
  })

  it('end their subscription with $/ended when they throw', async () => {
    await using running = await startServer({
      channels: {
        public: () => {
          throw new RpcError(1, 'sold out')
        },
        private: async () => await Promise.reject(new Error('secret')),
      },
    })
    const { client, connection } = await connectClient(running)
    await client.request('subscribe', ['public'])
    expect(await client.next()).toEqual({
      jsonrpc: '2.0',
      method: '$/ended',
      params: { id: 'public#1', channel: 'public', error: { code: 1, message: 'sold out' } },
    })
    await client.request('subscribe', ['private'])
    expect(await client.next()).toMatchObject({ params: { error: { code: -32603, message: 'Internal error' } } })
    expect(connection.subscriptions).toEqual([])
    expect(running.codes()).toEqual(['handler_failed'])
  })
})

describe('requests to the client', () => {
  const ask = async () => {
    const running = await startServer()
    const { client, connection } = await connectClient(running)
    return { running, client, connection }
  }

  it('resolve with the result of the reply and reject with its error', async () => {
    const { running, client, connection } = await ask()
    const good = connection.request('name', { of: 'you' })
    const request = (await client.next()) as { id: number }
    expect(request).toEqual({ jsonrpc: '2.0', id: request.id, method: 'name', params: { of: 'you' } })
    client.send({ jsonrpc: '2.0', id: request.id, result: 'Ada' })
    expect(await good).toBe('Ada')
    const bad = connection.request('name')
    const { id } = (await client.next()) as { id: number }
    // Replies that no request waits for are ignored.
    client.send([
      { jsonrpc: '2.0', id: 999, result: 1 },
      { jsonrpc: '2.0', id, error: { code: 5, message: 'no' } },
    ])
    await expect(bad).rejects.toMatchObject({ name: 'RpcError', code: 5, message: 'no' })
    await running[Symbol.asyncDispose]()
  })

  it('reject after a timeout, an abort or a disconnect, and cancel at the client', async () => {
    const { running, client, connection } = await ask()
    await expect(connection.request('slow', undefined, { timeout: 5 })).rejects.toMatchObject({
      code: 'request_timeout',
    })
    const request = (await client.next()) as { id: number }
    expect(await client.next()).toEqual({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: request.id } })
    const controller = new AbortController()
    const aborted = connection.request('slow', [], { signal: controller.signal })
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'request_aborted' })
    await expect(connection.request('slow', [], { signal: controller.signal })).rejects.toMatchObject({
      code: 'request_aborted',
    })
    const lost = connection.request('slow')
    client.ws.terminate()
    await expect(lost).rejects.toMatchObject({ code: 'connection_closed' })
    await running[Symbol.asyncDispose]()
  })
})
