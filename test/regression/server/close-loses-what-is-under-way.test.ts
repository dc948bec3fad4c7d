import { createServer } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from '@jest/globals'
import { connectClient, createQueue, startOnHttp, startServer } from '../../server/support.js'

const post = async (url: string, method: string) =>
  await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method }),
  })

const startWithCalls = async () => {
  const http = createServer()
  const running = await startOnHttp(http)
  const started = createQueue<() => void>()
  running.server.methods({
    slow: async () => await new Promise<string>((resolve) => started.push(() => resolve('done'))),
  })
  http.on('request', (req, res) => void running.server.handleHttp(req, res))
  return { running, started }
}

describe('close', () => {
  it('waits for calls over HTTP, and refuses further ones with 503', async () => {
    const { running, started } = await startWithCalls()
    const answer = post(running.origin, 'slow')
    const finish = await started.next()
    let isClosed = false
    const closing = running.server.close().then(() => (isClosed = true))
    const refused = await post(running.origin, 'slow')
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: -32012 } }])
    expect(isClosed).toBe(false)
    finish()
    const response = await answer
    expect([response.status, await response.json()]).toMatchObject([200, { result: 'done' }])
    await closing
    await running[Symbol.asyncDispose]()
  })

  it('answers calls over HTTP that hang with 503 before it ends', async () => {
    const { running, started } = await startWithCalls()
    const answer = post(running.origin, 'slow')
    await started.next()
    await running.server.close({ within: 50 })
    expect((await answer).status).toBe(503)
    await running[Symbol.asyncDispose]()
  })

  it('closes a client whose call hangs with 1012 before it ends', async () => {
    const running = await startServer()
    const started = createQueue<void>()
    running.server.methods({
      never: async () => {
        started.push()
        await new Promise<void>(() => {})
      },
    })
    const { client } = await connectClient(running)
    void client.request('never')
    await started.next()
    await running.server.close({ within: 1_000 })
    expect((await client.closed).code).toBe(1012)
  })

  it('receives what clients send until they have received the close frame', async () => {
    const running = await startServer()
    const received = createQueue<unknown>()
    running.server.messages.forEach(received.push)
    const notified = createQueue<unknown>()
    running.server.methods({ note: notified.push })
    const { client, connection } = await connectClient(running)
    const closing = running.server.close()
    // The close frame is on its way, and the client has not read it.
    client.ws.pause()
    while (connection.ws.readyState === 1) await new Promise((resolve) => setImmediate(resolve))
    client.send('late')
    client.send({ jsonrpc: '2.0', method: 'note', params: 'late too' })
    client.ws.resume()
    expect(await received.next()).toBe('late')
    expect(await notified.next()).toBe('late too')
    await closing
    expect((await client.closed).code).toBe(1012)
    expect(running.codes()).toEqual([])
  })

  it('gives a client that reads slowly all that waits for it, after closeTimeout too', async () => {
    const running = await startServer({ closeTimeout: 1, maxBufferedBytes: 64 * 1024 * 1024 })
    const { client, connection } = await connectClient(running)
    client.ws.pause()
    const chunk = 'x'.repeat(1024 * 1024)
    for (let count = 0; count < 32; count++) connection.send(chunk)
    expect(connection.bufferedAmount).toBeGreaterThan(0)
    const closing = running.server.close({ within: 10_000 })
    while (connection.ws.readyState === 1) await new Promise((resolve) => setImmediate(resolve))
    client.ws.resume()
    for (let count = 0; count < 32; count++) expect(await client.next()).toHaveLength(chunk.length)
    expect((await client.closed).code).toBe(1012)
    await closing
  })
})

describe('connection.close', () => {
  it.each([
    [1000, ['late']],
    [4403, []],
  ])('with %d receives what the client sends until its close frame: %j', async (code, expected) => {
    await using running = await startServer()
    const received: unknown[] = []
    running.server.messages.forEach((message) => received.push(message))
    const removed = new Promise<void>((resolve) => void running.server.on('remove', () => resolve()))
    const { client, connection } = await connectClient(running)
    client.ws.pause()
    connection.close(code)
    client.send('late')
    client.ws.resume()
    await removed
    expect(received).toEqual(expected)
  })
})

describe('a client that closes the connection', () => {
  it('and keeps its TCP connection is disconnected after closeTimeout', async () => {
    await using running = await startServer({ closeTimeout: 20 })
    const removed = createQueue<number>()
    running.server.on('remove', (_connection, { code }) => removed.push(code))
    const socket = connect({ port: running.port, host: '127.0.0.1', allowHalfOpen: true })
    const key = Buffer.alloc(16).toString('base64')
    socket.write(
      `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    )
    await once(socket, 'data')
    socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]))
    socket.resume()
    expect(await removed.next()).toBe(1000)
    socket.destroy()
  })
})
