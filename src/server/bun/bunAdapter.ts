import { createServerSocket, type CreatedServerSocket } from '../attach/createServerSocket.js'
import { fromFetchRequest, type FetchServerRequest } from '../attach/fetchRequest.js'
import type { SocketServer } from '../SocketServer.js'

/** What the adapter keeps with each socket of Bun. */
export interface BunSocketData {
  /** The request that was upgraded. */
  readonly request: FetchServerRequest
  /** The selected subprotocol. */
  readonly protocol: string
  /** The socket that the server was given; `undefined` until Bun has opened its own. */
  created: CreatedServerSocket | undefined
}

/** A `ServerWebSocket` of Bun: the members that are used. */
export interface BunSocket {
  /** What the adapter keeps. */
  readonly data: BunSocketData
  /** Returns 0 when Bun has dropped the message. */
  send(data: string | Uint8Array): number
  /** Sends a close frame. */
  close(code: number, reason: string): void
  /** Disconnects. */
  terminate(): void
  /** Sends a ping frame. */
  ping(): unknown
  /** Returns the bytes that wait. */
  getBufferedAmount(): number
}

/** The server of `Bun.serve`: the members that are used. */
export interface BunServer {
  /** Upgrades a request. Returns whether it did. */
  upgrade(request: Request, options: { data: BunSocketData; headers?: Record<string, string> }): boolean
  /** Returns the address of the client. */
  requestIP(request: Request): { readonly address: string } | null
}

/** The parts of the options of `Bun.serve` that serve sockets. */
export interface BunAdapter {
  /**
   * Upgrades a request for a WebSocket. Returns true when it did: `fetch` has to return `undefined` then. It returns false for any other request, for a path that the server
   * does not serve, and while the server closes.
   */
  readonly upgrade: (request: Request, bun: BunServer) => boolean
  /** The option `websocket` of `Bun.serve`. */
  readonly websocket: {
    /** Attaches the socket to the server. */
    readonly open: (socket: BunSocket) => void
    /** Passes a message on. */
    readonly message: (socket: BunSocket, message: string | Uint8Array) => void
    /** Passes a pong on. */
    readonly pong: (socket: BunSocket) => void
    /** Passes the close on. */
    readonly close: (socket: BunSocket, code: number, reason: string) => void
    /** The server's `maxPayload`. */
    readonly maxPayloadLength: number
    /** Off: the server has its own, `idleTimeout`. */
    readonly idleTimeout: 0
    /** Off: the server pings every `pingInterval`. */
    readonly sendPings: false
    /** Off: the server closes slow clients itself, at `maxBufferedBytes`. */
    readonly backpressureLimit: number
  }
}

/** Bun drops messages above its limit, so that has to be out of reach of the server's own. */
const NO_LIMIT = 2 ** 31 - 1

const createTransport = (socket: BunSocket, protocol: string): CreatedServerSocket =>
  createServerSocket({
    protocol,
    send: (data) => {
      if (socket.send(data) === 0 && data.length > 0) throw new Error('Bun has dropped the message.')
    },
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    ping: () => void socket.ping(),
    bufferedAmount: () => socket.getBufferedAmount(),
  })

/** Creates what `Bun.serve` needs to serve the sockets of a server that was created with `noServer: true`. See docs/runtimes/bun.md. */
export const bunAdapter = (server: Pick<SocketServer, 'attach' | 'negotiate' | 'limits'>): BunAdapter => ({
  upgrade: (request, bun) => {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return false
    const converted = fromFetchRequest(request, bun.requestIP(request)?.address)
    const { status, protocol } = server.negotiate(converted)
    if (status !== 101) return false
    const headers = protocol ? { headers: { 'Sec-WebSocket-Protocol': protocol } } : {}
    // Where no subprotocol is selected, Bun selects the first that the client offers.
    const [offered = ''] = (converted.headers['sec-websocket-protocol'] ?? '').split(',')
    return bun.upgrade(request, {
      data: { request: converted, protocol: protocol || offered.trim(), created: undefined },
      ...headers,
    })
  },
  websocket: {
    open: (socket) => {
      const { request, protocol } = socket.data
      socket.data.created = createTransport(socket, protocol)
      server.attach(socket.data.created.socket, request)
    },
    message: ({ data }, message) => data.created?.receive(message),
    pong: ({ data }) => data.created?.pong(),
    close: ({ data }, code, reason) => data.created?.end(code, reason),
    maxPayloadLength: server.limits.maxPayload,
    idleTimeout: 0,
    sendPings: false,
    backpressureLimit: NO_LIMIT,
  },
})
