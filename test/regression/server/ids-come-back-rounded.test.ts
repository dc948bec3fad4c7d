import { describe, expect, it } from '@jest/globals'
import { connectClient, startServer } from '../../server/support.js'

// The method ran, and its reply had another id: the client waited until its timeout.
describe('an id that JavaScript cannot represent', () => {
  it.each(['9007199254740993', '-9007199254740993', '1e400', '-1e400', '1e21'])(
    'such as %s is refused before the method runs',
    async (id) => {
      await using running = await startServer()
      let calls = 0
      running.server.methods({ count: () => ++calls })
      const { client } = await connectClient(running)
      const request = `{"jsonrpc":"2.0","id":${id},"method":"count"}`
      client.ws.send(request)
      expect(await client.next()).toEqual({
        jsonrpc: '2.0',
        id: null,
        error: { code: -32600, message: 'Invalid Request' },
      })
      client.ws.send(`[${request},{"jsonrpc":"2.0","id":"after","method":"count"}]`)
      expect(await client.next()).toMatchObject([
        { id: null, error: { code: -32600 } },
        { id: 'after', result: 1 },
      ])
    },
  )

  it.each(['9007199254740991', '-1', '0', '1.5', '"9007199254740993"', '""'])('does not include %s', async (id) => {
    await using running = await startServer()
    running.server.methods({ ok: () => true })
    const { client } = await connectClient(running)
    client.ws.send(`{"jsonrpc":"2.0","id":${id},"method":"ok"}`)
    expect(await client.next()).toEqual({ jsonrpc: '2.0', id: JSON.parse(id) as unknown, result: true })
  })
})
