/**
 * A WebSocket as browsers have it (WHATWG WebSockets, sections 3 and 4), without a network: the test plays the server. It has no timers. What the
 * platform does without a call (the answer to a close frame, a refused attempt in `refuse` mode) happens in a later microtask; what the server does
 * happens when the test says so. `test/contract/facts.ts` checks it against the same facts as a real browser.
 */

type NetworkMode = 'accept' | 'refuse' | 'manual'
type Frame = string | ArrayBuffer
type Handler = ((event: never) => unknown) | null

export interface FakeNetworkOptions {
  /** What happens to an attempt: accepted, refused, or left waiting for `accept()` and `refuse()`. @default 'manual' */
  mode?: NetworkMode
  /** The subprotocol that the server chooses in `accept` mode. @default the first one offered, as `ws` servers do */
  protocol?: (offered: readonly string[]) => string
  /** What a relative URL is resolved against, as in a page. @default none: a relative URL is a SyntaxError */
  baseUrl?: string
  /** The peer never answers a close frame, as one behind a dead network. @default false */
  halfOpen?: boolean
  /** Messages are still delivered after `close()`, as in the package `ws`. @default false */
  lateDelivery?: boolean
  /** Sockets have `terminate()`, as in the package `ws`. @default false */
  terminate?: boolean
  /** The peer reads only as much as `read` allows. @default false */
  slow?: boolean
}

export interface ClientClose {
  /** `null` where the client closed without a code. */
  readonly code: number | null
  readonly reason: string
}

/** The server's side of one socket. */
export interface FakePeer {
  /** The client's side: the result of `new WebSocket()`. */
  readonly client: FakeWebSocket
  readonly url: string
  readonly offered: readonly string[]
  /** What the client sent and the server received, the oldest first. */
  readonly sent: readonly Frame[]
  /** The close that the client asked for, if it did. */
  readonly closedBy: ClientClose | null
  halfOpen: boolean
  lateDelivery: boolean
  /** The peer reads only as much as `read` allows: the rest stays in the client's `bufferedAmount`. */
  slow: boolean
  /** Removes so many bytes from the client's buffer; a frame arrives with its last byte. @default all there are */
  read: (bytes?: number) => void
  accept: (protocol?: string) => void
  refuse: () => void
  receive: (data: string | ArrayBuffer | ArrayBufferView) => void
  /** The connection is cut: 1006, not clean. */
  drop: () => void
  /** The server closes; without a code the client gets 1005. */
  serverClose: (code?: number, reason?: string) => void
  /** The first half of `serverClose`: the client is CLOSING and got no event yet; `finishClose` emits it. */
  startClose: (code?: number, reason?: string) => void
  /** Ends a close that is under way: with the code of the end that asked for it, unless another is given. */
  finishClose: (code?: number, reason?: string) => void
  /** From here on every byte is lost, in both directions, without an event. */
  freeze: () => void
  /** The client fails the connection, as a browser does after a protocol error: `error`, then 1006. */
  fail: () => void
  /** Called in a microtask after each frame that the server received. */
  onSent: ((frame: Frame) => void) | null
}

export interface FakeNetwork {
  /** For the option `WebSocket`. */
  readonly WebSocket: typeof WebSocket
  /** Every socket ever created, the oldest first. */
  readonly sockets: readonly FakePeer[]
  readonly last: FakePeer
  /** Sockets that are CONNECTING or OPEN and were not closed by the client. */
  readonly live: number
  /** The highest number that were live at one time. */
  readonly mostLive: number
  mode: NetworkMode
  halfOpen: boolean
  lateDelivery: boolean
  slow: boolean
  /** Called synchronously with each new socket, before its mode acts. */
  onSocket: ((peer: FakePeer) => void) | null
  /** Resolves with the next socket that is created. */
  nextSocket: () => Promise<FakePeer>
}

const later = (task: () => void): void => {
  void Promise.resolve().then(task)
}

// jsdom has no TextEncoder.
const byteLength = (text: string): number => new Blob([text]).size

const copyBytes = (data: ArrayBuffer | ArrayBufferView): ArrayBuffer => {
  const view = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
  return new Uint8Array(view).buffer
}

const isBytes = (data: unknown): data is ArrayBuffer | ArrayBufferView =>
  ArrayBuffer.isView(data) || Object.prototype.toString.call(data) === '[object ArrayBuffer]'

