import { describe, expect, it } from '@jest/globals'
import type { ServerConnection, SocketServerSettings } from '../../../src/server/index.js'
import { connectClient, createQueue, startServer, type Client, type TestServer } from '../../server/support.js'

/** Connects a client and returns how its connection ends. */
const endOf = async (
  running: TestServer,
  act: (client: Client, connection: ServerConnection) => unknown,
  options: Parameters<TestServer['connect']>[1] = {},
) => {
  const removed = createQueue<{ code: number; reason: string }>()
  running.server.on('remove', (_connection, end) => removed.push(end))
  const { client, connection } = await connectClient(running, '/', options)
  act(client, connection)
  return await removed.next()
}

/** A client that completes no close. */
const silent = (client: Client): void => client.ws.pause()

describe('the event remove', () => {
  it.each<[string, SocketServerSettings, (client: Client, connection: ServerConnection) => unknown, object]>([
    ['close', {}, (_client, { close }) => close(4000, 'bye'), { code: 4000, reason: 'bye' }],
    [
      'close of a client that does not answer',
      { closeTimeout: 20 },
      (client, { close }) => {
        silent(client)
        close(4000, 'bye')
      },
      { code: 1006, reason: 'bye' },
    ],
    ['terminate', {}, (_client, { terminate }) => terminate(), { code: 1006, reason: 'terminated' }],
    ['idleTimeout', { idleTimeout: 20 }, () => {}, { code: 1000, reason: 'idle' }],
    ['pingInterval', { pingInterval: 30 }, (client) => silent(client), { code: 1006, reason: 'did not answer a ping' }],
    ['handler', { handler: () => Promise.reject(new Error('x')) }, () => {}, { code: 1011, reason: 'server error' }],
  ])('tells the reason of the server after %s', async (_, options, act, end) => {
    await using running = await startServer(options)
    expect(await endOf(running, act)).toEqual(end)
  })

  it('tells the reason of the client when the client closes', async () => {
    await using running = await startServer()
    expect(await endOf(running, ({ ws }) => ws.close(4001, 'done'))).toEqual({ code: 4001, reason: 'done' })
    expect(await endOf(running, ({ ws }) => ws.terminate())).toEqual({ code: 1006, reason: '' })
  })

  it('names too many fragments as the reason, and reports the message', async () => {
    await using running = await startServer()
    let closed: Client['closed'] | undefined
    const end = await endOf(running, (client) => {
      closed = client.closed
      for (let count = 0; count <= 16_384; count++) client.ws.send('', { fin: false })
    })
    // After a violation ws reads no close frame.
    expect(end).toEqual({ code: 1006, reason: 'Too many message fragments' })
    expect((await closed)?.code).toBe(1008)
    expect(running.codes()).toEqual(['peer_error'])
  })

  it('names too many pings as the reason, and reports them once', async () => {
    await using running = await startServer({ maxPendingAutoPongs: 3 })
    const end = await endOf(running, ({ ws }) => {
      ws.pause()
      const body = Buffer.alloc(125, 'x')
      const flood = (): void => {
        for (let count = 0; count < 5_000; count++) ws.ping(body)
        if (ws.readyState === ws.OPEN && running.problems.all.length === 0) setImmediate(flood)
      }
      flood()
    })
    expect(end).toEqual({ code: 1006, reason: 'too many pings' })
    expect(running.problems.all).toMatchObject([
      { code: 'peer_error', message: expect.stringContaining('maxPendingAutoPongs') },
    ])
  })
})
