// A server that closes with 5 000 clients: the processor time of it, the time until the last client has gone, and the longest time in which the event
// loop did not run. Ours closes them one after the other within a fifth of its 10 s, so that they do not come back all at once; a loop over `ws`, and
// Socket.IO, close all in one task. Each server closes once, so this has one round per process.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Server as SocketIo } from 'socket.io'
import { WebSocketServer } from 'ws'
import { createSocketServer } from '../src/server/index.js'
import { startChild } from './support/child.js'
import { print } from './support/measure.js'

const size = 5_000
const host = '127.0.0.1'

/** A server to close, and the number of its clients. */
interface Closing {
  readonly url: string
  readonly clients: () => number
  readonly close: () => unknown
}

const startOurs = async (): Promise<Closing> => {
  const server = createSocketServer({ port: 0, host, maxConnectionsPerIp: size, connectionRate: false })
  await server.ready
  return {
    url: `ws://${host}:${String(server.port)}`,
    clients: () => server.connections.size,
    close: async () => await server.close({ within: 10_000 }),
  }
}

const startBare = async (): Promise<Closing> => {
  const server = new WebSocketServer({ port: 0, host })
  server.on('connection', (ws) => ws.on('error', () => {}))
  await once(server, 'listening')
  return {
    url: `ws://${host}:${(server.address() as AddressInfo).port}`,
    clients: () => server.clients.size,
    close: () => {
      for (const ws of server.clients) ws.close(1012)
    },
  }
}

const startSocketIo = async (): Promise<Closing> => {
  const http = createServer()
  const io = new SocketIo(http, { transports: ['websocket'] })
  http.listen(0, host)
  await once(http, 'listening')
  return {
    url: `ws://${host}:${(http.address() as AddressInfo).port}/socket.io/?EIO=4&transport=websocket`,
    clients: () => io.engine.clientsCount,
    close: async () => await io.close(),
  }
}

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))

interface Closed {
  /** Milliseconds of processor time. */
  readonly work: number
  /** Milliseconds until the last client has gone. */
  readonly time: number
  /** The longest milliseconds without a turn of the event loop. */
  readonly block: number
}

const measure = async (start: () => Promise<Closing>): Promise<Closed> => {
  const { url, clients, close } = await start()
  const crowd = startChild('crowd.client.js', [url, String(size)])
  await crowd.receive()
  while (clients() < size) await turn()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const before = process.cpuUsage()
  const started = performance.now()
  delay.enable()
  const closed = Promise.resolve(close())
  while (clients() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await closed
  const time = performance.now() - started
  const { user, system } = process.cpuUsage(before)
  // The sample of the last turn.
  await new Promise((resolve) => setTimeout(resolve, 20))
  delay.disable()
  crowd.end()
  return { work: (user + system) / 1_000, time, block: delay.max / 1e6 }
}

const ms = (value: number): string => `${value.toFixed(0)} ms`

const ours = await measure(startOurs)
for (const [peer, start] of [
  ['ws', startBare],
  ['socket.io', startSocketIo],
] as const) {
  const against = await measure(start)
  for (const [member, what] of [
    ['work', 'processor time'],
    ['time', 'until the last has gone'],
    ['block', 'longest block of the event loop'],
  ] as const) {
    print({
      what: `close with ${size} clients, ${what}`,
      ours: ms(ours[member]),
      against: ms(against[member]),
      peer,
      values: [ours[member] / against[member]],
      unit: '×',
    })
  }
}
process.exit()
