import { byteLength, isBytes, sizeOfBytes, type ReceivedFrame } from '../internal/bytes.js'
import { activity } from './activity.js'
import { copyBytes, later, readBlob } from './frames.js'
import { checkClose } from '../internal/socketArguments.js'

type Handler = ((event: never) => unknown) | null

/** The server's side of a socket, as its client uses it. */
export interface SocketPeer {
  /** Takes a frame of so many bytes. */
  readonly take: (frame: ReceivedFrame, size: number) => void
  /** Takes a close frame. The code is `null` in one without a body. */
  readonly takeClose: (code: number | null, reason: string) => void
  /** Called when the client has begun to close. */
  readonly noteChange: () => void
  /** Fails the connection: `error`, then `close` with 1006. */
  readonly fail: () => void
  /** Cuts the connection: `close` with 1006. */
  readonly cut: () => void
}

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3

/**
 * A WebSocket as browsers have it (WHATWG WebSockets, sections 3 and 4), without a network: the test is the server. It uses no timers. What the platform
 * does without a call, such as the answer to a close frame, happens in a later microtask. `createFakeServer()` creates the class to construct.
 */
export abstract class FakeWebSocket extends EventTarget {
  /** 0, while the connection is not open yet. */
  static readonly CONNECTING = CONNECTING
  /** 1, while it is open. */
  static readonly OPEN = OPEN
  /** 2, after `close()` or the close frame of the server. */
  static readonly CLOSING = CLOSING
  /** 3, at the end. */
  static readonly CLOSED = CLOSED

  /** 0, as the class has it. */
  readonly CONNECTING = CONNECTING
  /** 1, as the class has it. */
  readonly OPEN = OPEN
  /** 2, as the class has it. */
  readonly CLOSING = CLOSING
  /** 3, as the class has it. */
  readonly CLOSED = CLOSED

  /** The absolute address. */
  readonly url: string
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readyState: 0 | 1 | 2 | 3 = CONNECTING
  /** Bytes that were sent and that the server has not read. */
  bufferedAmount = 0
  /** The subprotocol that the server chose; empty without one. */
  protocol = ''
  /** Always empty. */
  readonly extensions = ''

  #binaryType: 'blob' | 'arraybuffer' = 'blob'
  /** Settles when every Blob sent so far has been read; `null` when none is being read. */
  #blobs: Promise<void> | null = null
  readonly #handlers = new Map<string, Handler>()
  readonly #peer: SocketPeer

  protected constructor(url: string, connect: (socket: FakeWebSocket) => SocketPeer) {
    super()
    this.url = url
    activity.attempts++
    this.#peer = connect(this)
  }

  /** How binary messages arrive: `blob` or `arraybuffer`. @default 'blob' */
  get binaryType(): 'blob' | 'arraybuffer' {
    return this.#binaryType
  }

  // An unknown value is ignored, as with any WebIDL enumeration.
  set binaryType(value: 'blob' | 'arraybuffer') {
    if (['blob', 'arraybuffer'].includes(value)) this.#binaryType = value
  }

  /** Sends a text, bytes or a Blob. @throws an `InvalidStateError` (DOMException) while it is connecting */
  send(data: unknown): void {
    if (this.readyState === CONNECTING) {
      throw new DOMException('Expected an open socket, got one that is connecting.', 'InvalidStateError')
    }
    const frame = isBytes(data) ? data : String(data)
    const size = typeof frame === 'string' ? byteLength(frame) : sizeOfBytes(frame)
    this.bufferedAmount += size
    if (this.readyState !== OPEN) return
    activity.uses++
    const isBlob = typeof frame !== 'string' && 'size' in frame
    const read = isBlob ? readBlob(frame) : typeof frame === 'string' ? frame : copyBytes(frame)
    const take = (whole: ReceivedFrame): void => this.#peer.take(whole, size)
    if (this.#blobs || read instanceof Promise) this.#afterBlobs(read, take)
    else take(read)
  }

  /** Frames keep their order: what follows a Blob waits until that has been read. An end of the connection before that loses both. */
  #afterBlobs(frame: ReceivedFrame | Promise<ReceivedFrame>, take: (frame: ReceivedFrame) => void): void {
    const tail = Promise.all([frame, this.#blobs]).then(([read]) => {
      if (this.#blobs === tail) this.#blobs = null
      if (this.readyState !== CLOSED) take(read)
    })
    this.#blobs = tail
  }

  /** Starts the closing handshake, or fails an attempt. @throws an `InvalidAccessError` or a `SyntaxError` (DOMException) */
  close(code?: number, reason = ''): void {
    checkClose(code, reason)
    if (this.readyState >= CLOSING) return
    const wasConnecting = this.readyState === CONNECTING
    this.#leave()
    const takeClose = (): void => this.#peer.takeClose(code ?? null, reason)
    if (wasConnecting) later(() => this.#peer.fail())
    else if (this.#blobs) this.#afterBlobs('', takeClose)
    else takeClose()
  }

  /** Ends the connection without a closing handshake, as the package `ws` does. */
  protected end(): void {
    if (this.readyState === CLOSED) return
    const wasConnecting = this.readyState === CONNECTING
    this.#leave()
    later(() => (wasConnecting ? this.#peer.fail() : this.#peer.cut()))
  }

  #leave(): void {
    activity.uses++
    this.readyState = CLOSING
    this.#peer.noteChange()
  }

  #handle(type: string, handler: Handler): void {
    if (!this.#handlers.has(type)) {
      this.addEventListener(type, (event) => {
        const current = this.#handlers.get(type)
        if (typeof current === 'function') Reflect.apply(current, this, [event])
      })
    }
    this.#handlers.set(type, typeof handler === 'function' ? handler : null)
  }

  /** Called with the event `open`. */
  get onopen(): Handler {
    return this.#handlers.get('open') ?? null
  }
  set onopen(handler: Handler) {
    this.#handle('open', handler)
  }
  /** Called with each message. */
  get onmessage(): Handler {
    return this.#handlers.get('message') ?? null
  }
  set onmessage(handler: Handler) {
    this.#handle('message', handler)
  }
  /** Called with the event `error`. */
  get onerror(): Handler {
    return this.#handlers.get('error') ?? null
  }
  set onerror(handler: Handler) {
    this.#handle('error', handler)
  }
  /** Called with the event `close`. */
  get onclose(): Handler {
    return this.#handlers.get('close') ?? null
  }
  set onclose(handler: Handler) {
    this.#handle('close', handler)
  }
}
