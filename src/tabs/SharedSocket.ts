import { byteLength, isFrame, ownCopy, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { createDomException, createSocketEvent, pageUrl, reportUncaught } from '../internal/environment.js'
import { createHub } from './createHub.js'
import { killConnection } from './holder.js'
import { leaveHub } from './ending.js'
import { postNote, shareConnection, type Hub, type HubOptions, type Port, type Tab } from './hub.js'
import type { SharedEnd } from './notes.js'

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3

/** The address as a WebSocket shows it (WHATWG WebSockets). */
const parseUrl = (given: string | URL): string => {
  try {
    const url = new URL(given, pageUrl())
    url.protocol = url.protocol.replace('http', 'ws')
    if (/^wss?:$/.test(url.protocol) && !url.hash) return url.href
  } catch {
    // Reported below.
  }
  throw createDomException(
    __DEV__ ? `Expected a url of a WebSocket without a fragment, got '${String(given)}'.` : '',
    'SyntaxError',
  )
}

const checkClose = (code?: number, reason = ''): void => {
  if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999))
    throw createDomException(
      __DEV__ ? `Expected the close code 1000 or one of 3000 to 4999, got ${code}.` : '',
      'InvalidAccessError',
    )
  if (byteLength(reason) > 123)
    throw createDomException(__DEV__ ? 'Expected a close reason of at most 123 bytes.' : '', 'SyntaxError')
}

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
  readyState = CONNECTING
  binaryType: BinaryType = 'blob'
  protocol = ''
  extensions = ''
  onopen: ((event: object) => void) | null = null
  onmessage: ((event: MessageEvent) => void) | null = null
  onerror: ((event: object) => void) | null = null
  onclose: ((event: CloseEvent) => void) | null = null
  /** `undefined` while the page is asleep. */
  hub: Hub | undefined
  private unsent = 0

  constructor(given: string | URL, protocols: string | string[], { keyOf, options, tab }: SharedSocketContext) {
    super()
    const href = parseUrl(given)
    this.url = href
    const offered = [protocols].flat()
    const key = keyOf(href, offered)
    this.key = key
    const start = () => {
      if (this.readyState !== CONNECTING) return
      const hub = tab.hubs.get(key) ?? createHub(tab, key, href, offered, options)
      tab.hubs.set(key, hub)
      this.hub = hub
      hub.ports.add(this)
      if (hub.isOpen) queueMicrotask(() => this.opened())
    }
    if (tab.isAsleep) tab.onAwake.push(start)
    else start()
  }

  get bufferedAmount(): number {
    const { hub, readyState, unsent } = this
    if (!hub || readyState === CLOSED) return unsent
    return unsent + (hub.socket ? hub.socket.bufferedAmount : hub.given - hub.passed)
  }

  /** Whether this tab holds the real connection and this is the socket that shakes hands on it. */
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
    hub!.given += size
    if (hub!.state === 'holding') {
      hub!.total += size
      hub!.takenOf[hub!.tab.id] = hub!.given
      hub!.socket!.send(body)
    } else {
      postNote(hub!, { t: 'send', epoch: hub!.epoch, from: hub!.tab.id, size, data: body })
    }
  }

  close(code?: number, reason?: string): void {
    checkClose(code, reason)
    if (this.readyState >= CLOSING) return
    this.readyState = CLOSING
    if (this.hub) leaveHub(this.hub, this, code, reason)
    else queueMicrotask(() => this.closed({ code: 1006, reason: '', wasClean: false, error: true }))
  }

  opened(): void {
    if (this.readyState !== CONNECTING) return
    this.readyState = OPEN
    this.protocol = this.hub!.protocol
    this.extensions = this.hub!.extensions
    this.emit('open', {})
  }

  take(data: ReceivedFrame): void {
    if (this.readyState !== OPEN) return
    const isBlob = typeof data !== 'string' && this.binaryType === 'blob'
    this.emit('message', { data: isBlob ? new Blob([data]) : data, origin: new URL(this.url).origin })
  }

  closed({ code, error, reason, wasClean }: SharedEnd): void {
    if (this.readyState === CLOSED) return
    // As the platform's: what was not sent stays counted.
    this.unsent = this.bufferedAmount
    this.readyState = CLOSED
    if (error) this.emit('error', {})
    this.emit('close', { code, reason, wasClean })
  }

  private emit(type: 'open' | 'message' | 'error' | 'close', init: MessageEventInit & CloseEventInit): void {
    const event = createSocketEvent(type, init)
    try {
      this[`on${type}`]?.(event as never)
    } catch (error) {
      reportUncaught(error)
    }
    this.dispatchEvent(event)
  }
}
