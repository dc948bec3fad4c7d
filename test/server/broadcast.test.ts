import { describe, expect, it } from '@jest/globals'
import { json, memoryBus, type Bus, type BusStatus } from '../../src/server/index.js'
import { createQueue, connectClient, startServer } from './support.js'

/** A JSON codec that counts. */
const counting = () => {
  let encoded = 0
  const { encode, decode } = json()
  return {
    codec: {
      encode: (value: unknown) => {
        encoded++
        return encode(value)
      },
      decode,
    },
    count: () => encoded,
  }
}

describe('broadcast', () => {
  it('reaches all clients, or all but the sender', async () => {
    await using running = await startServer()
    const { server } = running
    server.onMessage('all', (payload) => server.broadcast({ to: 'all', payload }))
    server.onMessage('others', (payload, sender) => server.broadcast({ to: 'others', payload }, { except: sender }))
    const one = await connectClient(running)
    const two = await connectClient(running)
    one.client.send({ type: 'others', payload: 1 })
    one.client.send({ type: 'all', payload: 2 })
    expect(await two.client.next()).toEqual({ to: 'others', payload: 1 })
    expect(await two.client.next()).toEqual({ to: 'all', payload: 2 })
    expect(await one.client.next()).toEqual({ to: 'all', payload: 2 })
  })

  it('leaves out several connections, or those for which a predicate returns true', async () => {
    await using running = await startServer()
    const { server } = running
    const [one, two, three] = [await connectClient(running), await connectClient(running), await connectClient(running)]
    expect(server.broadcast('a', { except: [one.connection, two.connection] })).toBe(1)
    expect(await three.client.next()).toBe('a')
    expect(server.broadcast('b', { except: ({ id }) => id !== two.connection.id })).toBe(1)
    expect(await two.client.next()).toBe('b')
    const broken = server.broadcast('c', {
      except: () => {
        throw new Error('oh')
      },
    })
    expect(broken).toBe(0)
    expect(running.codes()).toEqual(['listener_failed', 'listener_failed', 'listener_failed'])
  })

  it('is encoded once for all clients', async () => {
    const { codec, count } = counting()
    await using running = await startServer({ codec })
    const clients = [await connectClient(running), await connectClient(running), await connectClient(running)]
    expect(running.server.broadcast({ n: 1 })).toBe(3)
    expect(count()).toBe(1)
    for (const { client } of clients) expect(await client.next()).toEqual({ n: 1 })
  })

  it('sends { type, payload } with emit', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    running.server.emit('posts', { id: 1 })
    connection.emit('users')
    expect(await client.next()).toEqual({ type: 'posts', payload: { id: 1 } })
    expect(await client.next()).toEqual({ type: 'users' })
    expect(running.server.emit('posts', 1, { except: connection })).toBe(0)
  })

  it('reports a failure, throws nothing and reaches no client', async () => {
    await using running = await startServer()
    await connectClient(running)
    expect(running.server.emit('posts', 1n)).toBe(0)
    expect(running.server.broadcast(() => {})).toBe(0)
    expect(await running.server.publish('posts', 1n)).toEqual({ reached: 0 })
    expect(running.codes()).toEqual(['encode_failed', 'encode_failed'])
  })
})

