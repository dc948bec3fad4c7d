import { describe, expect, it } from '@jest/globals'
import { json, memoryBus, type Bus, type BusStatus } from '../../src/server/index.js'
import { createQueue, meet, run } from './support.js'

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
  it('S5 reaches all, the sender included; or all but the sender', async () => {
    await using running = await run()
    const { server } = running
    server.onMessage('all', (payload) => server.broadcast({ to: 'all', payload }))
    server.onMessage('others', (payload, sender) => server.broadcast({ to: 'others', payload }, { except: sender }))
    const one = await meet(running)
    const two = await meet(running)
    one.client.send({ type: 'others', payload: 1 })
    one.client.send({ type: 'all', payload: 2 })
    expect(await two.client.next()).toEqual({ to: 'others', payload: 1 })
    expect(await two.client.next()).toEqual({ to: 'all', payload: 2 })
    expect(await one.client.next()).toEqual({ to: 'all', payload: 2 })
  })

  it('leaves out several, or those for whom a predicate is true', async () => {
    await using running = await run()
    const { server } = running
    const [one, two, three] = [await meet(running), await meet(running), await meet(running)]
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

  it('is encoded once, however many hear it', async () => {
    const { codec, count } = counting()
    await using running = await run({ codec })
    const clients = [await meet(running), await meet(running), await meet(running)]
    expect(running.server.broadcast({ n: 1 })).toBe(3)
    expect(count()).toBe(1)
    for (const { client } of clients) expect(await client.next()).toEqual({ n: 1 })
  })

  it('S6 emit sends { type, payload }', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    running.server.emit('posts', { id: 1 })
    connection.emit('users')
    expect(await client.next()).toEqual({ type: 'posts', payload: { id: 1 } })
    expect(await client.next()).toEqual({ type: 'users' })
    expect(running.server.emit('posts', 1, { except: connection })).toBe(0)
  })

  it('S8 that fails throws nothing: it is told, and reaches nobody', async () => {
    await using running = await run()
    await meet(running)
    expect(running.server.emit('posts', 1n)).toBe(0)
    expect(running.server.broadcast(() => {})).toBe(0)
    expect(running.server.publish('posts', 1n)).toBe(0)
    expect(running.codes()).toEqual(['encode_failed', 'encode_failed'])
  })
})