// Node 20 has no CloseEvent; the shape is what matters.
class FakeCloseEvent extends Event {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
  constructor(init: { code: number; reason: string; wasClean: boolean }) {
    super('close')
    this.code = init.code
    this.reason = init.reason
    this.wasClean = init.wasClean
  }
}

class FakeMessageEvent extends Event {
  readonly data: unknown
  readonly origin: string
  constructor(data: unknown, origin: string) {
    super('message')
    this.data = data
    this.origin = origin
  }
}

const absoluteUrl = (input: string | URL, baseUrl: string | undefined): string => {
  let url: URL
  try {
    url = new URL(String(input), baseUrl)
  } catch {
    throw new DOMException(`The URL '${String(input)}' is invalid.`, 'SyntaxError')
  }
  if (url.protocol === 'http:') url.protocol = 'ws:'
  if (url.protocol === 'https:') url.protocol = 'wss:'
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new DOMException(`The URL's scheme must be either 'ws' or 'wss'. '${url.protocol}' is not.`, 'SyntaxError')
  }
  if (url.href.includes('#')) throw new DOMException('The URL contains a fragment identifier.', 'SyntaxError')
  return url.href
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

const checkedProtocols = (protocols: string | readonly string[]): string[] => {
  const list = (typeof protocols === 'string' ? [protocols] : Array.from(protocols)).map(String)
  const distinct = new Set(list.map((protocol) => protocol.toLowerCase()))
  if (distinct.size !== list.length) throw new DOMException('A subprotocol is repeated.', 'SyntaxError')
  for (const protocol of list) {
    if (!token.test(protocol)) throw new DOMException(`The subprotocol '${protocol}' is invalid.`, 'SyntaxError')
  }
  return list
}

// What the two sides of one socket know of each other. Tests do not see it.
interface Wire {
  offered: string[]
  peer: FakePeer
  sent: Frame[]
  closedBy: ClientClose | null
  closedByServer: ClientClose | null
  closedByUs: boolean
  frozen: boolean
  /** Settles when every Blob sent so far has arrived; `null` when none is under way. */
  blobs: Promise<void> | null
  /** What a slow peer has not read, the oldest first, and how many bytes are left of each. */
  backlog: { readonly frame: Frame; left: number }[]
  onChange: () => void
}

const wires = new WeakMap<FakeWebSocket, Wire>()

const wireOf = (socket: FakeWebSocket): Wire => {
  const wire = wires.get(socket)
  if (wire === undefined) throw new TypeError('Illegal invocation')
  return wire
}

export class FakeWebSocket extends EventTarget {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSING = 2
  static readonly CLOSED = 3

  readonly CONNECTING = 0
  readonly OPEN = 1
  readonly CLOSING = 2
  readonly CLOSED = 3

  readonly url: string
  readyState: 0 | 1 | 2 | 3 = 0
  bufferedAmount = 0
  protocol = ''
  extensions = ''

  #binaryType: 'blob' | 'arraybuffer' = 'blob'
  readonly #handlers = new Map<string, Handler>()

  constructor(url: string, connect: (socket: FakeWebSocket) => Wire) {
    super()
    this.url = url
    wires.set(this, connect(this))
  }

  get binaryType(): 'blob' | 'arraybuffer' {
    return this.#binaryType
  }

  // An unknown value is ignored, as with any WebIDL enumeration.
  set binaryType(value: 'blob' | 'arraybuffer') {
    if (['blob', 'arraybuffer'].includes(value)) this.#binaryType = value
  }

  send(data: unknown): void {
    if (this.readyState === 0) {
      throw new DOMException("Failed to execute 'send' on 'WebSocket': Still in CONNECTING state.", 'InvalidStateError')
    }
    const size = isBytes(data) ? data.byteLength : data instanceof Blob ? data.size : byteLength(String(data))
    this.bufferedAmount += size
    if (this.readyState !== 1) return
    const wire = wireOf(this)
    if (wire.frozen) return
    const drained = (): void => {
      if (this.readyState === 1) this.bufferedAmount -= size
    }
    const frame = data instanceof Blob ? null : isBytes(data) ? copyBytes(data) : String(data)
    if (frame !== null && wire.blobs === null && (wire.peer.slow || wire.backlog.length > 0)) {
      wire.backlog.push({ frame, left: size })
      return
    }
    if (frame !== null && wire.blobs === null) {
      // Recorded at once, so that a test can read it right after a send; the server reacts later.
      wire.sent.push(frame)
      later(() => {
        drained()
        wire.peer.onSent?.(frame)
      })
      return
    }
    // Frames keep their order: what follows a Blob waits until that has been read.
    const tail = Promise.all([frame ?? (data as Blob).arrayBuffer(), wire.blobs]).then(([bytes]) => {
      if (wire.blobs === tail) wire.blobs = null
      drained()
      if (wire.frozen) return
      wire.sent.push(bytes)
      wire.peer.onSent?.(bytes)
    })
    wire.blobs = tail
  }

