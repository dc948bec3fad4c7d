import { byteLength, isFrame, ownCopy, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { createDomException, createSocketEvent, pageUrl } from '../internal/environment.js'
import { checkClose, toProtocols, toSocketUrl } from '../internal/socketArguments.js'
import { createHub } from './createHub.js'
import { killConnection } from './holder.js'
import { leaveHub } from './ending.js'
import { postNote, shareConnection, type Hub, type HubOptions, type Port, type Tab } from './hub.js'
import { failed, type SharedEnd } from './notes.js'

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3

type EventType = 'open' | 'message' | 'error' | 'close'
type Handler = (event: Event) => void

/** What {@link SharedSocket} is created with. */
export interface SharedSocketContext {
  readonly tab: Tab
  readonly options: HubOptions
  readonly keyOf: (url: string, protocols: readonly string[]) => string
}

/** A WebSocket that all tabs of an origin share: the interface of the platform's class, and `isHolder`, `ready()` and `kill()`. */
export class SharedSocket extends EventTarget implements Port {
  readonly url: string
  readonly key: string
  protocol = ''
  extensions = ''
  /** `undefined` while the page is asleep, and while the connection before is leaving. */
  hub: Hub | undefined
  /** The handlers `onopen` and so on, by type. */
  readonly handlers: Partial<Record<EventType, Handler | undefined>> = {}
  private readonly origin: string
  /** Returns the frames that are sent when this tab leaves the connection, while it goes on for other tabs. */
  leftovers: (() => Frame[]) | undefined
  private state = CONNECTING
  private blobs = true
  private unsent = 0

  constructor(given: string | URL, protocols: string | string[], { keyOf, options, tab }: SharedSocketContext) {
    super()
    const href = toSocketUrl(given, pageUrl())
    this.url = href
    this.origin = new URL(href).origin
    const offered = toProtocols(protocols)
    const key = keyOf(href, offered)
    this.key = key
    const join = () => {
      const hub = tab.hubs.get(key) ?? createHub(tab, key, href, offered, options)
      tab.hubs.set(key, hub)
      this.hub = hub
      hub.ports.add(this)
      if (hub.isOpen) queueMicrotask(() => this.opened())
    }
    const start = () => {
      const { leaving } = tab.hubs.get(key) ?? {}
      if (this.readyState !== CONNECTING) return
      if (tab.isAsleep) tab.onAwake.push(start)
      else if (leaving) void leaving.then(start)
      else join()
    }
    start()
  }

  /** As the holder's real socket, a port takes nothing more once the server has begun to close. */
  get readyState(): number {
    const { hub, state } = this
    return state === OPEN && hub?.socket && hub.socket.readyState > OPEN ? CLOSING : state
  }

  get binaryType(): BinaryType {
    return this.blobs ? 'blob' : 'arraybuffer'
  }

  // Another value is ignored, as by the platform.
  set binaryType(type: string) {
    if (type === 'blob' || type === 'arraybuffer') this.blobs = type === 'blob'
  }

  get bufferedAmount(): number {
    const { hub, readyState, unsent } = this
    if (!hub || readyState === CLOSED) return unsent
    return unsent + (hub.socket ? hub.socket.bufferedAmount : hub.sentBytes - hub.passedBytes)
  }

  /** Whether this tab holds the real connection and this is the socket that performs the handshake on it. */
  get isHolder(): boolean {
    const { hub } = this
    return hub?.state === 'holding' && hub.ports.values().next().value === this
  }

  /** The handshake is done: the sockets of the other tabs open. */
  ready(): void {
    if (this.isHolder) shareConnection(this.hub!)
  }

  /** The connection is dead: ends it for all tabs with 1006. */
  kill(): void {
    if (this.hub && this.readyState < CLOSING) killConnection(this.hub)
  }

  /** What reduplex calls when it gives the socket up. A connection that is bad for the holder is bad for all; a follower only leaves. */
  terminate(): void {
    if (this.isHolder) this.kill()
    else this.close()
  }

  send(data: Frame): void {
    const { hub, readyState } = this
    if (readyState === CONNECTING)
      throw createDomException(__DEV__ ? 'Expected an open socket.' : '', 'InvalidStateError')
    // A note would carry the whole buffer of a view, and cannot carry shared memory.
    const body = isFrame(data) ? ownCopy(data) : String(data)
    const size = byteLength(body)
    if (readyState !== OPEN) {
      this.unsent += size
      return
    }
    hub!.sentBytes += size
    if (hub!.state === 'holding') {
      hub!.writtenBytes += size
      hub!.unconfirmed[hub!.tab.id] = hub!.sentBytes
      hub!.socket!.send(body)
    } else {
      postNote(hub!, { t: 'send', epoch: hub!.epoch, from: hub!.tab.id, size, sentBytes: hub!.sentBytes, data: body })
    }
  }

  close(code?: number, reason?: string): void {
    checkClose(code, reason)
    if (this.readyState >= CLOSING) return
    const end = this.readyState === OPEN ? { code: code ?? 1005, reason: reason ?? '', wasClean: true } : failed
    this.closing()
    if (this.hub) leaveHub(this.hub, this, end, code, reason)
    else queueMicrotask(() => this.closed(end))
  }

  opened(): void {
    if (this.readyState !== CONNECTING) return
    this.state = OPEN
    this.protocol = this.hub!.protocol
    this.extensions = this.hub!.extensions
    this.emit('open', {})
  }

  deliver(data: ReceivedFrame): void {
    if (this.readyState !== OPEN) return
    const isBlob = typeof data !== 'string' && this.blobs
    this.emit('message', { data: isBlob ? new Blob([data]) : data, origin: this.origin })
  }

  sendLast(): void {
    if (this.readyState === OPEN && !this.isHolder) for (const frame of this.leftovers?.() ?? []) this.send(frame)
  }

  closing(): void {
    if (this.state < CLOSING) this.state = CLOSING
  }

  closed({ code, error, reason, wasClean }: SharedEnd): void {
    if (this.state === CLOSED) return
    // As the platform's: what was not sent stays counted.
    this.unsent = this.bufferedAmount
    this.state = CLOSED
    if (error !== undefined) this.dispatchEvent(Object.assign(createSocketEvent('error', {}), { message: error }))
    this.emit('close', { code, reason, wasClean })
  }

  private emit(type: EventType, init: MessageEventInit & CloseEventInit): void {
    this.dispatchEvent(createSocketEvent(type, init))
  }
}

for (const type of ['open', 'message', 'error', 'close'] as const) {
  // As the platform's: called among the listeners, in the place where the first one was set.
  Object.defineProperty(SharedSocket.prototype, `on${type}`, {
    get(this: SharedSocket) {
      return this.handlers[type] ?? null
    },
    set(this: SharedSocket, handler: unknown) {
      const { handlers } = this
      if (!(type in handlers)) this.addEventListener(type, (event) => handlers[type]?.call(this, event))
      handlers[type] = typeof handler === 'function' ? (handler as Handler) : undefined
    },
  })
}
