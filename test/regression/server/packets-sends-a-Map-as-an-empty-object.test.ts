import { describe, expect, it } from '@jest/globals'
import { connectClient, startServer } from '../../server/support.js'

// `send` and `broadcast` sent `{}` for bytes and Maps inside an object.

describe('the server', () => {
  it.each<[what: string, value: unknown]>([
    ['bytes', { pic: new Uint8Array([1, 2]).buffer }],
    ['a Map', { map: new Map([[1, 2]]) }],
    ['NaN', { n: Number.NaN }],
  ])('reports encode_failed and sends nothing for %s inside an object', async (_what, value) => {
    await using running = await startServer()
    const { client, connection } = await connectClient(running)
    expect(connection.send(value)).toBe(false)
    expect((await running.problems.next()).code).toBe('encode_failed')
    running.server.broadcast(value)
    expect((await running.problems.next()).code).toBe('encode_failed')
    connection.emit('x', value)
    expect((await running.problems.next()).code).toBe('encode_failed')
    connection.send('after')
    expect(await client.next()).toBe('after')
  })
})
