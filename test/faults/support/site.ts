import { WebSocket as WsWebSocket } from 'ws'
import { startEchoServer, type EchoServer, type ServerConnection } from '../../support/echoServer.js'
import { startFaultProxy, type FaultProxy } from '../../support/faultProxy.js'
import { type StoreOptions } from '../../support/setupStore.js'

export interface Site extends AsyncDisposable {
  readonly server: EchoServer
  readonly proxy: FaultProxy
  /** The proxy's address. */
  readonly url: string
}

export interface SiteOptions {
  /** Sends every message back. @default true */
  readonly echo?: boolean
  readonly onConnection?: (connection: ServerConnection) => void
}

/** Starts a server that answers `ping` with `pong`, behind a TCP fault proxy. */
export const startSite = async ({ echo = true, onConnection }: SiteOptions = {}): Promise<Site> => {
  const server = await startEchoServer({
    echo: false,
    onConnection: (connection) => {
      connection.socket.on('message', (data: Buffer) => {
        const text = data.toString()
        if (text === 'ping') connection.socket.send('pong')
        else if (echo) connection.socket.send(text)
      })
      onConnection?.(connection)
    },
  })
  const proxy = await startFaultProxy(server.port)
  return {
    server,
    proxy,
    url: `ws://127.0.0.1:${proxy.port}`,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The class of `ws`, with every instance kept and every text that was sent through it. */
export const recordSockets = () => {
  const sockets: { socket: WsWebSocket; sent: string[] }[] = []
  class RecordedWebSocket extends WsWebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols)
      const record = { socket: this as WsWebSocket, sent: [] as string[] }
      sockets.push(record)
      const send = this.send.bind(this) as (data: unknown) => void
      this.send = (data: unknown) => {
        record.sent.push(String(data))
        send(data)
      }
    }
  }
  return { WebSocket: RecordedWebSocket as unknown as NonNullable<StoreOptions['WebSocket']>, sockets }
}

export const hour = 3_600_000
