import { createServer } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { memoryBus, shareSocketServer } from '../../../src/server/index.js'

describe('get of shareSocketServer', () => {
  it.each([
    ['without a bus', {}],
    ['with a bus', { bus: memoryBus() }],
  ])('returns the closed server, which sends to nobody and reports nothing, %s', async (_, options) => {
    const codes: string[] = []
    const shared = shareSocketServer()
    const server = shared.init(createServer(), { ...options, onError: ({ code }) => codes.push(code) })
    const closing = server.close()
    expect(shared.get()).toBe(server)
    await closing
    expect(shared.get()).toBe(server)
    const sent = shared.get()
    expect([sent.emit('posts/created', 1), sent.broadcast(1), await sent.publish('posts', 1), sent.count()]).toEqual([
      0,
      0,
      { reached: 0 },
      0,
    ])
    await sent.close()
    await new Promise((resolve) => setImmediate(resolve))
    expect(codes).toEqual([])
  })

  it('returns the new server after init was called for another HTTP server', async () => {
    const shared = shareSocketServer()
    await shared.init(createServer()).close()
    const second = shared.init(createServer())
    expect(shared.get()).toBe(second)
    await second.close()
  })
})
