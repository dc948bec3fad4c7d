import { describe, expect, it } from '@jest/globals'
import { createMemoryWebSocket, type ServerConnection } from '../../../src/server/index.js'
import { sessionProtocol } from '../../../src/internal/sessionFrames.js'
import { SessionClient } from '../../support/session/sessionClient.js'
import { startServer, type TestServer } from '../support.js'

// The traps of sessions that the server's end must avoid, over real sockets. Those of counters and order are rules of the model beside this file.

const connect = async (started: TestServer, path = '') => {
  const client = new SessionClient(`${started.url}${path}`)
  const { id } = (await client.connect())!
  return { client, connection: started.server.connections.get(id)! }
}

const tokenOf = (context: unknown) => (context as { readonly user: { readonly token: string } }).user.token

/** A promise with its `resolve`. */
const createGate = () => {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, passed }
}

const next = async (started: TestServer, name: 'suspend' | 'resume' | 'remove') =>
  await new Promise<readonly unknown[]>((resolve) => void started.server.on(name, (...args) => resolve(args)))

describe('a frame of the client', () => {
  it('is acknowledged when the promise of its listener has settled, and holds up no other frame until then', async () => {
    await using started = await startServer({ session: { ackInterval: 0 } })
    const { client } = await connect(started)
    const gate = createGate()
    const handled: unknown[] = []
    started.server.onMessage('slow', async () => await gate.passed)
    started.server.onMessage('fast', (payload) => void handled.push(payload))
    client.send({ type: 'slow' })
    client.send({ type: 'fast', payload: 1 })
    client.send({ jsonrpc: '2.0', id: 1, method: 'missing' })
    await client.until(() => client.frames.length === 1)
    expect(handled).toEqual([1])
    expect(client.acked).toBe(0)
    gate.open()
    await client.until(() => client.acked === 3)
  })

  it('that is taken and not handled is not sent again after a resume', async () => {
    await using started = await startServer({ session: {} })
    const { client } = await connect(started)
    const gate = createGate()
    const handled: unknown[] = []
    started.server.onMessage('slow', async (payload) => {
      handled.push(payload)
      await gate.passed
    })
    const seen = new Promise<void>((resolve) => void started.server.onMessage('last', () => resolve()))
    client.send({ type: 'slow', payload: 1 })
    client.send({ type: 'last' })
    await seen
    await client.cut()
    expect(await client.connect()).toMatchObject({ resumed: true, received: 2, acked: 0 })
    gate.open()
    await client.until(() => client.acked === 2)
    expect(handled).toEqual([1])
  })

  it('whose listener never settles counts as handled after handleTimeout, with the error handler_slow', async () => {
    await using started = await startServer({ session: { handleTimeout: 20, ackInterval: 0 } })
    const { client, connection } = await connect(started)
    started.server.onMessage('slow', async () => await new Promise(() => {}))
    client.send({ type: 'slow' })
    await client.until(() => client.acked === 1)
    expect(started.problems.all).toMatchObject([{ code: 'handler_slow', connection }])
  })

  it('for a loop is handled once the loop has it in its queue', async () => {
    await using started = await startServer({ session: { ackInterval: 0 } })
    const { client } = await connect(started)
    const loop = started.server.messages[Symbol.asyncIterator]()
    client.send({ type: 'said' })
    await client.until(() => client.acked === 1)
    expect((await loop.next()).value).toMatchObject([{ type: 'said' }, {}])
  })

  it('is handled when it is a request whose method runs, and a notification when its method is done', async () => {
    await using started = await startServer({ session: { ackInterval: 0 } })
    const gate = createGate()
    started.server.methods({ wait: async () => await gate.passed })
    const { client } = await connect(started)
    client.send({ jsonrpc: '2.0', id: 1, method: 'wait' })
    await client.until(() => client.acked === 1)
    client.send({ jsonrpc: '2.0', method: 'wait' })
    client.send({ jsonrpc: '2.0', id: 2, method: 'missing' })
    await client.until(() => client.frames.length === 1)
    expect(client.acked).toBe(1)
    gate.open()
    await client.until(() => client.acked === 3)
  })

  it('that cannot be decoded is handled once it is refused', async () => {
    await using started = await startServer({ session: { ackInterval: 0 } })
    const { client } = await connect(started)
    client.sendRaw('{')
    await client.until(() => client.acked === 1)
    expect(client.values()).toMatchObject([{ error: { code: -32_700 } }])
  })

  it.each([
    ['is larger than maxPayload', {}, 1009, (client: SessionClient) => client.sendRaw('x'.repeat(2000))],
    ['is invalid, with invalid: close', { invalid: 'close' }, 1007, (client: SessionClient) => client.sendRaw('{')],
  ] as const)('that %s closes the connection, and does not come again', async (_title, options, code, send) => {
    await using started = await startServer({ session: {}, maxPayload: 1000, ...options })
    const { client, connection } = await connect(started)
    send(client)
    expect(await client.closed).toMatchObject({ code })
    expect(await client.connect()).toMatchObject({ resumed: true, received: 1, acked: 1, id: connection.id })
  })

  it('above the rate is not refused: the client is closed with 4429 after a time, and resumes', async () => {
    await using started = await startServer({ session: {}, rate: { perSecond: 20, burst: 1, patience: 100 } })
    const handled: unknown[] = []
    started.server.onMessage('said', (payload) => void handled.push(payload))
    const { client } = await connect(started)
    for (let n = 0; n < 8; n++) client.send({ type: 'said', payload: n })
    expect(await client.closed).toMatchObject({ code: 4429 })
    // Frames that wait for their rate may close the next connection too. None of them is lost.
    while (client.acked < 8) {
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      expect(await client.connect()).toMatchObject({ resumed: true })
      // oxlint-disable-next-line no-await-in-loop -- the same
      await client.until(() => client.acked === 8 || !client.isReady)
    }
    expect(handled).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })
})

