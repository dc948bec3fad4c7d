import type { ReceivedFrame } from '../internal/bytes.js'
import type { FakeWebSocket, SocketPeer } from './FakeWebSocket.js'
import { copyBytes, later } from './frames.js'
import { FakeCloseEvent, FakeMessageEvent, type FakeCloseInit } from './socketEvents.js'

/** How the server of a connection behaves. It can be changed at any time. */
export interface ConnectionBehaviour {
  /** The server never answers a close frame, as one behind a dead network. @default false */
  halfOpen?: boolean
  /** Messages are still delivered after the client's `close()`, as in the package `ws`. @default false */
  lateDelivery?: boolean
  /** The server reads only as much as `read` allows. The rest stays in the client's `bufferedAmount`. @default false */
  slow?: boolean
}

/** What a connection needs of its server. */
export interface ConnectionHost {
  /** The behaviour of new connections. */
  readonly behaviour: Required<ConnectionBehaviour>
  /** Chooses one of the offered subprotocols; `''` for none. */
  readonly chooseProtocol: (offered: readonly string[]) => string
  /** Value to frame. */
  readonly encode: (value: unknown) => string | ArrayBuffer | ArrayBufferView
  /** Frame to value. */
  readonly decode: (frame: ReceivedFrame) => unknown
  /** A frame has arrived. */
  readonly onFrame: (connection: FakeConnection, frame: ReceivedFrame) => void
  /** The connection was accepted. */
  readonly onOpen: (connection: FakeConnection) => void
  /** The connection has begun to close, or is closed. */
  readonly onChange: (connection: FakeConnection) => void
}

/** A close frame of the client. */
export interface ClientClose {
  /** `null` where the client closed without a code. */
  readonly code: number | null
  /** The close reason; empty without one. */
  readonly reason: string
}

/** The server's side of one socket. Its methods act at once: events are emitted before they return. */
export class FakeConnection implements SocketPeer {
  /** The client's side: the result of `new WebSocket()`. */
  readonly socket: FakeWebSocket
  /** The subprotocols that the client offers. */
  readonly offered: readonly string[]
  /** The frames that the server has read, the oldest first: texts, or bytes as an `ArrayBuffer`. */
  readonly receivedRaw: ReceivedFrame[] = []
  /** The close frame of the client; `null` before. */
  closedBy: ClientClose | null = null
  /** How the connection has ended, as the `close` event of the client reports it; `null` before. */
  closed: FakeCloseInit | null = null
  /** The server never answers a close frame. */
  halfOpen: boolean
  /** Messages are still delivered after the client's `close()`. */
  lateDelivery: boolean
  /** The server reads only as much as `read` allows. */
  slow: boolean
  /** Called in a microtask after each frame that the server has read. */
  onReceived: ((frame: ReceivedFrame) => void) | null = null

  readonly #host: ConnectionHost
  #isFrozen = false
  #closedByServer: ClientClose | null = null
  /** What a slow server has not read, the oldest first, and how many bytes are left of each. */
  readonly #unread: { readonly frame: ReceivedFrame; left: number }[] = []

  constructor(socket: FakeWebSocket, offered: readonly string[], host: ConnectionHost) {
    this.socket = socket
    this.offered = offered
    this.#host = host
    this.halfOpen = host.behaviour.halfOpen
    this.lateDelivery = host.behaviour.lateDelivery
    this.slow = host.behaviour.slow
  }

  /** The address that the client connects to. */
  get url(): string {
    return this.socket.url
  }

  /** Whether messages can be sent in both directions. */
  get isOpen(): boolean {
    return this.socket.readyState === 1
  }

  /** The values that the server has read, the oldest first. A text that is not JSON is given as it is. */
  get received(): readonly unknown[] {
    return this.receivedRaw.map((frame) => this.decode(frame))
  }

  /** Returns the value of a frame. */
  readonly decode = (frame: ReceivedFrame): unknown => {
    return this.#host.decode(frame)
  }

