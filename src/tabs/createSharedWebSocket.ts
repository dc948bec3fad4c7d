import type { WebSocketClass, WebSocketLike } from '../connection/types.js'
import { globalWebSocket, tabPlatform } from '../internal/environment.js'
import type { ReceivedFrame } from '../internal/bytes.js'
import { codedError, show } from '../internal/errors.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { createTab } from './createTab.js'
import type { HubOptions } from './hub.js'
import { PREFIX } from './notes.js'
import { refuseSession } from './refuseSession.js'
import { SharedSocket, type SharedSocketContext } from './SharedSocket.js'
import { createTabsFeatures } from './tabsFeature.js'

/** The options of {@link createSharedWebSocket}. */
export interface SharedWebSocketOptions {
  /**
   * Tabs share one connection when the addresses of their sockets are the same up to the query, and so is this name. A function is called with the url and
   * the subprotocols of each socket. An app whose url has a token gives the id of the user, so that two tokens of one user share a connection and two users
   * never do. Without a name, or with an empty one, the whole url and the subprotocols must be the same.
   * @default no name
   */
  readonly name?: string | ((url: string, protocols: readonly string[]) => string | undefined)
  /** The class of the real connection, and the one that is returned where sockets cannot be shared. @default the platform's `WebSocket` */
  readonly WebSocket?: WebSocketClass
  /** How long the tab that holds the connection may be silent, in milliseconds, before another tab takes its place. @default 5000 */
  readonly patience?: number
  /**
   * Whether the sockets of the other tabs open only after the tab that holds the connection has called `ready()`. For a class that is used without
   * reduplex: `createSocketMiddleware` always does it. @default false
   */
  readonly handshake?: boolean
}

/** What the events of a {@link SharedWebSocket} have, by type. */
interface SharedWebSocketEvents {
  readonly open: object
  readonly message: { readonly data: ReceivedFrame | Blob; readonly origin: string }
  /** `message` says why the platform refused the address. */
  readonly error: object
  readonly close: { readonly code: number; readonly reason: string; readonly wasClean: boolean }
}

type Listener<Type extends string> = (
  event: Type extends keyof SharedWebSocketEvents ? SharedWebSocketEvents[Type] : object,
) => void

/** A socket of a shared connection: the platform's interface. `isHolder`, `ready` and `kill` are missing where the platform cannot share sockets. */
export interface SharedWebSocket extends Omit<WebSocketLike, 'addEventListener'> {
  /** 0 */
  readonly CONNECTING: 0
  /** 1 */
  readonly OPEN: 1
  /** 2 */
  readonly CLOSING: 2
  /** 3 */
  readonly CLOSED: 3
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: 0 | 1 | 2 | 3
  /** The address, complete. */
  readonly url: string
  /** The extensions that the server chose. */
  readonly extensions: string
  /** How binary messages arrive. @default 'blob' */
  binaryType: 'blob' | 'arraybuffer'
  /** Bytes that the real connection has not passed on. */
  readonly bufferedAmount: number
  /** Called among the listeners of the event, in the place where the first one was set. */
  onopen: Listener<'open'> | null
  /** Called among the listeners of the event, in the place where the first one was set. */
  onmessage: Listener<'message'> | null
  /** Called among the listeners of the event, in the place where the first one was set. */
  onerror: Listener<'error'> | null
  /** Called among the listeners of the event, in the place where the first one was set. */
  onclose: Listener<'close'> | null
  /** Calls a listener with each event of a type: `open`, `message`, `error` or `close`. */
  addEventListener<Type extends string>(
    type: Type,
    listener: Listener<Type>,
    options?: boolean | { readonly once?: boolean; readonly signal?: AbortSignal },
  ): void
  /** Removes a listener. */
  removeEventListener<Type extends string>(type: Type, listener: Listener<Type>): void
  /** Emits an event. */
  dispatchEvent(event: object): boolean
}

/** The class that {@link createSharedWebSocket} returns. */
export interface SharedWebSocketClass {
  /** As the platform's class has it. */
  readonly prototype: SharedWebSocket
  /** Creates a socket of a connection that tabs share. */
  new (url: string | URL, protocols?: string | string[]): SharedWebSocket
  /** 0 */
  readonly CONNECTING: 0
  /** 1 */
  readonly OPEN: 1
  /** 2 */
  readonly CLOSING: 2
  /** 3 */
  readonly CLOSED: 3
}

/** The constants of a WebSocket class and its instances. */
const readyStates = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 }

/** Throws `invalid_option`. Development only. */
const checkOptions = (options: SharedWebSocketOptions): void => {
  const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
    name: (value) => typeof value === 'function' || typeof value === 'string',
    WebSocket: (value) => typeof value === 'function',
    patience: (value) => typeof value === 'number' && value > 0,
    handshake: (value) => typeof value === 'boolean',
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || checks[name]?.(value)) continue
    const expected =
      'a "name" (a text or a function), a "WebSocket" class, a "patience" in milliseconds and "handshake"'
    throw codedError('invalid_option', `createSharedWebSocket: expected ${expected}, got ${name}: ${show(value)}.`)
  }
}

/** The ordinary class, which refuses what a shared one refuses. Development only. */
const withFallbackFeature = (Class: unknown): unknown => {
  if (!Class) return Class
  const feature: Feature<never> = {
    options: [],
    order: order.first,
    settings: (options, base) => {
      refuseSession(options, base)
      return {}
    },
  }
  return new Proxy(Class, {
    get: (target, key, receiver) => (key === 'feature' ? [feature] : (Reflect.get(target, key, receiver) as unknown)),
  })
}

/**
 * Creates a WebSocket class whose connection is shared by all tabs of the origin: one tab holds the real connection and passes messages on, in both
 * directions. When that tab is gone, another one opens the next connection. Each tab gets every message of the server.
 *
 * It returns the ordinary class where the platform lacks Web Locks or BroadcastChannel (insecure contexts, old browsers) or has no page (workers,
 * Node). Create it once in each page. See docs/tabs.md.
 * @throws `invalid_option` in development
 *
 * @example
 * createSocketMiddleware({ url, WebSocket: createSharedWebSocket() })
 */
export const createSharedWebSocket = (options: SharedWebSocketOptions = {}): SharedWebSocketClass => {
  if (__DEV__) checkOptions(options)
  const { handshake = false, name, patience = 5_000, WebSocket = globalWebSocket() } = options
  const platform = tabPlatform()
  if (!platform) return (__DEV__ ? withFallbackFeature(WebSocket) : WebSocket) as SharedWebSocketClass
  const tab = createTab(platform)
  // A connection of a store gives a suffix.
  const context = (suffix?: string): SharedSocketContext => ({
    tab,
    options: {
      WebSocket: WebSocket as HubOptions['WebSocket'],
      patience,
      waitsForReady: suffix !== undefined || handshake,
    },
    keyOf: (url, protocols) => {
      const own = typeof name === 'function' ? name(url, protocols) : name
      return `${PREFIX}${suffix ?? ''}:${JSON.stringify(own ? [url.split('?')[0], [own]] : [url, ...protocols])}`
    },
  })
  const Class = class extends SharedSocket {
    /** What the option `WebSocket` of `createSocketMiddleware` finds. */
    static readonly feature: readonly Feature<never>[] = createTabsFeatures(tab)
    constructor(url: string | URL, protocols: string | string[] = [], suffix?: string) {
      super(url, protocols, context(suffix))
    }
  }
  for (const target of [Class, Class.prototype]) Object.assign(target, readyStates)
  return Class as unknown as SharedWebSocketClass
}
