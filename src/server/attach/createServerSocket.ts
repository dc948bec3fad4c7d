import { Buffer } from 'node:buffer'
import { EventEmitter } from 'node:events'
import { codedError, show } from '../../internal/errors.js'
import { isFunction } from '../../internal/optionChecks.js'
import type { ServerSocket } from '../connection/serverSocket.js'

/** What an adapter gives to {@link createServerSocket}: how frames leave. None of its functions has to check whether the socket is open. */
export interface SocketTransport {
  /** The subprotocol that was selected. @default '' */
  readonly protocol?: string
  /** Sends a text, or the bytes of a binary message. */
  readonly send: (data: string | Uint8Array) => void
  /** Starts the closing handshake. Call `end` when it is complete. */
  readonly close: (code: number, reason: string) => void
  /** Disconnects the client at once. `end` need not be called. */
  readonly terminate: () => void
  /** Sends a ping frame. Call `pong` when it is answered. @default clients are not checked for life by this server */
  readonly ping?: () => void
  /** Returns the number of bytes that the network has not taken yet. @default 0 */
  readonly bufferedAmount?: () => number
  /** Stops to read. @default the socket is read all the time */
  readonly pause?: () => void
  /** Reads again. */
  readonly resume?: () => void
}

/** A socket for `server.attach`, and what its adapter calls. Calls after `end` are ignored. */
export interface CreatedServerSocket {
  /** What `server.attach` takes. */
  readonly socket: ServerSocket
  /** A message has arrived: a text, or the bytes of a binary message, which the server may keep. */
  readonly receive: (data: string | ArrayBuffer | Uint8Array) => void
  /** A ping frame was answered. */
  readonly pong: () => void
  /** The socket has failed. `end` has to follow. */
  readonly fail: (error: Error) => void
  /** The connection is closed: with the code and the reason of the client's close frame, and 1006 without one. */
  readonly end: (code: number, reason?: string) => void
}

const OPEN = 1
const CLOSING = 2
const CLOSED = 3

const toBytes = (data: Uint8Array | ArrayBuffer): Uint8Array =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)

const toText = (data: Uint8Array | ArrayBuffer): string => {
  const { buffer, byteOffset, byteLength } = toBytes(data)
  return Buffer.from(buffer, byteOffset, byteLength).toString()
}

const toArrayBuffer = (data: ArrayBuffer | Uint8Array): ArrayBuffer => {
  if (!ArrayBuffer.isView(data)) return data
  const { buffer, byteOffset, byteLength } = data
  return (byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer
}

/** A socket over a transport of any kind. */
class TransportSocket extends EventEmitter implements ServerSocket {
  readonly protocol: string
  binaryType = 'arraybuffer'
  readyState = OPEN
  isPaused = false
  readonly ping?: () => void
  readonly #transport: SocketTransport

  constructor(transport: SocketTransport) {
    super()
    this.#transport = transport
    this.protocol = transport.protocol ?? ''
    const { ping } = transport
    if (ping) this.ping = ping
  }

  get bufferedAmount() {
    return this.#transport.bufferedAmount?.() ?? 0
  }

  send(data: string | Uint8Array | ArrayBuffer, { binary }: { readonly binary: boolean }) {
    if (this.readyState !== OPEN) return
    if (typeof data !== 'string' && 'size' in data) {
      throw new TypeError(
        'Expected the codec to encode to a text or to bytes, got a Blob, which this socket cannot send.',
      )
    }
    // A text may come as bytes, because it is converted once for many sockets.
    this.#transport.send(typeof data === 'string' ? data : binary ? toBytes(data) : toText(data))
  }

  close(code: number, reason: string) {
    if (this.readyState >= CLOSING) return
    this.readyState = CLOSING
    this.#transport.close(code, reason)
  }

  terminate() {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSING
    this.#transport.terminate()
    // Not within this call: a close event is never emitted inside the code that caused it.
    void Promise.resolve().then(() => this.end(1006, ''))
  }

  pause() {
    this.isPaused = true
    this.#transport.pause?.()
  }

  resume() {
    this.isPaused = false
    this.#transport.resume?.()
  }

  end(code: number, reason: string) {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.emit('close', code, reason)
  }
}

const needed = ['send', 'close', 'terminate'] as const
const optional = ['ping', 'bufferedAmount', 'pause', 'resume'] as const

/** @throws `invalid_option` */
const checkTransport = (transport: SocketTransport | null | undefined): void => {
  const given: Partial<SocketTransport> = transport ?? {}
  const fail = (name: string, expected: string): Error => {
    const got = transport === given ? show(given[name as keyof SocketTransport]) : show(transport)
    const sentence = `expected a transport whose "${name}" is ${expected}, got ${got}`
    return codedError('invalid_option', `createServerSocket: ${sentence}.`)
  }
  for (const name of needed) if (!isFunction(given[name])) throw fail(name, 'a function')
  for (const name of optional) {
    if (given[name] !== undefined && !isFunction(given[name])) throw fail(name, 'a function, or left out')
  }
  const { protocol = '' } = given
  if (typeof protocol !== 'string') throw fail('protocol', 'a text, or left out')
}

/**
 * Creates a socket for `server.attach` from a transport that is neither `ws` nor one of the adapters. It is open. See docs/server.md.
 * @throws `invalid_option` for a transport without the functions `send`, `close` and `terminate`, and for a malformed member
 */
export const createServerSocket = (transport: SocketTransport): CreatedServerSocket => {
  checkTransport(transport)
  const socket = new TransportSocket(transport)
  const isLive = (): boolean => socket.readyState !== CLOSED
  return {
    socket,
    receive: (data) => {
      if (!isLive()) return
      if (typeof data === 'string') socket.emit('message', data, false)
      else socket.emit('message', toArrayBuffer(data), true)
    },
    pong: () => void (isLive() && socket.emit('pong')),
    fail: (error) => void (isLive() && socket.emit('error', error)),
    end: (code, reason = '') => socket.end(code, reason),
  }
}