describe('a frame to the client', () => {
  it('is copied when it gets its number', async () => {
    await using started = await startServer({ session: {} })
    const { client, connection } = await connect(started)
    const suspended = next(started, 'suspend')
    await client.cut()
    await suspended
    const bytes = new Uint8Array([1, 2, 3])
    expect(connection.sendRaw(bytes)).toBe(true)
    bytes.fill(9)
    await client.connect()
    await client.until(() => client.frames.length === 1)
    expect(client.frames).toEqual([Buffer.from([1, 2, 3])])
  })

  it('over the bound of the session loses the session with 1013, never a part of it', async () => {
    await using started = await startServer({ session: { maxMessages: 3 } })
    const { client, connection } = await connect(started)
    client.acksAtOnce = false
    const flushed = connection.flush()
    const removed = next(started, 'remove')
    const accepted = [1, 2, 3, 4, 5].map((value) => connection.send(value))
    expect(accepted).toEqual([true, true, true, false, false])
    expect(await client.closed).toMatchObject({ code: 1013 })
    expect((await removed)[1]).toMatchObject({ reason: 'overflow' })
    expect(await flushed).toBe(true)
    expect(await connection.flush()).toBe(false)
    expect(await client.connect()).toMatchObject({ resumed: false })
  })

  it('over the bound is dropped before it gets a number with slowConsumer: drop', async () => {
    await using started = await startServer({ session: { maxMessages: 2 }, slowConsumer: 'drop' })
    const { client, connection } = await connect(started)
    const suspended = next(started, 'suspend')
    await client.cut()
    await suspended
    expect([1, 2, 3].map((value) => connection.send(value))).toEqual([true, true, false])
    expect(connection.dropped).toBe(1)
    expect(await client.connect()).toMatchObject({ resumed: true, sent: 2 })
    await client.until(() => client.frames.length === 2)
    expect(client.values()).toEqual([1, 2])
  })

  it('of every kind is counted: answers, pushes, broadcasts, emits and raw frames', async () => {
    await using started = await startServer({ session: {} })
    const { client, connection } = await connect(started)
    client.send({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { channel: 'posts' } })
    await client.until(() => client.frames.length === 1)
    const suspended = next(started, 'suspend')
    await client.cut()
    await suspended
    started.server.broadcast('broadcast')
    started.server.emit('emit')
    void started.server.publish('posts', 'publish')
    connection.push('posts', 'push')
    connection.sendRaw('"raw"')
    void connection.request('ask').catch(() => {})
    expect(await client.connect()).toMatchObject({ sent: 7, received: 1 })
    await client.until(() => client.frames.length === 7)
    const datas = client.values().map((value) => (value as { params?: { data: unknown } }).params?.data ?? value)
    expect(datas.slice(1, 6)).toEqual(['broadcast', { type: 'emit' }, 'publish', 'push', 'raw'])
  })
})

