import { expect, it } from '@jest/globals'
import {
  createMemoryWebSocket,
  createSocketServer,
  type ServerConnection,
  type SocketServer,
} from '../../../src/server/index.js'
import { createQueue } from '../../server/support.js'

// A client in memory that sent more than its rate was closed with 4429 and its messages were lost, where one on a network is read more slowly.

const start = async (options: object) => {
  const server = createSocketServer({
    noServer: true,
    onError: () => {},
    ...options,
  } as never) as unknown as SocketServer
  const added = createQueue<ServerConnection>()
  server.on('add', added.push)
  const socket = new (createMemoryWebSocket(server))('ws://test/')
  const closes = createQueue<unknown>()
  socket.addEventListener('close', (event) => closes.push((event as { code: number }).code))
  const connection = await added.next()
  return {
    server,
    connection,
    socket,
    closes,
    [Symbol.asyncDispose]: async () => await server.close({ within: 0 }),
  }
}

const large = 'x'.repeat(60_000)

it('a socket in memory is read more slowly above its rate, and nothing is lost', async () => {
  await using running = await start({ rate: { perSecond: 5_000, burst: 10, bytesPerSecond: 1e9 } })
  const received = createQueue<unknown>()
  running.server.messages.forEach((message) => received.push((message as { number: number }).number))
  const removed = createQueue<number>()
  running.server.on('remove', (_connection, { code }) => removed.push(code))
  for (let number = 0; number < 200; number++) running.socket.send(JSON.stringify({ number, large }))
  running.socket.close(4000)
  for (let number = 0; number < 200; number++) expect(await received.next()).toBe(number)
  expect(await removed.next()).toBe(4000)
  expect(await running.closes.next()).toBe(4000)
})

it('a socket in memory that stays above its rate is closed with 4429', async () => {
  await using running = await start({ rate: { perSecond: 0.001, burst: 1, patience: 10 } })
  for (let number = 0; number < 200; number++) running.socket.send(JSON.stringify({ large }))
  expect(await running.closes.next()).toBe(4429)
})

it('a socket in memory that the server does not read can be ended by both ends', async () => {
  await using running = await start({ rate: { perSecond: 0.001, burst: 1 }, closeTimeout: 10 })
  for (let number = 0; number < 200; number++) running.socket.send(JSON.stringify({ large }))
  const removed = createQueue<number>()
  running.server.on('remove', (_connection, { code }) => removed.push(code))
  running.connection.close(4000)
  expect([await removed.next(), await running.closes.next()]).toEqual([4000, 4000])
})
