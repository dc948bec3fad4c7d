// Messages in: events by name, from ten connections in another process that floods, against a hand-written `ws` server (JSON.parse and a check of the
// type) and against Socket.IO.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server as SocketIo } from 'socket.io'
import { WebSocketServer } from 'ws'
import { createSocketServer } from '../src/server/index.js'
import { startChild } from './support/child.js'
import type { floodMessage } from './support/flood.js'
import { median, print, type Row } from './support/measure.js'
import { measureInTurn, quotients } from './support/rounds.js'

const count = 20_000
const host = '127.0.0.1'

type Message = ReturnType<typeof floodMessage>

/** Counts, and resolves when enough has arrived. */
const createGoal = () => {
  let left = 0
  let likes = 0
  let reached = () => {}
  return {
    take: ({ id }: Message['payload']): void => {
      likes += id
      if (--left === 0) reached()
    },
    next: async (): Promise<void> => {
      left = count
      await new Promise<void>((resolve) => (reached = resolve))
      if (likes < 0) throw new Error('serverIn: no likes')
    },
  }
}

const goals = [createGoal(), createGoal(), createGoal()] as const

const ours = createSocketServer({
  port: 0,
  host,
  rate: { perSecond: 1e9, burst: 1e9, bytesPerSecond: 1e12, bytesBurst: 1e12 },
})
ours.onMessage('posts/liked', (payload) => goals[0].take(payload as Message['payload']))
await ours.ready

const bare = new WebSocketServer({ port: 0, host })
bare.on('connection', (ws) => {
  ws.on('error', () => {})
  ws.on('message', (data) => {
    const { type, payload } = JSON.parse((data as Buffer).toString()) as Message
    if (type === 'posts/liked') goals[1].take(payload)
  })
})
await once(bare, 'listening')

const http = createServer()
const io = new SocketIo(http, { transports: ['websocket'], pingInterval: 600_000 })
io.on('connection', (socket) => socket.on('posts/liked', goals[2].take))
http.listen(0, host)
await once(http, 'listening')

const at = (server: { address: () => unknown }): string => `ws://${host}:${(server.address() as AddressInfo).port}`
const flood = startChild('flood.client.js', [at(ours), at(bare), `${at(http)}/socket.io/?EIO=4&transport=websocket`])
await flood.receive()

/** Messages for each second of this process's time. */
const measure = (place: 0 | 1 | 2) => async (): Promise<number> => {
  const done = goals[place].next()
  const before = process.cpuUsage()
  flood.send(`${place} ${count}`)
  await done
  const { user, system } = process.cpuUsage(before)
  return (count / (user + system)) * 1e6
}

const measured = await measureInTurn({ ours: measure(0), bare: measure(1), io: measure(2) }, 40)

const perSecond = (value: number): string => `${Math.round(value / 1000)} k/s`
const printRow = (what: string, peer: string, against: readonly number[], bar: NonNullable<Row['bar']>): void =>
  print({
    what,
    ours: perSecond(median(measured.ours)),
    against: perSecond(median(against)),
    peer,
    values: quotients(measured.ours, against),
    unit: '×',
    bar,
  })
printRow('messages into the server', 'ws', measured.bare, { is: '≥', than: 0.85 })
printRow('messages into the server', 'socket.io', measured.io, { is: '≥', than: 1 })
flood.end()
process.exit()