describe('a resume', () => {
  it('gives the connection the new request, user and socket, and keeps its id, data and running requests', async () => {
    const gate = createGate()
    await using started = await startServer({
      authorize: ({ url = '' }: { url?: string }) => ({ id: 'ann', token: url.slice(-1) }),
      userId: (user: unknown) => (user as { id: string }).id,
      session: { owner: (user: unknown) => (user as { id: string }).id },
    } as never)
    started.server.methods({
      async wait(this: unknown) {
        await gate.passed
        return tokenOf(this)
      },
      who(this: unknown) {
        return tokenOf(this)
      },
    } as never)
    const { client, connection } = await connect(started, '/?1')
    const before = connection.ws
    client.send({ jsonrpc: '2.0', id: 1, method: 'wait' })
    await client.until(() => client.acked === 1)
    const other = new SessionClient(`${started.url}/?2`)
    Object.assign(other, { key: client.key, turn: client.turn, sent: 1, acked: 1, received: 0 })
    expect(await other.connect()).toMatchObject({ resumed: true, kept: true, id: connection.id })
    // The server ignores the connection before.
    expect(await client.closed).toMatchObject({ code: 4409 })
    expect(connection.user).toEqual({ id: 'ann', token: '2' })
    expect(connection.req.url).toBe('/?2')
    expect(connection.ws).not.toBe(before)
    expect(started.server.user('ann').connections).toEqual([connection])
    gate.open()
    other.send({ jsonrpc: '2.0', id: 2, method: 'who' })
    await other.until(() => other.frames.length === 2)
    expect(other.values()).toEqual([
      { jsonrpc: '2.0', id: 1, result: '1' },
      { jsonrpc: '2.0', id: 2, result: '2' },
    ])
  })

  it('of a turn that a later one has overtaken closes that socket with 4409, and nothing else', async () => {
    await using started = await startServer({ session: {} })
    const { client } = await connect(started)
    await client.cut()
    await client.connect()
    const late = new SessionClient(started.url)
    Object.assign(late, { key: client.key, turn: client.turn - 1 })
    expect(await late.connect()).toBeUndefined()
    expect(await late.closed).toMatchObject({ code: 4409 })
    expect(client.ws!.readyState).toBe(1)
  })

  it('asks authorizeChannel again: what comes for the channel waits for the answer', async () => {
    const gate = createGate()
    const asked: unknown[] = []
    let isAllowed = true
    await using started = await startServer({
      session: {},
      authorizeChannel: async (_connection: unknown, channel: string, params: unknown) => {
        asked.push([channel, params])
        if (asked.length > 2) await gate.passed
        return channel === 'open' || isAllowed
      },
    })
    const { client } = await connect(started)
    for (const channel of ['secret', 'open'])
      client.send({ jsonrpc: '2.0', id: channel, method: 'subscribe', params: { channel, params: { of: channel } } })
    await client.until(() => client.frames.length === 2)
    const suspended = next(started, 'suspend')
    await client.cut()
    await suspended
    isAllowed = false
    void started.server.publish('secret', 'while it was away')
    await client.connect()
    await client.until(() => client.frames.length === 3)
    expect(asked.slice(2)).toEqual([
      ['secret', { of: 'secret' }],
      ['open', { of: 'open' }],
    ])
    void started.server.publish('secret', 'not for this client')
    void started.server.publish('open', 1)
    started.server.connections.get(client.last('welcome')!.id)!.push('open', 2)
    started.server.broadcast('other')
    await client.until(() => client.frames.length === 4)
    expect(client.values()[3]).toBe('other')
    gate.open()
    await client.until(() => client.frames.length === 7)
    expect(client.values().slice(4)).toEqual([
      {
        jsonrpc: '2.0',
        method: '$/ended',
        params: {
          id: 'secret#1',
          channel: 'secret',
          error: { code: -32_003, message: 'Subscribing to this channel is not allowed' },
        },
      },
      { jsonrpc: '2.0', method: '$/push', params: { id: 'open#1', channel: 'open', data: 1 } },
      { jsonrpc: '2.0', method: '$/push', params: { id: 'open#1', channel: 'open', data: 2 } },
    ])
  })
})

