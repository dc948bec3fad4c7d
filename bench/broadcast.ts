// A broadcast to 1 000 and to 5 000 connections: the processor time of the call, which is nearly all the kernel's, against a plain `ws` loop and against socket.io over as many. Between
// two calls all clients, which live in another process, receive what was sent. Not the time on the clock, which would include other processes.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server as SocketIo } from 'socket.io'
import { WebSocketServer } from 'ws'
import { createSocketServer } from '../src/server/index.js'
import { startChild, type Child } from './support/child.js'
import { median, ns, print, type Row } from './support/measure.js'
import { measureInTurn, quotients } from './support/rounds.js'

const sizes = [1_000, 5_000]

const ours = createSocketServer({
  port: 0,
  host: '127.0.0.1',
  maxConnectionsPerIp: 10_000,
  connectionRate: false,
})
await ours.ready
const bare = new WebSocketServer({ port: 0, host: '127.0.0.1' })
// As a hand-written server must: without it, a client that resets its connection ends the process.
bare.on('connection', (ws) => ws.on('error', () => {}))
await once(bare, 'listening')
const http = createServer()
const socketIo = new SocketIo(http, { transports: ['websocket'] })
http.listen(0, '127.0.0.1')
await once(http, 'listening')

let sent = 0
const message = () => ({
  type: 'posts/updated',
  payload: { id: ++sent, title: 'The way of a message to a thousand readers', likes: sent % 97, tags: ['redux', 'ws'] },
})

const timed = async (crowd: Child, broadcast: (value: unknown) => void, place: string): Promise<number> => {
  const value = message()
  const before = process.cpuUsage()
  broadcast(value)
  // What the call has put off to the end of this turn belongs to it.
  await new Promise((resolve) => setImmediate(resolve))
  const { user, system } = process.cpuUsage(before)
  const received = await crowd.receive()
  if (received !== place) throw new Error(`broadcast: expected all of ${place} to receive it, got ${received}`)
  return (user + system) * 1_000
}

const textLoop = (value: unknown): void => {
  const text = JSON.stringify(value)
  for (const ws of bare.clients) if (ws.readyState === ws.OPEN) ws.send(text)
}
const bytesLoop = (value: unknown): void => {
  const bytes = Buffer.from(JSON.stringify(value))
  for (const ws of bare.clients) if (ws.readyState === ws.OPEN) ws.send(bytes, { binary: false })
}

const emitSocketIo = (value: unknown): void => void socketIo.emit('message', value)

/** Connects `size` clients of another process to each server. */
const startCrowd = async (size: number): Promise<Child> => {
  const { port } = bare.address() as AddressInfo
  const crowd = startChild('crowd.client.js', [
    `ws://127.0.0.1:${String(ours.port)}`,
    String(size),
    `ws://127.0.0.1:${port}`,
    String(size),
    `ws://127.0.0.1:${(http.address() as AddressInfo).port}/socket.io/?EIO=4&transport=websocket`,
    String(size),
  ])
  await crowd.receive()
  // The last client is open before the server counts it.
  while (ours.connections.size < size || bare.clients.size < size || socketIo.engine.clientsCount < size)
    await new Promise((resolve) => setImmediate(resolve))
  return crowd
}

const endCrowd = async (crowd: Child): Promise<void> => {
  crowd.end()
  while (ours.connections.size > 0 || bare.clients.size > 0 || socketIo.engine.clientsCount > 0)
    await new Promise((resolve) => setImmediate(resolve))
}

interface Peer {
  readonly name: string
  /** The number of its connections in the crowd. */
  readonly place: string
  readonly loop: (value: unknown) => void
  readonly bar?: NonNullable<Row['bar']>
}

/** Each against the library alone: with both at once, the plain connections would be written to twice as often, and so be cheaper. */
const compare = async (crowd: Child, size: number, { name, place, loop, bar }: Peer): Promise<void> => {
  const measured = await measureInTurn(
    {
      ours: async () => await timed(crowd, ours.broadcast, '0'),
      bare: async () => await timed(crowd, loop, place),
    },
    120_000 / size,
  )
  print({
    what: `broadcast to ${size}, processor time`,
    ours: ns(median(measured.ours)),
    against: ns(median(measured.bare)),
    peer: name,
    values: quotients(measured.ours, measured.bare),
    unit: '×',
    ...(bar && { bar }),
  })
}

for (const size of sizes) {
  const crowd = await startCrowd(size)
  await compare(crowd, size, { name: 'ws, text', place: '1', loop: textLoop, bar: { is: '≤', than: 1 } })
  await compare(crowd, size, { name: 'ws, bytes made once', place: '1', loop: bytesLoop })
  await compare(crowd, size, { name: 'socket.io', place: '2', loop: emitSocketIo })
  await endCrowd(crowd)
}
process.exit()