describe('channels', () => {
  it('bring what is published to those who subscribed, with the id of their subscription', async () => {
    await using running = await run()
    const { server } = running
    const { client, connection } = await meet(running)
    const other = await meet(running)
    const { result: id } = await client.request('subscribe', { channel: 'posts', params: { tag: 'x' } })
    expect(id).toBe('posts#1')
    expect(connection.subscriptions).toEqual([{ id, channel: 'posts', params: { tag: 'x' } }])
    expect(server.publish('posts', { n: 1 })).toBe(1)
    expect(server.publish('users', 1)).toBe(0)
    expect(await client.next()).toEqual({
      jsonrpc: '2.0',
      method: '$/push',
      params: { id, channel: 'posts', data: { n: 1 } },
    })
    expect(other.client.received.all).toEqual([])
  })

  it('I7 end exactly one subscription; an unknown id is a no-op', async () => {
    await using running = await run()
    const { client } = await meet(running)
    const first = await client.request('subscribe', ['posts'])
    const second = await client.request('subscribe', ['posts'])
    expect([first.result, second.result]).toEqual(['posts#1', 'posts#2'])
    expect((await client.request('unsubscribe', { id: 'posts#1' })).result).toBe(true)
    expect((await client.request('unsubscribe', ['posts#1'])).result).toBe(false)
    running.server.publish('posts', 1)
    expect(await client.next()).toMatchObject({ params: { id: 'posts#2' } })
    expect(client.received.all).toHaveLength(1)
  })

  it('are encoded once for all whose subscription has the same id', async () => {
    const { codec, count } = counting()
    await using running = await run({ codec })
    for (const { connection } of [await meet(running), await meet(running), await meet(running)])
      connection.subscribe('a')
    expect(running.server.publish('a', 1)).toBe(3)
    expect(count()).toBe(1)
  })

  it('can be subscribed to from this side, and are left at the end of the connection', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    const id = connection.subscribe('posts')
    running.server.publish('posts', 1)
    expect(await client.next()).toMatchObject({ params: { id, data: 1 } })
    expect(connection.unsubscribe(id ?? '')).toBe(true)
    expect(connection.unsubscribe(id ?? '')).toBe(false)
    connection.subscribe('posts')
    const removed = new Promise<void>((resolve) => void running.server.on('remove', () => resolve()))
    client.ws.close()
    await removed
    expect(running.server.publish('posts', 2)).toBe(0)
    expect(connection.subscriptions).toEqual([])
  })

  it('can be forbidden', async () => {
    await using running = await run({
      authorizeChannel: async (_connection, channel, params) => channel === 'open' && params === 1,
    })
    const { client } = await meet(running)
    expect((await client.request('subscribe', ['open', 1])).result).toBe('open#1')
    expect((await client.request('subscribe', ['secret', 1])).error?.code).toBe(-32003)
    for (const params of [undefined, {}, [], { channel: '' }, { channel: 7 }, ['x'.repeat(257)]]) {
      expect((await client.request('subscribe', params)).error?.code).toBe(-32602)
    }
  })

  it('push to one client: once for each subscription, else once without an id', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
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
  it('carries broadcasts and publications to the other nodes, exactly once to each', async () => {
    const bus = memoryBus()
    await using left = await run({ bus })
    await using right = await run({ bus })
    const one = await meet(left)
    const two = await meet(right)
    two.connection.subscribe('posts')
    one.connection.subscribe('posts')
    left.server.broadcast('hello')
    left.server.publish('posts', 7)
    left.server.emit('end')
    for (const { client } of [one, two]) {
      expect(await client.next()).toBe('hello')
      expect(await client.next()).toMatchObject({ method: '$/push', params: { id: 'posts#1', data: 7 } })
      expect(await client.next()).toEqual({ type: 'end' })
    }
  })

  it('does not carry a predicate: such a broadcast stays on its node', async () => {
    const bus = memoryBus()
    await using left = await run({ bus })
    await using right = await run({ bus })
    const one = await meet(left)
    const two = await meet(right)
    left.server.broadcast('secret', { except: () => false })
    left.server.broadcast('public', { except: [] })
    expect(await one.client.next()).toBe('secret')
    expect(await two.client.next()).toBe('public')
  })

  it('counts the connections of all nodes', async () => {
    const bus = memoryBus()
    const told = createQueue<string>()
    await bus.subscribe('reduplex', told.push)
    await using left = await run({ bus })
    const one = await meet(left)
    await using right = await run({ bus })
    await meet(right)
    const until = async (count: number) => {
      while (left.server.count() !== count || right.server.count() !== count) await told.next()
    }
    await until(2)
    one.client.ws.close()
    await until(1)
    expect([left.server.connections.size, right.server.connections.size]).toEqual([0, 1])
  })

  it('that fails leaves the own clients alone', async () => {
    const statuses = createQueue<BusStatus>()
    let tell: (status: BusStatus) => void = () => {}
    const bus: Bus = {
      publish: async () => await Promise.reject(new Error('down')),
      subscribe: () => {
        throw new Error('down too')
      },
      onStatus: (listener) => {
        tell = listener
        return () => {}
      },
      close: () => {},
    }
    await using running = await run({ bus })
    running.server.on('bus', statuses.push)
    const { client } = await meet(running)
    expect(running.server.broadcast('hello')).toBe(1)
    expect(await client.next()).toBe('hello')
    expect((await running.problems.next()).code).toBe('bus_failed')
    tell({ isConnected: false })
    expect(statuses.all).toEqual([{ isConnected: false }])
  })

  it('that brings rubbish breaks nothing', async () => {
    const bus = memoryBus()
    await using running = await run({ bus })
    const { client } = await meet(running)
    for (const message of ['', 'null', '{}', '{"node":"x","text":"{"}', '[]']) bus.publish('reduplex', message)
    running.server.broadcast('hello')
    expect(await client.next()).toBe('hello')
    // Five of them, but a flood is told once a second.
    expect(running.codes()).toEqual(['bus_message_invalid'])
  })
})