  close(code?: number, reason?: string): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new DOMException(
        `The close code must be either 1000, or between 3000 and 4999. ${code} is neither.`,
        'InvalidAccessError',
      )
    }
    if (reason !== undefined && byteLength(reason) > 123) {
      throw new DOMException('The close reason must not be greater than 123 UTF-8 bytes.', 'SyntaxError')
    }
    if (this.readyState >= 2) return
    const wire = wireOf(this)
    wire.closedByUs = true
    const wasConnecting = this.readyState === 0
    this.readyState = 2
    wire.onChange()
    if (wasConnecting) {
      later(() => wire.peer.fail())
      return
    }
    wire.closedBy = { code: code ?? null, reason: reason ?? '' }
    // The close frame follows everything that was sent: a slow peer reads that first.
    if (wire.peer.halfOpen || wire.frozen || wire.backlog.length > 0) return
    later(() => wire.peer.finishClose())
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

  get onopen(): Handler {
    return this.#handlers.get('open') ?? null
  }
  set onopen(handler: Handler) {
    this.#handle('open', handler)
  }
  get onmessage(): Handler {
    return this.#handlers.get('message') ?? null
  }
  set onmessage(handler: Handler) {
    this.#handle('message', handler)
  }
  get onerror(): Handler {
    return this.#handlers.get('error') ?? null
  }
  set onerror(handler: Handler) {
    this.#handle('error', handler)
  }
  get onclose(): Handler {
    return this.#handlers.get('close') ?? null
  }
  set onclose(handler: Handler) {
    this.#handle('close', handler)
  }
}

const createPeer = (socket: FakeWebSocket, wire: () => Wire, network: FakeNetwork): FakePeer => {
  const end = (init: { code: number; reason: string; wasClean: boolean }, failed = false): void => {
    if (socket.readyState === 3) return
    socket.readyState = 3
    wire().onChange()
    if (failed) socket.dispatchEvent(new Event('error'))
    socket.dispatchEvent(new FakeCloseEvent(init))
  }
  const fail = (): void => end({ code: 1006, reason: '', wasClean: false }, true)

  return {
    client: socket,
    onSent: null,
    halfOpen: network.halfOpen,
    lateDelivery: network.lateDelivery,
    slow: network.slow,
    read: (bytes = Infinity) => {
      const { backlog, frozen, peer, sent } = wire()
      if (frozen || socket.readyState === 3) return
      let budget = bytes
      for (let next = backlog[0]; next !== undefined && budget > 0; next = backlog[0]) {
        const taken = Math.min(budget, next.left)
        budget -= taken
        next.left -= taken
        socket.bufferedAmount -= taken
        if (next.left > 0) return
        backlog.shift()
        const { frame } = next
        sent.push(frame)
        later(() => peer.onSent?.(frame))
      }
      if (backlog.length === 0 && wire().closedBy !== null && !peer.halfOpen) later(() => peer.finishClose())
    },
    get url() {
      return socket.url
    },
    get offered() {
      return wire().offered
    },
    get sent() {
      return wire().sent
    },
    get closedBy() {
      return wire().closedBy
    },
    accept: (protocol = wire().offered[0] ?? '') => {
      if (socket.readyState !== 0 || wire().frozen) return
      // RFC 6455, 4.1: a subprotocol that was not offered, and none where some were offered, fail the connection.
      const agreed = protocol === '' ? wire().offered.length === 0 : wire().offered.includes(protocol)
      if (!agreed) {
        fail()
        return
      }
      socket.readyState = 1
      socket.protocol = protocol
      socket.dispatchEvent(new Event('open'))
    },
    refuse: () => {
      if (socket.readyState === 0) fail()
    },
    receive: (data) => {
      const { readyState } = socket
      if (wire().frozen || readyState === 0) return
      if (readyState !== 1 && !wire().peer.lateDelivery) return
      const { origin } = new URL(socket.url)
      if (typeof data === 'string') {
        socket.dispatchEvent(new FakeMessageEvent(data, origin))
        return
      }
      const bytes = copyBytes(data)
      socket.dispatchEvent(new FakeMessageEvent(socket.binaryType === 'blob' ? new Blob([bytes]) : bytes, origin))
    },
    drop: () => end({ code: 1006, reason: '', wasClean: false }, socket.readyState === 0),
    serverClose: (code, reason = '') => {
      if (wire().frozen || socket.readyState === 0 || socket.readyState === 3) return
      end({ code: code ?? 1005, reason: code === undefined ? '' : reason, wasClean: true })
    },
    startClose: (code, reason = '') => {
      if (wire().frozen || socket.readyState !== 1) return
      socket.readyState = 2
      wire().closedByServer = { code: code ?? null, reason: code === undefined ? '' : reason }
      wire().onChange()
    },
    finishClose: (code, reason) => {
      // A close frame that has arrived needs no network: the platform ends the socket.
      if (socket.readyState !== 2 || (wire().frozen && wire().closedByServer === null)) return
      // An answer to the client's close frame does not come before a slow peer has read up to it.
      if (wire().closedByServer === null && wire().backlog.length > 0) return
      const requested = wire().closedByServer ?? wire().closedBy
      end({ code: code ?? requested?.code ?? 1005, reason: reason ?? requested?.reason ?? '', wasClean: true })
    },
    freeze: () => {
      wire().frozen = true
    },
    fail,
  }
}

