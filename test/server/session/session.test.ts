import { describe, expect, it } from '@jest/globals'
import { SessionClient } from '../../support/session/sessionClient.js'
import { startServer } from '../support.js'

const nextEvent = async (server: { on: (name: never, listener: never) => () => void }, name: string) =>
  await new Promise<readonly unknown[]>((resolve) => {
    const off = server.on(
      name as never,
      ((...args: unknown[]) => {
        off()
        resolve(args)
      }) as never,
    )
  })

describe('a session in memory', () => {
  it('resumes with its id, data, subscriptions and the messages that were sent meanwhile', async () => {
    await using started = await startServer({ session: {} })
    const { server, url } = started
    const handled: unknown[] = []
    server.onMessage('said', (payload) => void handled.push(payload))
    const client = new SessionClient(url)
    const welcome = (await client.connect())!
    expect(welcome).toMatchObject({ is: 'welcome', resumed: false, ttl: 120_000, maxPayload: 1024 * 1024 })
    const connection = server.connections.get(welcome.id)!
    connection.data['room'] = 7
    expect(connection.protocol).toBe('')
    client.send({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { channel: 'posts' } })
    client.send({ type: 'said', payload: 1 })
    await client.until(() => client.acked === 2)
    expect(client.values()).toEqual([{ jsonrpc: '2.0', id: 1, result: 'posts#1' }])
    const suspended = nextEvent(server, 'suspend')
    await client.cut()
    await suspended
    expect(connection).toMatchObject({ isOpen: true, isSuspended: true })
    expect(await server.publish('posts', 'missed')).toEqual({ reached: 1 })
    expect(connection.emit('hi', 1)).toBe(true)
    const flushed = connection.flush()
    client.send({ type: 'said', payload: 2 })
    const resumed = nextEvent(server, 'resume')
    const again = (await client.connect())!
    expect(again).toMatchObject({ resumed: true, id: welcome.id, received: 2, acked: 2, sent: 3, kept: true })
    expect(await resumed).toEqual([connection])
    await client.until(() => client.acked === 3 && client.frames.length === 3)
    expect(client.values().slice(1)).toEqual([
      { jsonrpc: '2.0', method: '$/push', params: { id: 'posts#1', channel: 'posts', data: 'missed' } },
      { type: 'hi', payload: 1 },
    ])
    expect(await flushed).toBe(true)
    expect(handled).toEqual([1, 2])
    expect(connection.data).toEqual({ room: 7 })
    expect(connection.isSuspended).toBe(false)
    const removed = nextEvent(server, 'remove')
    client.bye()
    expect(await client.closed).toMatchObject({ code: 1000 })
    await removed
    expect(client.last('bye')).toMatchObject({ received: 3 })
    expect(server.connections.size).toBe(0)
  })
})