  /**
   * Accepts the attempt with one of the offered subprotocols. Another one, and none where some are offered, fail it (RFC 6455 section 4.1).
   * @param protocol @default what the option `protocol` of the server chooses
   */
  readonly accept = (protocol = this.#host.chooseProtocol(this.offered)): void => {
    if (this.socket.readyState !== 0 || this.#isFrozen) return
    const isAgreed = protocol === '' ? this.offered.length === 0 : this.offered.includes(protocol)
    if (!isAgreed) return this.fail()
    this.socket.readyState = 1
    this.socket.protocol = protocol
    this.socket.dispatchEvent(new Event('open'))
    this.#host.onOpen(this)
  }

  /** Refuses the attempt, as a server that is not there: `error`, then `close` with 1006. */
  readonly refuse = (): void => {
    if (this.socket.readyState === 0) this.fail()
  }

  /** Sends a value, encoded by the server's codec (JSON by default). */
  readonly send = (value: unknown): void => {
    this.sendRaw(this.#host.encode(value))
  }

  /** Sends a text, or bytes as a binary message. */
  readonly sendRaw = (frame: string | ArrayBuffer | ArrayBufferView): void => {
    const { socket } = this
    if (this.#isFrozen || socket.readyState === 0 || (!this.isOpen && !this.lateDelivery)) return
    const isBlob = typeof frame !== 'string' && socket.binaryType === 'blob'
    const data = typeof frame === 'string' ? frame : isBlob ? new Blob([copyBytes(frame)]) : copyBytes(frame)
    socket.dispatchEvent(new FakeMessageEvent(data, new URL(socket.url).origin))
  }

  /** Cuts the connection without a close frame, as a lost network does: 1006, not clean. */
  readonly cut = (): void => {
    this.#end({ code: 1006, reason: '', wasClean: false }, this.socket.readyState === 0)
  }

  /** Closes the connection from the server's side. Without a code the client gets 1005. */
  readonly close = (code?: number, reason = ''): void => {
    if (this.#isFrozen || this.socket.readyState === 0 || this.socket.readyState === 3) return
    this.#end({ code: code ?? 1005, reason: code === undefined ? '' : reason, wasClean: true })
  }

  /** The first half of `close`: the client is CLOSING and has got no event. `finishClose` emits it. */
  readonly startClose = (code?: number, reason = ''): void => {
    if (this.#isFrozen || !this.isOpen) return
    this.socket.readyState = 2
    this.#closedByServer = { code: code ?? null, reason: code === undefined ? '' : reason }
    this.noteChange()
  }

  /** Ends a close that was started by either side: with its code, unless another one is given. */
  readonly finishClose = (code?: number, reason?: string): void => {
    // A close frame that has arrived needs no network: the platform ends the socket.
    if (this.socket.readyState !== 2 || (this.#isFrozen && !this.#closedByServer)) return
    // A slow server does not answer a close frame before it has read what came before.
    if (!this.#closedByServer && this.#unread.length > 0) return
    const asked = this.#closedByServer ?? this.closedBy
    this.#end({ code: code ?? asked?.code ?? 1005, reason: reason ?? asked?.reason ?? '', wasClean: true })
  }

  /** From here on every byte is lost, in both directions, without an event: a dead network. */
  readonly freeze = (): void => {
    this.#isFrozen = true
  }

  /** The client fails the connection, as a browser does after a protocol error: `error`, then `close` with 1006. */
  readonly fail = (): void => {
    this.#end({ code: 1006, reason: '', wasClean: false }, true)
  }

  /** A slow server reads so many bytes; a frame arrives with its last byte. @param bytes @default all */
  readonly read = (bytes = Infinity): void => {
    if (this.#isFrozen || this.socket.readyState === 3) return
    let budget = bytes
    for (let next = this.#unread[0]; next && budget > 0; next = this.#unread[0]) {
      const taken = Math.min(budget, next.left)
      budget -= taken
      next.left -= taken
      this.socket.bufferedAmount -= taken
      if (next.left > 0) return
      this.#unread.shift()
      this.#receive(next.frame)
    }
    if (this.#unread.length === 0 && this.closedBy && !this.halfOpen) later(() => this.finishClose())
  }

  /** Called by the client's side: a frame was sent. */
  readonly take = (frame: ReceivedFrame, size: number): void => {
    if (this.#isFrozen) return
    if (this.slow || this.#unread.length > 0) {
      this.#unread.push({ frame, left: size })
      return
    }
    this.#receive(frame, size)
  }

  /** Called by the client's side: `close()` was called on an open socket. */
  readonly takeClose = (code: number | null, reason: string): void => {
    this.closedBy = { code, reason }
    // The close frame follows everything that was sent: a slow server reads that first.
    if (this.halfOpen || this.#isFrozen || this.#unread.length > 0) return
    later(() => this.finishClose())
  }

  /** Called by the client's side: it has begun to close. */
  readonly noteChange = (): void => {
    this.#host.onChange(this)
  }

  /** Recorded at once, so that a test can read it right after a send. The server reacts later. */
  #receive(frame: ReceivedFrame, size = 0): void {
    this.receivedRaw.push(frame)
    later(() => {
      if (this.socket.readyState !== 3) this.socket.bufferedAmount -= size
      this.onReceived?.(frame)
      this.#host.onFrame(this, frame)
    })
  }

  #end(init: FakeCloseInit, hasFailed = false): void {
    if (this.socket.readyState === 3) return
    this.socket.readyState = 3
    this.closed = init
    this.noteChange()
    if (hasFailed) this.socket.dispatchEvent(new Event('error'))
    this.socket.dispatchEvent(new FakeCloseEvent(init))
  }
}
