import { fitReason } from '../../connection/closeCodes.js'
import type { WebSocketClass, WebSocketLike } from '../../connection/types.js'
import type { Frame } from '../../internal/bytes.js'
import { messageOf } from '../../internal/errors.js'
import type { SocketServer } from '../SocketServer.js'
import { createServerSocket, type CreatedServerSocket } from './createServerSocket.js'

/** The options of {@link createMemoryWebSocket}. */
export interface MemoryWebSocketOptions {
  /** The headers of the upgrade request, with names in lower case: a cookie, or an origin. @default none */
  readonly headers?: Readonly<Record<string, string>>
  /** The address of the clients. @default '127.0.0.1' */
  readonly remoteAddress?: string
}

/** A server, as far as a socket in memory needs it. */
type AttachingServer = Pick<SocketServer, 'attach' | 'negotiate'>

type Listener = (event: object) => void

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3

const toReceived = async (data: Frame): Promise<string | ArrayBuffer> => {
  if (typeof data === 'string') return data
  if ('size' in data) return await data.arrayBuffer()
  return ArrayBuffer.isView(data)
    ? (data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer)
    : data.slice(0)
}

/** An error with the name of the DOMException that a browser throws. */
const platformError = (name: string, message: string): Error => Object.assign(new Error(message), { name })

const checkClose = (code: number | undefined, reason: string): void => {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
    throw platformError('InvalidAccessError', `Expected the close code 1000 or one from 3000 to 4999, got ${code}.`)
  }
  if (fitReason(reason) === reason) return
  throw platformError('SyntaxError', 'Expected a close reason of at most 123 bytes of UTF-8, got a longer one.')
}

/** The protocols of a URL that a WebSocket accepts. */
const schemes: ReadonlySet<string> = new Set(['ws:', 'wss:', 'http:', 'https:'])

