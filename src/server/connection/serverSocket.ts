/**
 * The socket of one client, as the server uses it: a WebSocket whose opening handshake is complete. A socket of the package `ws` is one; `createServerSocket`
 * creates one for any other transport.
 */
export interface ServerSocket {
  /** The subprotocol that was selected; empty without one. */
  readonly protocol: string
  /** As in browsers: 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number
  /** The number of bytes that the network has not taken yet. */
  readonly bufferedAmount: number
  /** Set to `'arraybuffer'` by the server, which needs binary messages as an ArrayBuffer. */
  binaryType: string
  /** Sends a frame: text, or binary if `binary` is true. */
  send(data: string | Uint8Array | ArrayBuffer, options: { readonly binary: boolean }): void
  /** Sends a ping frame. A socket without this member is not checked for life every `pingInterval`. */
  ping?(): void
  /** Starts the closing handshake. `close` is emitted when it is complete. */
  close(code: number, reason: string): void
  /** Disconnects the client at once. `close` is emitted. */
  terminate(): void
  /** Stops to read from the network, until `resume`. A socket without this member is read all the time: a client above its `rate` is closed with 4429. */
  pause?(): void
  /** Reads from the network again. */
  resume?(): void
  /** Whether `pause` was called last. */
  readonly isPaused?: boolean
  /** Adds a listener to messages. A text is a string, or bytes whose `toString` is the text. */
  on(event: 'message', listener: (data: unknown, isBinary: boolean) => void): unknown
  /** Adds a listener to the answers to ping frames. */
  on(event: 'pong', listener: () => void): unknown
  /** Adds a listener to ping frames of the client. Not every socket tells them. */
  on(event: 'ping', listener: () => void): unknown
  /** Adds a listener to errors. `close` follows. */
  on(event: 'error', listener: (error: Error) => void): unknown
  /** Adds a listener to the close. It is emitted once, and nothing is emitted after it. */
  on(event: 'close', listener: (code: number, reason: SocketReason) => void): unknown
  /** Adds a listener that is called once. */
  once(event: 'close', listener: (code: number, reason: SocketReason) => void): unknown
}

/** The socket of a connection that has a session: it stays open while the WebSockets below it come and go. */
export interface KeptSocket extends ServerSocket {
  /** Whether a message of so many bytes would be more than the session may keep. */
  isFull(bytes: number): boolean
  /** Closes the WebSocket below. The session stays. */
  drop(code: number, reason: string): void
}

/** Whether a socket is that of a session. */
export const isKept = (socket: ServerSocket): socket is KeptSocket => 'drop' in socket

/** The reason of a close: a text, or bytes of it. */
export interface SocketReason {
  /** Returns the text. */
  toString(): string
}

/** The request that opened a socket: an `IncomingMessage` of Node, or an object with the same members. */
export interface ServerRequest {
  /** The path and the query, as in `/rooms/7?tag=redux`. */
  readonly url?: string | undefined
  /** The headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The connection that the request came on. */
  readonly socket: {
    /** The address of the client, or of the proxy in front. */
    readonly remoteAddress?: string | undefined
  }
}

/** What an adapter does with an upgrade request. */
export interface Negotiation {
  /** 101: complete the upgrade, then call `attach`. 404: the server does not serve the path. 503: it is closing. */
  readonly status: 101 | 404 | 503
  /** The subprotocol to select; empty for none. */
  readonly protocol: string
}