describe('the end of a session', () => {
  it.each([
    ['ends', (connection: ServerConnection) => connection.close(), 1000],
    ['overflows', (connection: ServerConnection) => [1, 2, 3].forEach((value) => connection.send(value)), 1013],
  ] as const)('may come while a listener to add %s the session', async (_title, act, code) => {
    await using started = await startServer({ session: { maxMessages: 2 } })
    started.server.on('add', act)
    const removed = next(started, 'remove')
    const client = new SessionClient(started.url)
    client.acksAtOnce = false
    await client.connect()
    expect(await client.closed).toMatchObject({ code })
    await removed
    expect(started.server.connections.size).toBe(0)
  })

  it('comes with the ttl, with one event suspend and one event remove', async () => {
    await using started = await startServer({ session: { ttl: 30 } })
    const events: unknown[] = []
    started.server.on('suspend', (_connection, { reason }) => void events.push(['suspend', reason]))
    started.server.on('remove', (_connection, { reason }) => void events.push(['remove', reason]))
    const removed = next(started, 'remove')
    const { client, connection } = await connect(started)
    await client.until(() => client.isReady)
    await client.cut()
    await removed
    expect(events).toEqual([
      ['suspend', ''],
      ['remove', 'expired'],
    ])
    expect(connection.isOpen).toBe(false)
    expect(connection.signal.aborted).toBe(true)
    expect(connection.send(1)).toBe(false)
    expect(await client.connect()).toMatchObject({ resumed: false })
  })

  it.each([
    ['connection.close()', 1000, async (_started: TestServer, close: () => void) => close()],
    ['disconnectUser', 4403, async ({ server }: TestServer) => void (await server.disconnectUser('ann'))],
  ])('comes by %s with bye, and the client sends the rest in a new session', async (_title, code, end) => {
    await using started = await startServer({
      authorize: () => ({ id: 'ann' }),
      userId: () => 'ann',
      session: { owner: () => 'ann' },
    })
    const { client, connection } = await connect(started)
    const removed = next(started, 'remove')
    await end(started, () => connection.close())
    expect(await client.closed).toMatchObject({ code })
    expect(client.last('bye')).toMatchObject({ received: 0 })
    await removed
    expect(started.server.connections.size).toBe(0)
    client.send({ type: 'said' })
    await client.connect()
    await client.until(() => client.acked === 1)
  })

  it.each([
    ['authorization that expires', undefined],
    ['disconnectUser with 4401', 4401],
  ])('does not come by %s: the session waits for fresh credentials', async (_title, code) => {
    const expiresAt = code ? Date.now() + 1e6 : Date.now() + 300
    await using started = await startServer({
      authorize: ({ url = '' }: { url?: string }) => (url.endsWith('2') ? { id: 'ann' } : { id: 'ann', expiresAt }),
      userId: () => 'ann',
      session: { owner: () => 'ann' },
    } as never)
    const { client, connection } = await connect(started, '/?1')
    if (code) await started.server.disconnectUser('ann', code)
    expect(await client.closed).toMatchObject({ code: 4401 })
    expect(connection.isOpen).toBe(true)
    const fresh = Object.assign(new SessionClient(`${started.url}/?2`), { key: client.key })
    expect(await fresh.connect()).toMatchObject({ resumed: true, id: connection.id })
  })

  it('is not a close frame of the client, whatever its code', async () => {
    await using started = await startServer({ session: {} })
    const { client, connection } = await connect(started)
    const suspended = next(started, 'suspend')
    client.ws!.close(1000)
    await client.closed
    await suspended
    expect(connection.isSuspended).toBe(true)
    expect(await client.connect()).toMatchObject({ resumed: true })
  })
})

describe('the option session', () => {
  it('needs an owner beside authorize', async () => {
    await expect(startServer({ session: {}, authorize: () => true })).rejects.toMatchObject({
      code: 'invalid_option',
      message: expect.stringContaining('session.owner') as never,
    })
  })

  it('refuses a client whose owner is no text with 1011', async () => {
    await using started = await startServer({ authorize: () => true, session: { owner: () => '' } })
    const client = new SessionClient(started.url)
    await client.open()
    expect(await client.closed).toMatchObject({ code: 1011 })
    expect(started.codes()).toEqual(['handler_failed'])
  })

  it('serves clients without sessions as before', async () => {
    await using started = await startServer({ session: {} })
    const client = await started.connect()
    const removed = next(started, 'remove')
    client.send({ type: 'said' })
    client.ws.close()
    await removed
    expect(started.server.connections.size).toBe(0)
  })

  it('works over server.attach', async () => {
    await using started = await startServer({ session: {} })
    const Memory = createMemoryWebSocket(started.server)
    const open = async () => {
      const ws = new Memory('ws://memory/', [sessionProtocol('')])
      const frames: string[] = []
      let wake = () => {}
      ws.addEventListener('message', (event) => {
        frames.push(String((event as MessageEvent).data))
        wake()
      })
      await new Promise((resolve) => ws.addEventListener('open', resolve))
      const until = async (count: number) => {
        while (frames.length < count) await new Promise<void>((resolve) => (wake = resolve))
      }
      return { ws, frames, until }
    }
    const first = await open()
    expect(first.ws.protocol).toBe(sessionProtocol(''))
    first.ws.send('${"is":"hello","window":{"messages":9,"bytes":999}}')
    await first.until(1)
    const { key, id } = JSON.parse(first.frames[0]!.slice(1)) as { key: string; id: string }
    first.ws.close()
    started.server.connections.get(id)!.send('kept')
    const second = await open()
    second.ws.send(
      `\${"is":"hello","key":"${key}","turn":1,"received":0,"acked":0,"sent":0,"window":{"messages":9,"bytes":999}}`,
    )
    await second.until(2)
    expect(second.frames[1]).toBe('"kept"')
    second.ws.close()
  })
})