describe('channels', () => {
  it('send what is published to each subscription, with its id', async () => {
    await using running = await startServer()
    const { server } = running
    const { client, connection } = await connectClient(running)
    const other = await connectClient(running)
    const { result: id } = await client.request('subscribe', { channel: 'posts', params: { tag: 'x' } })
    expect(id).toBe('posts#1')
    expect(connection.subscriptions).toEqual([{ id, channel: 'posts', params: { tag: 'x' } }])
    expect(await server.publish('posts', { n: 1 })).toEqual({ reached: 1 })
    expect(await server.publish('users', 1)).toEqual({ reached: 0 })
    expect(await client.next()).toEqual({
      jsonrpc: '2.0',
      method: '$/push',
      params: { id, channel: 'posts', data: { n: 1 } },
    })
    expect(other.client.received.all).toEqual([])
  })

  it('end exactly one subscription, and ignore an unknown id', async () => {
    await using running = await startServer()
    const { client } = await connectClient(running)
    const first = await client.request('subscribe', ['posts'])
    const second = await client.request('subscribe', ['posts'])
    expect([first.result, second.result]).toEqual(['posts#1', 'posts#2'])
    expect((await client.request('unsubscribe', { id: 'posts#1' })).result).toBe(true)
    expect((await client.request('unsubscribe', ['posts#1'])).result).toBe(false)
    void running.server.publish('posts', 1)
    expect(await client.next()).toMatchObject({ params: { id: 'posts#2' } })
    expect(client.received.all).toHaveLength(1)
  })

  it('are encoded once for all subscriptions with the same id', async () => {
    const { codec, count } = counting()
    await using running = await startServer({ codec })
    for (const { connection } of [
      await connectClient(running),
      await connectClient(running),
      await connectClient(running),
    ])
      connection.subscribe('a')
    expect(await running.server.publish('a', 1)).toEqual({ reached: 3 })
    expect(count()).toBe(1)
  })

  it('can be subscribed to by the server, and are left when the connection closes', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    const id = connection.subscribe('posts')
    void running.server.publish('posts', 1)
    expect(await client.next()).toMatchObject({ params: { id, data: 1 } })
    expect(connection.unsubscribe(id ?? '')).toBe(true)
    expect(connection.unsubscribe(id ?? '')).toBe(false)
    connection.subscribe('posts')
    const removed = new Promise<void>((resolve) => void running.server.on('remove', () => resolve()))
    client.ws.close()
    await removed
    expect(await running.server.publish('posts', 2)).toEqual({ reached: 0 })
    expect(connection.subscriptions).toEqual([])
  })

  it('reply with -32003 when authorizeChannel returns false', async () => {
    await using running = await startServer({
      authorizeChannel: async (_connection, channel, params) => channel === 'open' && params === 1,
    })
    const { client } = await connectClient(running)
    expect((await client.request('subscribe', ['open', 1])).result).toBe('open#1')
    expect((await client.request('subscribe', ['secret', 1])).error?.code).toBe(-32003)
    for (const params of [undefined, {}, [], { channel: '' }, { channel: 7 }, ['x'.repeat(257)]]) {
      expect((await client.request('subscribe', params)).error?.code).toBe(-32602)
    }
  })

  it('push to one client, once for each of its subscriptions or once without an id', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    expect(connection.push('a', 1)).toBe(true)
    expect(await client.next()).toEqual({ jsonrpc: '2.0', method: '$/push', params: { channel: 'a', data: 1 } })
    connection.subscribe('a')
    connection.subscribe('a')
    connection.push('a', 2)
    expect([await client.next(), await client.next()]).toMatchObject([
      { params: { id: 'a#1' } },
      { params: { id: 'a#2' } },
    ])
  })
})

describe('a bus', () => {
  it('sends broadcasts and publications to each other node exactly once', async () => {
    const bus = memoryBus()
    await using left = await startServer({ bus })
    await using right = await startServer({ bus })
    const one = await connectClient(left)
    const two = await connectClient(right)
    two.connection.subscribe('posts')
    one.connection.subscribe('posts')
    left.server.broadcast('hello')
    void left.server.publish('posts', 7)
    left.server.emit('end')
    for (const { client } of [one, two]) {
      expect(await client.next()).toBe('hello')
      expect(await client.next()).toMatchObject({ method: '$/push', params: { id: 'posts#1', data: 7 } })
      expect(await client.next()).toEqual({ type: 'end' })
    }
  })

  it('does not send a broadcast with a predicate', async () => {
    const bus = memoryBus()
    await using left = await startServer({ bus })
    await using right = await startServer({ bus })
    const one = await connectClient(left)
    const two = await connectClient(right)
    left.server.broadcast('secret', { except: () => false })
    left.server.broadcast('public', { except: [] })
    expect(await one.client.next()).toBe('secret')
    expect(await two.client.next()).toBe('public')
  })

  it('counts the connections of all nodes', async () => {
    const bus = memoryBus()
    const published = createQueue<string>()
    await bus.subscribe('reduplex', published.push)
    await using left = await startServer({ bus })
    const one = await connectClient(left)
    await using right = await startServer({ bus })
    await connectClient(right)
    const until = async (count: number) => {
      while (left.server.count() !== count || right.server.count() !== count) await published.next()
    }
    await until(2)
    one.client.ws.close()
    await until(1)
    expect([left.server.connections.size, right.server.connections.size]).toEqual([0, 1])
  })

  it('does not affect the clients of its node when it fails', async () => {
    const statuses = createQueue<BusStatus>()
    let setStatus: (status: BusStatus) => void = () => {}
    const bus: Bus = {
      publish: async () => await Promise.reject(new Error('down')),
      subscribe: () => {
        throw new Error('down too')
      },
      onStatus: (listener) => {
        setStatus = listener
        return () => {}
      },
      close: () => {},
    }
    await using running = await startServer({ bus })
    running.server.on('bus', statuses.push)
    const { client } = await connectClient(running)
    expect(running.server.broadcast('hello')).toBe(1)
    expect(await client.next()).toBe('hello')
    expect((await running.problems.next()).code).toBe('bus_failed')
    setStatus({ isConnected: false })
    expect(statuses.all).toEqual([{ isConnected: false }])
  })

  it('reports malformed messages and keeps working', async () => {
    const bus = memoryBus()
    await using running = await startServer({ bus })
    const { client } = await connectClient(running)
    for (const message of ['', 'null', '{}', '{"node":"x","text":"{"}', '[]']) bus.publish('reduplex', message)
    running.server.broadcast('hello')
    expect(await client.next()).toBe('hello')
    // Five messages, but a report at most once a second.
    expect(running.codes()).toEqual(['bus_message_invalid'])
  })
})