/** Creates a network of its own: every socket created with its `WebSocket` is in its `sockets`. */
export const createFakeNetwork = (options: FakeNetworkOptions = {}): FakeNetwork => {
  const sockets: FakePeer[] = []
  const waiting: ((peer: FakePeer) => void)[] = []
  let mostLive = 0

  const isLive = ({ client }: FakePeer): boolean => client.readyState < 2 && !wireOf(client).closedByUs
  const countLive = (): number => sockets.filter(isLive).length

  const connect = (offered: string[], socket: FakeWebSocket): Wire => {
    let wire: Wire | undefined
    const known = (): Wire => {
      if (wire === undefined) throw new TypeError('the socket is not connected to its wire yet')
      return wire
    }
    const peer = createPeer(socket, known, network)
    wire = {
      offered,
      peer,
      sent: [],
      closedBy: null,
      closedByServer: null,
      closedByUs: false,
      frozen: false,
      blobs: null,
      backlog: [],
      onChange: () => {
        mostLive = Math.max(mostLive, countLive())
      },
    }
    return wire
  }

  const announce = (peer: FakePeer): void => {
    sockets.push(peer)
    mostLive = Math.max(mostLive, countLive())
    network.onSocket?.(peer)
    for (const resolve of waiting.splice(0)) resolve(peer)
    // The mode at the time when the network handles the attempt counts.
    later(() => {
      if (network.mode === 'accept') peer.accept(options.protocol?.(peer.offered))
      if (network.mode === 'refuse') peer.refuse()
    })
  }

  class BoundWebSocket extends FakeWebSocket {
    constructor(url: string | URL, protocols: string | string[] = []) {
      const address = absoluteUrl(url, options.baseUrl)
      const offered = checkedProtocols(protocols)
      super(address, (socket) => connect(offered, socket))
      announce(wireOf(this).peer)
    }
  }

  class TerminatingWebSocket extends BoundWebSocket {
    terminate(): void {
      const wire = wireOf(this)
      if (this.readyState === 3) return
      wire.closedByUs = true
      const wasConnecting = this.readyState === 0
      this.readyState = 2
      wire.onChange()
      later(() => (wasConnecting ? wire.peer.fail() : wire.peer.drop()))
    }
  }

  const network: FakeNetwork = {
    WebSocket: (options.terminate === true ? TerminatingWebSocket : BoundWebSocket) as unknown as typeof WebSocket,
    mode: options.mode ?? 'manual',
    halfOpen: options.halfOpen ?? false,
    lateDelivery: options.lateDelivery ?? false,
    slow: options.slow ?? false,
    onSocket: null,
    sockets,
    get last() {
      const peer = sockets.at(-1)
      if (peer === undefined) throw new Error('no socket was created yet')
      return peer
    },
    get live() {
      return countLive()
    },
    get mostLive() {
      return mostLive
    },
    nextSocket: () => new Promise((resolve) => waiting.push(resolve)),
  }
  return network
}
