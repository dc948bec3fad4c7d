import { createServer } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { json } from '../../../src/server/index.js'
import { connectClient, startOnHttp, startServer } from '../../server/support.js'

// One reply that JSON cannot carry made three messages of one batch, and over HTTP a 500 without the results of methods that had run.

const methods = { good: () => 'good', bad: () => 1n }
const batch = ['good', 'bad', 'good'].map((method, id) => ({ jsonrpc: '2.0', id, method }))
const expected = [
  { jsonrpc: '2.0', id: 0, result: 'good' },
  { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } },
  { jsonrpc: '2.0', id: 2, result: 'good' },
]
const plain = json()
const delayed = {
  ...plain,
  encode: async (value: unknown) => await Promise.resolve().then(() => plain.encode(value as never)),
}

describe('a batch with a reply that cannot be encoded', () => {
  it.each([
    ['a synchronous codec', plain],
    ['an asynchronous codec', delayed],
  ])('is one array over a socket, with %s', async (_name, codec) => {
    await using running = await startServer({ codec: codec as never })
    running.server.methods(methods)
    const { client } = await connectClient(running)
    client.send(batch)
    expect(await client.next()).toEqual(expected)
    expect((await client.request('bad')).error).toEqual({ code: -32603, message: 'Internal error' })
    expect((await client.request('good')).result).toBe('good')
    expect(running.codes()).toEqual(['encode_failed', 'encode_failed'])
  })

  it('is one array with the status 200 over HTTP', async () => {
    const http = createServer()
    await using running = await startOnHttp(http)
    running.server.methods(methods)
    http.on('request', (req, res) => void running.server.handleHttp(req, res))
    const post = async (body: unknown) =>
      await fetch(running.origin, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const response = await post(batch)
    expect([response.status, await response.json()]).toEqual([200, expected])
    expect(await (await post(batch[1])).json()).toEqual(expected[1])
    expect(running.codes()).toEqual(['encode_failed', 'encode_failed'])
  })
})
