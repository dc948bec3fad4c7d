import { describe, expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import type { ServerConnection } from '../../src/server/index.js'
import { createQueue, connectClient, startServer } from './support.js'

describe('connections', () => {
  it('have unique ids, and emit add and remove once each', async () => {
    await using running = await startServer()
    const emitted = createQueue<[string, ServerConnection]>()
    running.server.on('add', (connection) => emitted.push(['add', connection]))
    running.server.on('remove', (connection) => emitted.push(['remove', connection]))
    const one = await connectClient(running)
    const two = await connectClient(running)
    expect(one.connection.id).not.toBe(two.connection.id)
    one.client.ws.close()
    await emitted.next()
    await emitted.next()
    expect((await emitted.next())[0]).toBe('remove')
    two.client.ws.terminate()
    await emitted.next()
    expect(emitted.all).toEqual([
      ['add', one.connection],
      ['add', two.connection],
      ['remove', one.connection],
      ['remove', two.connection],
    ])
    expect(running.server.connections.size).toBe(0)
  })

  it('emit remove with the code and the reason of the close', async () => {
    await using running = await startServer()
    const ends = createQueue<object>()
    running.server.on('remove', (_connection, end) => ends.push(end))
    const { client } = await connectClient(running)
    client.ws.close(4000, 'had enough')
    expect(await ends.next()).toEqual({ code: 4000, reason: 'had enough' })
  })

  it('emit no add for a plain request and a refused client', async () => {
    await using running = await startServer({ authorize: () => false })
    const emitted = createQueue<string>()
    running.server.on('add', () => emitted.push('add'))
    running.server.on('remove', () => emitted.push('remove'))
    const refused = createQueue<object>()
    running.server.on('refuse', (refusal) => refused.push(refusal))
    await fetch(`http://127.0.0.1:${running.port}/`)
    const client = await running.connect()
    expect((await client.closed).code).toBe(4401)
    expect(await refused.next()).toMatchObject({ code: 4401, ip: '127.0.0.1' })
    expect(emitted.all).toEqual([])
  })

  it('can be iterated, found by id, filtered and counted', async () => {
    await using running = await startServer()
    const { server } = running
    const one = await connectClient(running)
    const two = await connectClient(running)
    const { connections } = server
    expect([...connections]).toEqual([one.connection, two.connection])
    expect(connections.size).toBe(2)
    expect(server.count()).toBe(2)
    expect(connections.get(one.connection.id)).toBe(one.connection)
    expect(connections.get('unknown')).toBeUndefined()
    expect(connections.has(two.connection)).toBe(true)
    expect(connections.has(two.connection.id)).toBe(true)
    expect(connections.has('unknown')).toBe(false)
    expect(connections.filter(({ id }) => id === two.connection.id)).toEqual([two.connection])
    for (const connection of connections) connection.send('hello')
    expect(await one.client.next()).toBe('hello')
    expect(await two.client.next()).toBe('hello')
  })

  it('can be sent to before the client sends anything', async () => {
    await using running = await startServer()
    running.server.on('add', (connection) => connection.send({ welcome: true }))
    expect(await (await running.connect()).next()).toEqual({ welcome: true })
  })

  it('have the headers, the subprotocol and the address', async () => {
    await using running = await startServer()
    const { connection } = await connectClient(running, '/x?y=1', { headers: { 'x-team': 'blue' }, protocols: ['v1'] })
    expect(connection.req.headers['x-team']).toBe('blue')
    expect(connection).toMatchObject({ protocol: 'v1', ip: '127.0.0.1', params: { y: '1' }, user: undefined })
    expect(connection.ws).toBeInstanceOf(WebSocket)
  })

  it('send messages in order', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    const numbers = Array.from({ length: 500 }, (_, index) => index)
    for (const number of numbers) expect(connection.send(number)).toBe(true)
    for (const number of numbers) expect(await client.next()).toBe(number)
  })

  it('send raw frames without the codec', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    connection.sendRaw('{not json')
    expect(await client.next()).toBe('{not json')
    connection.sendRaw(new Uint8Array([1, 2]))
    expect(Buffer.from(await client.next())).toEqual(Buffer.from([1, 2]))
  })

  it('return false and abort their signal after the close', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
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

  it('close with a valid code and a reason that fits', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    expect(() => connection.close(1005)).toThrow(expect.objectContaining({ code: 'invalid_close_code' }))
    connection.close(4001, 'ü'.repeat(100))
    expect(await client.closed).toEqual({ code: 4001, reason: 'ü'.repeat(61) })
  })

  it('are terminated when a close takes longer than closeTimeout', async () => {
    await using running = await startServer({ closeTimeout: 20 })
    const { client, connection } = await connectClient(running)
    const removed = new Promise<number>((resolve) => void running.server.on('remove', (_, { code }) => resolve(code)))
    // A client that reads nothing never sees the close frame.
    client.ws.pause()
    connection.close()
    expect(await removed).toBe(1006)
  })

  it('report a value that the codec cannot encode, and throw nothing', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    expect(connection.send(1n)).toBe(false)
    expect(running.problems.all).toEqual([expect.objectContaining({ code: 'encode_failed', connection })])
    connection.send('still here')
    expect(await client.next()).toBe('still here')
  })

  it('report a client that breaks the protocol', async () => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    // A text frame of one byte, unmasked: clients must mask (RFC 6455 section 5.1).
    const { _socket: tcp } = client.ws as unknown as { _socket: { write: (bytes: Buffer) => void } }
    tcp.write(Buffer.from([0x81, 0x01, 0x61]))
    expect(await running.problems.next()).toMatchObject({ code: 'peer_error', connection })
    expect((await client.closed).code).toBe(1002)
  })
})
