import { describe, expect, it } from '@jest/globals'
import { createQueue, startServer } from './support.js'

describe('the option handler', () => {
  it('runs after the upgrade, and closes the connection with 1000 when it ends', async () => {
    await using running = await startServer({
      handler: async (connection) => {
        // D2: it may speak first.
        connection.send('welcome')
        for await (const message of connection.messages) {
          if (message === 'bye') return
          connection.send({ echo: message })
        }
      },
    })
    const client = await running.connect()
    expect(await client.next()).toBe('welcome')
    client.send(1)
    expect(await client.next()).toEqual({ echo: 1 })
    client.send('bye')
    expect(await client.closed).toEqual({ code: 1000, reason: '' })
    expect(running.codes()).toEqual([])
  })

  it('closes with 1011 without details when it throws, and is reported', async () => {
    await using running = await startServer({
      handler: () => {
        throw new Error('the password is 1234')
      },
    })
    const client = await running.connect()
    expect(await client.closed).toEqual({ code: 1011, reason: 'server error' })
    expect(running.codes()).toEqual(['handler_failed'])
  })

  it('gets all messages although it starts to read late', async () => {
    const begin = createQueue<() => void>()
    const read = createQueue<unknown>()
    await using running = await startServer({
      handler: async (connection) => {
        await new Promise<void>((resolve) => begin.push(resolve))
        for await (const message of connection.messages) read.push(message)
      },
    })
    const seen = createQueue<unknown>()
    running.server.messages.forEach(seen.push)
    const client = await running.connect()
    for (const message of [1, 2, 3]) client.send(message)
    for (let count = 0; count < 3; count++) await seen.next()
    const start = await begin.next()
    start()
    expect([await read.next(), await read.next(), await read.next()]).toEqual([1, 2, 3])
  })

  it('can read in two loops, each of which gets every message from its start', async () => {
    const read = createQueue<[number, unknown]>()
    await using running = await startServer({
      handler: async ({ messages }) => {
        const loops = [1, 2].map(async (loop) => {
          for await (const message of messages) read.push([loop, message])
        })
        await Promise.all(loops)
      },
    })
    const client = await running.connect()
    client.send('a')
    client.send('b')
    const got = [await read.next(), await read.next(), await read.next(), await read.next()]
    expect(got.filter(([loop]) => loop === 1)).toEqual([
      [1, 'a'],
      [1, 'b'],
    ])
    expect(got.filter(([loop]) => loop === 2)).toEqual([
      [2, 'a'],
      [2, 'b'],
    ])
  })

  it('sees the loop end and the signal aborted when the client disconnects, and may then throw without a report', async () => {
    const ended = createQueue<boolean>()
    await using running = await startServer({
      handler: async (connection) => {
        for await (const message of connection.messages) void message
        ended.push(connection.signal.aborted)
        throw new Error('client is gone')
      },
    })
    const client = await running.connect()
    client.ws.terminate()
    expect(await ended.next()).toBe(true)
    expect(running.codes()).toEqual([])
  })
})
