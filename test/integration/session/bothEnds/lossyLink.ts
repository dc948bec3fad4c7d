import type { WebSocketLike } from '../../../../src/index.js'
import {
  createServerSocket,
  type CreatedServerSocket,
  type ServerRequest,
  type SocketServer,
} from '../../../../src/server/index.js'

/** What is under way on a link, in one direction. `gone`: the connection ends without a close frame. */
export type Item =
  | { readonly is: 'open'; readonly protocol: string }
  | { readonly is: 'refused' }
  | { readonly is: 'data'; readonly data: string | Uint8Array }
  | { readonly is: 'close'; readonly code: number; readonly reason: string }
  | { readonly is: 'gone' }

/** The server's end of the links of one process. */
export type LinkServer = Pick<SocketServer, 'attach' | 'negotiate'>

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3

const requestWith = (protocol: string): ServerRequest => ({
  url: '/',
  headers: { host: 'model', 'sec-websocket-protocol': protocol },
  socket: { remoteAddress: '10.0.0.1' },
})

/** The client's end: a WebSocket whose events come when the link is moved. A socket that is closing still receives, as in browsers. */
export class LossySocket implements WebSocketLike {
  readyState = CONNECTING
  protocol = ''
  binaryType = 'blob'
  readonly bufferedAmount = 0
  /** Where the runtime has it. */
  terminate?: () => void
  readonly #listeners: { readonly type: string; readonly listener: (event: object) => void }[] = []
  readonly #link: LossyLink

  constructor(link: LossyLink, hasTerminate: boolean) {
    this.#link = link
    if (!hasTerminate) return
    this.terminate = () => {
      if (this.readyState === CLOSED) return
      this.#link.push('up', { is: 'gone' })
      void Promise.resolve().then(() => this.take({ is: 'gone' }))
    }
  }

  addEventListener(type: string, listener: (event: object) => void) {
    this.#listeners.push({ type, listener })
  }

  send(data: string | Uint8Array) {
    if (this.readyState === OPEN) this.#link.push('up', { is: 'data', data })
  }

  close(code = 1005, reason = '') {
    if (this.readyState >= CLOSING) return
    const wasOpen = this.readyState === OPEN
    this.readyState = CLOSING
    this.#link.push('up', wasOpen ? { is: 'close', code, reason } : { is: 'gone' })
    if (!wasOpen) void Promise.resolve().then(() => this.take({ is: 'gone' }))
  }

  /** Something has arrived from the server. */
  take(item: Item) {
    if (this.readyState === CLOSED) return
    if (item.is === 'data') return this.#emit('message', { data: item.data })
    if (item.is === 'open') {
      if (this.readyState !== CONNECTING) return
      this.readyState = OPEN
      this.protocol = item.protocol
      return this.#emit('open', {})
    }
    const { code = 1006, reason = '' } = item as { readonly code?: number; readonly reason?: string }
    if (item.is === 'close' && this.readyState === OPEN) this.#link.push('up', item)
    this.readyState = CLOSED
    if (item.is !== 'close') this.#emit('error', { message: 'The connection is gone.' })
    this.#emit('close', { code, reason, wasClean: item.is === 'close' })
  }

  /** The page is gone: nothing that it does arrives anywhere, and it gets nothing more. */
  leave() {
    this.#listeners.length = 0
    if (this.readyState === CLOSED) return false
    this.readyState = CLOSED
    return true
  }

  #emit(type: string, members: object) {
    for (const entry of this.#listeners) if (entry.type === type) entry.listener({ type, ...members })
  }
}

/**
 * One WebSocket over one TCP connection. It keeps the order, nothing moves unless the test says so, and all that is under way can be lost. The ends notice a
 * cut together, one of them only, or none of them.
 */
