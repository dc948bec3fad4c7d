import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import type { ServerConnection } from '../../src/server/index.js'
import { createQueue, meet, run } from './support.js'

describe('connections', () => {
  it('M9 have an id each, and are told by add and remove once each', async () => {
    await using running = await run()
    const told = createQueue<[string, ServerConnection]>()
    running.server.on('add', (connection) => told.push(['add', connection]))
    running.server.on('remove', (connection) => told.push(['remove', connection]))
    const one = await meet(running)
    const two = await meet(running)
    expect(one.connection.id).not.toBe(two.connection.id)
    one.client.ws.close()
    await told.next()
    await told.next()
    expect((await told.next())[0]).toBe('remove')
    two.client.ws.terminate()
    await told.next()
    expect(told.all).toEqual([
      ['add', one.connection],
      ['add', two.connection],
      ['remove', one.connection],
      ['remove', two.connection],
    ])
    expect(running.server.connections.size).toBe(0)
  })

  it('M9 remove says with which code and words', async () => {
    await using running = await run()
    const ends = createQueue<object>()
    running.server.on('remove', (_connection, end) => ends.push(end))
    const { client } = await meet(running)
    client.ws.close(4000, 'had enough')
    expect(await ends.next()).toEqual({ code: 4000, reason: 'had enough' })
  })

  it('S3 no client, no event: a request that is no upgrade, or refused, adds nothing', async () => {
    await using running = await run({ authorize: () => false })
    const told = createQueue<string>()
    running.server.on('add', () => told.push('add'))
    running.server.on('remove', () => told.push('remove'))
    const refused = createQueue<object>()
    running.server.on('refuse', (refusal) => refused.push(refusal))
    await fetch(`http://127.0.0.1:${running.port}/`)
    const client = await running.dial()
    expect((await client.closed).code).toBe(4401)
    expect(await refused.next()).toMatchObject({ code: 4401, ip: '127.0.0.1' })
    expect(told.all).toEqual([])
  })

  it('M11 are iterated, got by id, had, filtered, counted and sent to', async () => {
    await using running = await run()
    const { server } = running
    const one = await meet(running)
    const two = await meet(running)
    const { connections } = server
    expect([...connections]).toEqual([one.connection, two.connection])
    expect(connections.size).toBe(2)
    expect(server.count()).toBe(2)
    expect(connections.get(one.connection.id)).toBe(one.connection)
    expect(connections.get('nobody')).toBeUndefined()
    expect(connections.has(two.connection)).toBe(true)
    expect(connections.has(two.connection.id)).toBe(true)
    expect(connections.has('nobody')).toBe(false)
    expect(connections.filter(({ id }) => id === two.connection.id)).toEqual([two.connection])
    for (const connection of connections) connection.send('hello')
    expect(await one.client.next()).toBe('hello')
    expect(await two.client.next()).toBe('hello')
  })

  it('D2 the server may speak first', async () => {
    await using running = await run()
    running.server.on('add', (connection) => connection.send({ welcome: true }))
    expect(await (await running.dial()).next()).toEqual({ welcome: true })
  })

  it('D6 have the headers, the protocol and the address at hand', async () => {
    await using running = await run()
    const { connection } = await meet(running, '/x?y=1', { headers: { 'x-team': 'blue' }, protocols: ['v1'] })
    expect(connection.req.headers['x-team']).toBe('blue')
    expect(connection).toMatchObject({ protocol: 'v1', ip: '127.0.0.1', params: { y: '1' }, user: undefined })
    expect(connection.ws).toBeInstanceOf(WebSocket)
  })

  it('D8 N sends arrive as 1 to N', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    const numbers = Array.from({ length: 500 }, (_, index) => index)
    for (const number of numbers) expect(connection.send(number)).toBe(true)
    for (const number of numbers) expect(await client.next()).toBe(number)
  })

  it('D9 raw frames pass the codec by', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    connection.sendRaw('{not json')
    expect(await client.next()).toBe('{not json')
    connection.sendRaw(new Uint8Array([1, 2]))
    expect(Buffer.from(await client.next())).toEqual(Buffer.from([1, 2]))
  })

  it('say so when nothing can be sent any more, and end what hangs on them', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    const removed = new Promise<void>((resolve) => void running.server.on('remove', () => resolve()))
    expect(connection.signal.aborted).toBe(false)
    client.ws.close()
    await removed
    expect(connection.signal.aborted).toBe(true)
    expect(connection.isOpen).toBe(false)
    expect(connection.send(1)).toBe(false)
    expect(connection.emit('a')).toBe(false)
    expect(connection.push('a', 1)).toBe(false)
    expect(connection.sendRaw('a')).toBe(false)
    expect(connection.subscribe('a')).toBeUndefined()
    await expect(connection.request('a')).rejects.toMatchObject({ code: 'connection_closed' })
    expect(running.codes()).toEqual([])
  })

  it('close with a code and words that fit', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    expect(() => connection.close(1005)).toThrow(expect.objectContaining({ code: 'invalid_close_code' }))
    connection.close(4001, 'ü'.repeat(100))
    expect(await client.closed).toEqual({ code: 4001, reason: 'ü'.repeat(61) })
  })

  it('are cut off when they do not finish a close in time', async () => {
    await using running = await run({ closeTimeout: 20 })
    const { client, connection } = await meet(running)
    const removed = new Promise<number>((resolve) => void running.server.on('remove', (_, { code }) => resolve(code)))
    // A client that reads nothing never sees the close frame.
    client.ws.pause()
    connection.close()
    expect(await removed).toBe(1006)
  })

  it('tell of what the codec cannot carry, and throw nothing', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    expect(connection.send(1n)).toBe(false)
    expect(running.problems.all).toEqual([expect.objectContaining({ code: 'encode_failed', connection })])
    connection.send('still here')
    expect(await client.next()).toBe('still here')
  })

  it('tell when the peer breaks the protocol', async () => {
    await using running = await run()
    const { client, connection } = await meet(running)
    // A text frame of one byte, unmasked: clients must mask (RFC 6455 section 5.1).
    const { _socket: tcp } = client.ws as unknown as { _socket: { write: (bytes: Buffer) => void } }
    tcp.write(Buffer.from([0x81, 0x01, 0x61]))
    expect(await running.problems.next()).toMatchObject({ code: 'peer_error', connection })
    expect((await client.closed).code).toBe(1002)
  })
})