/** A token of HTTP (RFC 9110 section 5.6.2). */
const token = /^[\w!#$%&'*+.^`|~-]+$/

/**
 * Checks the arguments of the constructor as the WebSockets Standard (section 3.1) does. The errors show neither url nor subprotocols, which may contain secrets.
 * @throws an error with the name `SyntaxError`
 */
const checkArguments = (url: string, protocols: readonly string[]): void => {
  const fail = (sentence: string): Error => platformError('SyntaxError', `Expected ${sentence}.`)
  if (!URL.canParse(url)) throw fail('an absolute url, got a text that cannot be parsed as one')
  const { protocol, hash } = new URL(url)
  if (!schemes.has(protocol)) throw fail(`a url that starts with ws:, wss:, http: or https:, got "${protocol}"`)
  if (hash) throw fail('a url without a fragment, got one with "#"')
  const index = protocols.findIndex((name) => !token.test(name))
  if (index >= 0) throw fail(`subprotocols without spaces and separators, got another text at index ${index}`)
  if (new Set(protocols).size < protocols.length) throw fail('different subprotocols, got one of them twice')
}

/** The client's end of a socket in memory. Everything that happens on it is emitted in a later microtask. */
class MemorySocket implements WebSocketLike {
  readonly url: string
  binaryType = 'blob'
  readyState = CONNECTING
  protocol = ''
  readonly bufferedAmount = 0
  readonly #listeners = new Map<string, Set<Listener>>()
  #server: CreatedServerSocket | undefined
  // One chain for each direction: what is sent arrives in order, also after a Blob that has to be read.
  #toServer: Promise<unknown> = Promise.resolve()
  #toClient: Promise<unknown> = Promise.resolve()
  /** Set while the server does not read; resolves when it reads again. */
  #pause: Promise<void> | undefined
  #resume: () => void = () => {}

  constructor(url: string) {
    this.url = url
  }

  addEventListener(type: string, listener: Listener) {
    this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(listener))
  }

  removeEventListener(type: string, listener: Listener) {
    this.#listeners.get(type)?.delete(listener)
  }

  send(data: Frame) {
    if (this.readyState === CONNECTING) throw platformError('InvalidStateError', 'The socket is connecting.')
    if (this.readyState !== OPEN) return
    const frame = toReceived(data)
    this.#toServer = this.#toServer.then(async () => {
      const received = await frame
      await this.#whenRead()
      this.#server?.receive(received)
    })
  }

  close(code?: number, reason = '') {
    checkClose(code, reason)
    if (this.readyState >= CLOSING) return
    const wasOpen = this.readyState === OPEN
    this.readyState = CLOSING
    this.#toServer = this.#toServer.then(async () => {
      await this.#whenRead()
      this.#server?.end(code ?? 1005, reason)
      this.#queue(() => this.#end(wasOpen ? (code ?? 1005) : 1006, reason, wasOpen))
    })
  }

  terminate() {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSING
    void Promise.resolve().then(() => {
      this.#server?.end(1006)
      this.#end(1006, '', false)
    })
  }

  /** Opens the socket, or refuses it as a failed upgrade does. */
  connect(server: AttachingServer, headers: Readonly<Record<string, string>>, remoteAddress: string) {
    this.#queue(() => {
      if (this.readyState !== CONNECTING) return
      const { pathname, search, host } = new URL(this.url)
      const request = { url: pathname + search, headers: { host, ...headers }, socket: { remoteAddress } }
      const { status, protocol } = server.negotiate(request)
      if (status !== 101) {
        this.#emit('error', { message: `Expected the server to upgrade the request, got the status ${status}.` })
        return this.#end(1006, '', false)
      }
      this.protocol = protocol
      this.readyState = OPEN
      this.#server = createServerSocket({
        protocol,
        send: (data) => this.#receive(typeof data === 'string' ? data : data.slice().buffer),
        close: (code, reason) => this.#closeByServer(code, reason),
        terminate: () => this.#queue(() => this.#end(1006, '', false)),
        pause: () => {
          this.#pause ??= new Promise((resolve) => {
            this.#resume = resolve
          })
        },
        resume: () => {
          this.#pause = undefined
          this.#resume()
        },
      })
      this.#emit('open', {})
      server.attach(this.#server.socket, request)
    })
  }

  /** Resolves when the server reads. It may have paused again meanwhile. */
  async #whenRead(): Promise<void> {
    if (!this.#pause) return
    await this.#pause
    await this.#whenRead()
  }

  #receive(data: string | ArrayBuffer) {
    this.#queue(() => {
      if (this.readyState === CLOSED) return
      const isBlob = typeof data !== 'string' && this.binaryType === 'blob'
      this.#emit('message', { data: isBlob ? new Blob([data]) : data })
    })
  }

  #closeByServer(code: number, reason: string) {
    this.#queue(() => {
      if (this.readyState === OPEN) this.readyState = CLOSING
      // What the client has sent before comes first.
      this.#toServer = this.#toServer.then(async () => {
        await this.#whenRead()
        this.#server?.end(code, reason)
        this.#queue(() => this.#end(code, reason, true))
      })
    })
  }

  #end(code: number, reason: string, wasClean: boolean) {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.#emit('close', { code, reason, wasClean })
  }

  #queue(task: () => void) {
    this.#toClient = this.#toClient.then(task)
  }

  #emit(type: string, members: object) {
    const event = { type, target: this, ...members }
    const handler: unknown = Reflect.get(this, `on${type}`)
    const listeners = [
      ...(typeof handler === 'function' ? [handler as Listener] : []),
      ...(this.#listeners.get(type) ?? []),
    ]
    for (const listener of listeners) {
      try {
        listener.call(this, event)
      } catch (error) {
        // It reaches the process as an unhandled rejection; the other listeners are called all the same.
        void Promise.reject(error instanceof Error ? error : new Error(messageOf(error)))
      }
    }
  }
}

/**
 * Creates a WebSocket class whose sockets connect to a server of this process, without a network: for tests, with `createSocketServer({ noServer: true })`. The
 * server behaves as on a network: a client above its `rate` is read more slowly. Only limits of the transport (`ping` frames, the bytes that wait for a slow client) have no effect.
 * See docs/testing.md.
 * @example createSocketMiddleware({ url: 'ws://test/', WebSocket: createMemoryWebSocket(server) })
 */
export const createMemoryWebSocket = (
  server: AttachingServer,
  { headers = {}, remoteAddress = '127.0.0.1' }: MemoryWebSocketOptions = {},
): WebSocketClass =>
  class extends MemorySocket {
    constructor(url: string, protocols: string | string[] = []) {
      const names = ([] as string[]).concat(protocols)
      checkArguments(url, names)
      super(url)
      const offered = names.join(', ')
      this.connect(server, { ...(offered && { 'sec-websocket-protocol': offered }), ...headers }, remoteAddress)
    }
  }
