import type { WebSocketClass, WebSocketLike } from '../connection/types.js'
import {
  globalWebSocket,
  isPageVisible,
  onPage,
  tabPlatform,
  type PageEvent,
  type TabPlatform,
} from '../internal/environment.js'
import type { ReceivedFrame } from '../internal/bytes.js'
import { codedError, show } from '../internal/errors.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { endHub } from './ending.js'
import type { HubOptions, Tab } from './hub.js'
import { handedOver } from './notes.js'
import { refuseSession } from './refuseSession.js'
import { SharedSocket, type SharedSocketContext } from './SharedSocket.js'
import { createTabsFeatures } from './tabsFeature.js'

/** The options of {@link createSharedWebSocket}. */
export interface SharedWebSocketOptions {
  /**
   * Tabs whose sockets have the same name share one connection. Called with the url and the subprotocols of each socket. An app whose url carries a
   * token gives the id of the user, so that two tokens of one user share a connection and two users never do.
   * @default the url and the subprotocols
   */
  readonly name?: string | ((url: string, protocols: readonly string[]) => string)
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

/** A socket of a shared connection. The last members are missing where the platform cannot share sockets. */
export interface SharedWebSocket extends WebSocketLike {
  /** The address, complete. */
  readonly url: string
  /** The extensions that the server chose. */
  readonly extensions: string
  /** Called before the listeners of the event. */
  onopen: ((event: object) => void) | null
  /** Called before the listeners of the event. */
  onmessage: ((event: { readonly data: ReceivedFrame | Blob }) => void) | null
  /** Called before the listeners of the event. */
  onerror: ((event: object) => void) | null
  /** Called before the listeners of the event. */
  onclose: ((event: { readonly code: number; readonly reason: string; readonly wasClean: boolean }) => void) | null
  /** Removes a listener. */
  removeEventListener: (type: string, listener: (event: object) => void) => void
}

/** The class that {@link createSharedWebSocket} returns. */
export type SharedWebSocketClass = new (url: string | URL, protocols?: string | string[]) => SharedWebSocket

/** The constants of a WebSocket class and its instances. */
const readyStates = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 }

const createTab = (platform: TabPlatform): Tab => {
  const tab: Tab = {
    id: Math.random().toString(36).slice(2),
    platform,
    hubs: new Map(),
    newest: new Map(),
    watches: new Set(),
    isAsleep: false,
    onAwake: [],
  }
  const sleep = (event?: PageEvent) => {
    tab.isAsleep = true
    // Notes would pile up.
    for (const channel of tab.watches) channel.close(event)
    for (const hub of tab.hubs.values()) endHub(hub, handedOver)
  }
  const wake = () => {
    tab.isAsleep = false
    for (const start of tab.onAwake.splice(0)) start()
  }
  onPage('pagehide', sleep)
  onPage('pageshow', wake)
  onPage('visibilitychange', () => isPageVisible() && wake())
  platform.onDocument('freeze', sleep)
  platform.onDocument('resume', wake)
  return tab
}

/** Throws `invalid_option`. Development only. */
const checkOptions = (options: SharedWebSocketOptions): void => {
  const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
    name: (value) => typeof value === 'function' || (typeof value === 'string' && value !== ''),
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
  const {
    handshake = false,
    name = (url: string, protocols: readonly string[]) => JSON.stringify([url, ...protocols]),
    patience = 5_000,
    WebSocket = globalWebSocket(),
  } = options
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
    keyOf: (url, protocols) => `reduplex.tabs${suffix ?? ''}:${typeof name === 'string' ? name : name(url, protocols)}`,
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
