import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

export interface SlowReader extends AsyncDisposable {
  readonly url: string
  readonly connections: number
  readonly messages: number
  readonly bytes: number
  readonly pings: number
  /** Whether the numbers at the start of the messages have only ever grown. */
  readonly inOrder: boolean
}

export interface SlowReaderOptions {
  /** After so many bytes it pauses. */
  readonly gulp: number
  /** How long, in milliseconds. */
  readonly rest: number
}

/** A server that reads more slowly than the client sends, answers `ping`, and keeps nothing of what it reads. */
export const startSlowReader = async ({ gulp, rest }: SlowReaderOptions): Promise<SlowReader> => {
  const seen = { connections: 0, messages: 0, bytes: 0, pings: 0, inOrder: true }
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 8 * 1024 * 1024 })
  wss.on('connection', (socket) => {
    seen.connections++
    let last = -1
    let swallowed = 0
    socket.on('error', () => {})
    socket.on('message', (data: Buffer) => {
      if (data.length === 4 && data.toString() === 'ping') {
        seen.pings++
        socket.send('pong')
        return
      }
      // A JSON text: its quote, the number, a space.
      const number = Number.parseInt(data.toString('latin1', 1, 12), 10)
      seen.inOrder &&= number > last
      last = number
      seen.messages++
      seen.bytes += data.length
      swallowed += data.length
      if (swallowed < gulp) return
      swallowed = 0
      socket.pause()
      setTimeout(() => socket.resume(), rest)
    })
  })
  await new Promise<void>((resolve) => wss.once('listening', resolve))
  const { port } = wss.address() as AddressInfo
  return {
    url: `ws://127.0.0.1:${port}`,
    get connections() {
      return seen.connections
    },
    get messages() {
      return seen.messages
    },
    get bytes() {
      return seen.bytes
    },
    get pings() {
      return seen.pings
    },
    get inOrder() {
      return seen.inOrder
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of wss.clients) client.terminate()
      await new Promise<void>((resolve) => wss.close(() => resolve()))
    },
  }
}
