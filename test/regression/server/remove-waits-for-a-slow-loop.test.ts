import { afterEach, beforeEach, expect, it, jest } from '@jest/globals'
import {
  createServerSocket,
  createSocketServer,
  type ServerProblem,
  type SocketServer,
} from '../../../src/server/index.js'
import { createQueue } from '../../server/support.js'

// A loop that took 50 ms for a message hid a disconnect for up to 30 s: `remove`, the signals, presence and the counts of addresses waited for it.

beforeEach(() => void jest.useFakeTimers())
afterEach(() => void jest.useRealTimers())

/** A server whose loop over all messages reads one when the test says so. */
const start = async (options: object = {}) => {
  const problems = createQueue<ServerProblem>()
  const server = createSocketServer({
    noServer: true,
    onError: problems.push,
    ...options,
  } as never) as unknown as SocketServer
  const read: unknown[] = []
  const reader = server.messages[Symbol.asyncIterator]()
  const readOne = async () => {
    const result = await reader.next()
    if (!result.done) read.push((result.value as readonly [unknown, unknown])[0])
  }
  const events: string[] = []
  const added = createQueue<{ signal: AbortSignal }>()
  server.on('add', (connection) => {
    connection.signal.addEventListener('abort', () => events.push('signal'))
    added.push(connection)
  })
  server.on('leave', () => events.push('leave'))
  server.on('remove', (_connection, { code }) => events.push(`remove ${code}`))
  const created = createServerSocket({ send: () => {}, close: () => {}, terminate: () => {} })
  server.attach(created.socket, { url: '/', headers: {}, socket: { remoteAddress: '10.0.0.1' } })
  await added.next()
  return { server, created, events, read, readOne, problems }
}

/** More messages than may wait for a loop. */
const fill = (created: { receive: (text: string) => void }) => {
  for (let number = 0; number < 300; number++) created.receive(String(number))
}

const tick = async () => await jest.advanceTimersByTimeAsync(0)

it('the signals are aborted and the subscriptions end when the socket closes, although messages wait for a loop', async () => {
  const running = await start({ presence: () => ({ id: 'ada' }) })
  const { server, created, events } = running
  server.methods({
    wait: async (_params: unknown, { signal }: { signal: AbortSignal }) =>
      await new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          events.push('call')
          resolve(1)
        })
      }),
  } as never)
  created.receive(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'wait' }))
  created.receive(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'subscribe', params: { channel: 'news' } }))
  await tick()
  expect(server.members('news')).toHaveLength(1)
  fill(created)
  created.end(4000)
  expect(events).toEqual(['signal', 'call', 'leave'])
  expect(server.members('news')).toEqual([])
  await jest.advanceTimersByTimeAsync(1_000)
  expect(events.at(-1)).toBe('remove 4000')
  const closing = server.close({ within: 0 })
  await jest.advanceTimersByTimeAsync(2_000)
  await closing
})

it('"remove" waits at most 1 s for messages, which the loop still gets after it', async () => {
  const { server, created, events, read, readOne } = await start({ maxConnectionsPerIp: 1 })
  fill(created)
  created.end(1000)
  await jest.advanceTimersByTimeAsync(999)
  expect(events).toEqual(['signal'])
  await jest.advanceTimersByTimeAsync(1)
  expect(events).toEqual(['signal', 'remove 1000'])
  expect(server.connections.size).toBe(0)
  const next = createServerSocket({ send: () => {}, close: () => {}, terminate: () => {} })
  server.attach(next.socket, { url: '/', headers: {}, socket: { remoteAddress: '10.0.0.1' } })
  await tick()
  expect(server.connections.size).toBe(1)
  for (let number = 0; number < 300; number++) {
    await readOne()
    await tick()
  }
  expect(read).toEqual(Array.from({ length: 300 }, (_, number) => number))
  expect(events).toEqual(['signal', 'remove 1000'])
  const closing = server.close({ within: 0 })
  await jest.advanceTimersByTimeAsync(2_000)
  await closing
})

it('"remove" comes after the messages when the loop reads them within 1 s', async () => {
  const { server, created, events, readOne } = await start()
  fill(created)
  created.end(1000)
  for (let number = 0; number < 300; number++) {
    await readOne()
    await tick()
    if (events.length > 1) break
  }
  expect(events).toEqual(['signal', 'remove 1000'])
  await jest.advanceTimersByTimeAsync(60_000)
  expect(events).toEqual(['signal', 'remove 1000'])
  const closing = server.close({ within: 0 })
  await jest.advanceTimersByTimeAsync(2_000)
  await closing
})

it('the loop of a handler gets the messages after "remove", and then ends', async () => {
  const read: unknown[] = []
  const next = createQueue<void>()
  const done = createQueue<void>()
  const handler = async (connection: { messages: AsyncIterable<unknown> }) => {
    for await (const message of connection.messages) {
      await next.next()
      read.push(message)
    }
    done.push()
  }
  const { server, created, events, readOne } = await start({ handler })
  fill(created)
  created.end(1000)
  await jest.advanceTimersByTimeAsync(1_000)
  expect(events).toEqual(['signal', 'remove 1000'])
  for (let number = 0; number < 300; number++) {
    next.push()
    await readOne()
    await tick()
  }
  await done.next()
  expect(read).toHaveLength(300)
  const closing = server.close({ within: 0 })
  await jest.advanceTimersByTimeAsync(2_000)
  await closing
})
