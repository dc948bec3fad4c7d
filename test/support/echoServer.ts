import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type RawData, type ServerOptions, type WebSocket } from 'ws'

export type ReceivedFrame = string | Buffer

export interface ServerConnection {
  readonly socket: WebSocket
  readonly request: IncomingMessage
  readonly path: string
  readonly received: ReceivedFrame[]
  /** How it ended, as the server saw it; `null` while it is open. */
  readonly ended: { code: number; reason: string } | null
}

export interface EchoServerOptions extends Pick<
  ServerOptions,
  'handleProtocols' | 'verifyClient' | 'perMessageDeflate'
> {
  /** Sends every frame back. @default true */
  echo?: boolean
  onConnection?: (connection: ServerConnection) => void
}

export interface EchoServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** Every connection ever accepted, the oldest first. */
  readonly connections: readonly ServerConnection[]
  readonly open: readonly ServerConnection[]
  /** Every frame received on any connection, in order. */
  readonly received: readonly ReceivedFrame[]
  echo: boolean
  /** Sends to the newest open connection. */
  send: (data: string | ArrayBuffer | Uint8Array) => void
  broadcast: (data: string | ArrayBuffer | Uint8Array) => void
  /** Closes all; without a code the frame has no body and the client gets 1005. */
  close: (code?: number, reason?: string) => void
  terminate: () => void
  /** Sends bytes unchanged, past every check of `ws`: invalid UTF-8, reserved bits … */
  sendBytes: (bytes: Uint8Array) => void
  onceConnected: () => Promise<ServerConnection>
  /** Resolves as soon as `holds()`, which is called after each change. */
  until: (holds: (server: EchoServer) => boolean) => Promise<void>
  /** Ends everything and stops listening; `start()` listens again on the same port. */
  stop: () => Promise<void>
  start: () => Promise<void>
}

const bytesOf = (data: RawData): Buffer => {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}

/** Starts a `ws` server on a free port of 127.0.0.1. */
export const startEchoServer = async (options: EchoServerOptions = {}): Promise<EchoServer> => {
  const { onConnection, echo = true, ...wsOptions } = options
  const connections: ServerConnection[] = []
  const received: ReceivedFrame[] = []
  const watchers: { holds: (server: EchoServer) => boolean; resolve: () => void }[] = []
  let wss: WebSocketServer | undefined
  let port = 0

  const changed = (): void => {
    for (const watcher of watchers.slice()) {
      if (!watcher.holds(server)) continue
      watchers.splice(watchers.indexOf(watcher), 1)
      watcher.resolve()
    }
  }

  const accept = (socket: WebSocket, request: IncomingMessage): void => {
    const connection = { socket, request, path: request.url ?? '', received: [] as ReceivedFrame[], ended: null }
    const state: { ended: ServerConnection['ended'] } = connection
    connections.push(connection)
    socket.on('error', () => {})
    socket.on('message', (data, isBinary) => {
      const bytes = bytesOf(data)
      const frame = isBinary ? bytes : bytes.toString()
      connection.received.push(frame)
      received.push(frame)
      if (server.echo) socket.send(frame)
      changed()
    })
    socket.on('close', (code, reason) => {
      state.ended = { code, reason: reason.toString() }
      changed()
    })
    onConnection?.(connection)
    changed()
  }

  const start = async (): Promise<void> => {
    if (wss !== undefined) return
    const next = new WebSocketServer({ host: '127.0.0.1', port, ...wsOptions })
    wss = next
    next.on('connection', accept)
    await new Promise<void>((resolve, reject) => {
      next.once('listening', resolve)
      next.once('error', reject)
    })
    ;({ port } = next.address() as AddressInfo)
  }

  const stop = async (): Promise<void> => {
    const current = wss
    if (current === undefined) return
    wss = undefined
    await new Promise<void>((resolve) => {
      current.close(() => resolve())
      for (const client of current.clients) client.terminate()
    })
  }

  const openNow = (): ServerConnection[] =>
    connections.filter(({ socket, ended }) => ended === null && socket.readyState === socket.OPEN)
  const newest = (): ServerConnection => {
    const connection = openNow().at(-1)
    if (connection === undefined) throw new Error('nobody is connected')
    return connection
  }
  const until = async (holds: (server: EchoServer) => boolean): Promise<void> => {
    if (holds(server)) return
    await new Promise<void>((resolve) => watchers.push({ holds, resolve }))
  }

  const server: EchoServer = {
    echo,
    connections,
    received,
    get port() {
      return port
    },
    get url() {
      return `ws://127.0.0.1:${port}`
    },
    get open() {
      return openNow()
    },
    send: (data) => newest().socket.send(data),
    broadcast: (data) => {
      for (const { socket } of openNow()) socket.send(data)
    },
    close: (code, reason) => {
      for (const { socket } of openNow()) socket.close(code, reason)
    },
    terminate: () => {
      for (const { socket } of openNow()) socket.terminate()
    },
    sendBytes: (bytes) => {
      // `_sender.sendFrame` writes past the checks; nothing public does.
      const { _sender } = newest().socket as unknown as { _sender: { sendFrame: (list: Uint8Array[]) => void } }
      _sender.sendFrame([Buffer.from(bytes)])
    },
    onceConnected: async () => {
      const known = connections.length
      await until(() => connections.length > known)
      return newest()
    },
    until,
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  }
  await start()
  return server
}