export class LossyLink {
  readonly socket: LossySocket
  readonly protocol: string
  readonly up: Item[] = []
  readonly down: Item[] = []
  /** Packets are lost in both directions, and nobody notices. */
  isDead = false
  /** The client knows nothing of it. */
  isStray = false
  /** Of all links of a run. */
  number = 0
  #serverSocket: CreatedServerSocket | undefined
  #isServerClosing = false
  #isServerGone = false
  #isPaused = false
  readonly #server: LinkServer

  constructor(server: LinkServer, protocol: string, hasTerminate: boolean) {
    this.#server = server
    this.protocol = protocol
    this.socket = new LossySocket(this, hasTerminate)
    this.up.push({ is: 'open', protocol })
  }

  push(direction: 'up' | 'down', item: Item) {
    if (direction === 'down' && this.#isServerGone) return
    this[direction].push(item)
    if (item.is === 'gone' && direction === 'down') this.#isServerGone = true
  }

  /** Whether neither end can change any more. */
  isOver() {
    return this.socket.readyState === CLOSED && this.#isServerGone && this.up.length + this.down.length === 0
  }

  /** The oldest that is under way to the server arrives. Returns false when nothing can. */
  moveUp(): Item | undefined {
    if (this.#isPaused && !this.isDead) return undefined
    const item = this.up.shift()
    if (item && !this.isDead && !this.#isServerGone) this.#takeAtServer(item)
    return item
  }

  /** The oldest that is under way to the client arrives. */
  moveDown(): Item | undefined {
    const item = this.down.shift()
    if (item && !this.isDead) this.socket.take(item)
    return item
  }

  /** All that is under way is lost. */
  cut(noticedBy: 'both' | 'client' | 'server' | 'nobody') {
    this.up.length = this.down.length = 0
    this.isDead = true
    if (noticedBy === 'both' || noticedBy === 'server') this.noticeAtServer()
    if (noticedBy === 'both' || noticedBy === 'client') this.socket.take({ is: 'gone' })
  }

  /** The client gives up. What it has sent is under way all the same, and the server notices nothing. */
  abandon() {
    this.socket.take({ is: 'gone' })
  }

  /** The page of the client is gone. What it has sent is under way; `isNoticed`: its system closes the connection after that. */
  leavePage(isNoticed: boolean) {
    if (this.socket.leave() && isNoticed) this.push('up', { is: 'gone' })
  }

  /** The server learns that the client is gone. */
  noticeAtServer() {
    this.#isServerGone = true
    this.#serverSocket?.end(1006)
  }

  /** Heartbeats find out that the other end is gone. */
  findDead() {
    if (this.isDead || this.isStray) this.cut('both')
    else if (this.socket.readyState === CLOSED && this.up.length === 0) this.noticeAtServer()
  }

  /** The process of the server has ended. */
  killServer() {
    this.up.length = this.down.length = 0
    this.#isServerGone = this.isDead = true
    this.socket.take({ is: 'gone' })
  }

  #takeAtServer(item: Item) {
    if (item.is === 'open') return this.#upgrade(item.protocol)
    if (item.is === 'data') return this.#serverSocket?.receive(item.data)
    this.#isServerGone = true
    if (item.is === 'close' && !this.#isServerClosing) this.down.push(item)
    this.#serverSocket?.end(item.is === 'close' ? item.code : 1006)
  }

  #upgrade(offered: string) {
    const request = requestWith(offered)
    const { status, protocol } = this.#server.negotiate(request)
    if (status !== 101) {
      this.push('down', { is: 'refused' })
      this.#isServerGone = true
      return
    }
    this.push('down', { is: 'open', protocol })
    this.#serverSocket = createServerSocket({
      protocol,
      send: (data) => this.push('down', { is: 'data', data }),
      close: (code, reason) => {
        this.push('down', { is: 'close', code, reason })
        this.#isServerClosing = true
      },
      terminate: () => this.push('down', { is: 'gone' }),
      pause: () => {
        this.#isPaused = true
      },
      resume: () => {
        this.#isPaused = false
      },
    })
    this.#server.attach(this.#serverSocket.socket, request)
  }
}
