import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

/** A `ws` server on a free port of 127.0.0.1, for a protocol to be put on. */
export const startSocketServer = async (options: ConstructorParameters<typeof WebSocketServer>[0] = {}) => {
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options })
  await once(wss, 'listening')
  const url = `ws://127.0.0.1:${(wss.address() as AddressInfo).port}`
  return {
    wss,
    url,
    cut: () => {
      for (const client of wss.clients) client.terminate()
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of wss.clients) client.terminate()
      await new Promise((resolve) => wss.close(resolve))
    },
  }
}

interface Call {
  readonly id?: number
  readonly method: string
  readonly params?: unknown
}

/** What a scripted server does with a call; what it returns is the result. */
export type Serve = (call: Call, socket: WebSocket) => unknown

/** A server of JSON-RPC 2.0 by hand. */
export const startRpcServer = async (serve: Serve) => {
  const server = await startSocketServer()
  const calls: Call[] = []
  server.wss.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const call = JSON.parse(data.toString()) as Call
      calls.push(call)
      const { id } = call
      const result = serve(call, socket)
      if (id === undefined || result === undefined) return
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }))
    })
  })
  return { ...server, calls }
}
