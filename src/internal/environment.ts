// The only file that reads a global. Everything here is looked up when it is called, never at import.

interface Page {
  readonly WebSocket?: unknown
  readonly fetch?: unknown
  readonly location?: { readonly href: string }
  readonly localStorage?: unknown
  readonly document?: PageTarget & { readonly visibilityState: string; readonly baseURI?: string }
  readonly navigator?: { readonly onLine?: boolean }
  readonly addEventListener?: PageTarget['addEventListener']
  readonly removeEventListener?: PageTarget['removeEventListener']
}

/** The members of a page's events that are read. */
export interface PageEvent {
  readonly type?: string
  /** Whether the page enters the back-forward cache, or leaves it. */
  readonly persisted?: boolean
}

interface PageTarget {
  readonly addEventListener: (type: string, listener: (event: PageEvent) => void) => void
  readonly removeEventListener: (type: string, listener: (event: PageEvent) => void) => void
}

const page = globalThis as Page

/** The platform's WebSocket class; `undefined` in Node before version 22. */
export const globalWebSocket = (): unknown => page.WebSocket

/** The platform's `fetch`; `undefined` in a runtime without it. */
export const globalFetch = (): unknown => page.fetch

/** What relative addresses are relative to: the page, or its `<base href>`; `undefined` outside browsers. */
export const pageUrl = (): string | undefined => page.document?.baseURI ?? page.location?.href

/** Whether the page is visible: a hidden tab paints nothing. True without a page. */
export const isPageVisible = (): boolean => page.document?.visibilityState !== 'hidden'

/** Whether the device reports that it has a network; true where it reports nothing. */
export const isOnline = (): boolean => page.navigator?.onLine !== false

/** Listens to an event of the page; does nothing without a page (Node, React Native). Returns a function that stops it. */
export const onPage = (type: string, listener: (event: PageEvent) => void): (() => void) => {
  const target = type === 'visibilitychange' ? page.document : page
  target?.addEventListener?.(type, listener)
  return () => target?.removeEventListener?.(type, listener)
}

/** The Web Locks of the page; `undefined` outside browsers, in old ones and on pages without HTTPS. */
export const webLocks = (): LockManager | undefined =>
  (page.navigator as { readonly locks?: LockManager } | undefined)?.locks

interface UrlClass {
  readonly createObjectURL?: (blob: Blob) => string
  readonly revokeObjectURL?: (url: string) => void
}

/** An object URL of bytes, for an `<img>` or a download; `undefined` in a runtime without them (React Native). */
export const createObjectUrl = (bytes: Blob | ArrayBuffer | ArrayBufferView, type: string): string | undefined => {
  const isTyped = 'size' in bytes && (!type || bytes.type === type)
  return (URL as UrlClass).createObjectURL?.(isTyped ? bytes : new Blob([bytes as BlobPart], { type }))
}

/** Revokes an object URL. */
export const revokeObjectUrl = (url: string): void => (URL as UrlClass).revokeObjectURL?.(url)

/** Sets globals that the runtime lacks. Returns a function that removes them again. */
export const lendGlobals = (lent: Readonly<Record<string, unknown>>): (() => void) => {
  const missing = Object.keys(lent).filter((name) => !(name in globalThis))
  for (const name of missing) Reflect.set(globalThis, name, lent[name])
  return () => {
    for (const name of missing) Reflect.deleteProperty(globalThis, name)
  }
}

/** Prints a warning for the developer. Production prints nothing. */
export const warn = (message: string): void => {
  if (__DEV__) console.warn(message)
}

/** Creates a response of the Fetch standard without a body. */
export const createEmptyResponse = (status: number, statusText: string): Response =>
  new Response(null, { status, statusText })

/** Prints a line. */
export const log = (line: string): void => console.log(line)

/** Prints an error with its stack. */
export const reportToConsole = (message: string, error: unknown): void => console.error(message, error)

/** A socket of the platform, as a tab that holds it for others uses it. */
export interface PlatformSocket extends Pick<
  WebSocket,
  'protocol' | 'extensions' | 'bufferedAmount' | 'readyState' | 'close'
> {
  readonly send: (data: string | ArrayBuffer | ArrayBufferView | Blob) => void
  binaryType: string
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: string | ArrayBuffer }) => void) | null
  onerror: (() => void) | null
  onclose: ((event: CloseEvent) => void) | null
}

/** What tabs need to share a socket. */
export interface TabPlatform {
  readonly locks: Pick<LockManager, 'request' | 'query'>
  readonly createChannel: (name: string) => BroadcastChannel
  readonly createMessageChannel: () => MessageChannel
  /** Listens to an event of the document until the page is gone. */
  readonly onDocument: (type: 'freeze' | 'resume', listener: () => void) => void
}

interface TabGlobals {
  readonly document?: PageTarget
  readonly BroadcastChannel?: typeof BroadcastChannel
  readonly MessageChannel?: typeof MessageChannel
}

/** `undefined` without a page (workers, Node), without Web Locks (insecure contexts, older browsers), without BroadcastChannel, and where they are refused (sandboxed frames, blocked site data). */
export const tabPlatform = (): TabPlatform | undefined => {
  const { document, BroadcastChannel: Channel, MessageChannel: Pair } = globalThis as TabGlobals
  const locks = webLocks()
  if (!document || !locks || !Channel || !Pair) return undefined
  try {
    // Throws where locks are refused, too: the browser keeps nothing for the page.
    void page.localStorage
    new Channel('').close()
  } catch {
    return undefined
  }
  return {
    locks,
    createChannel: (name) => new Channel(name),
    createMessageChannel: () => new Pair(),
    onDocument: (type, listener) => document.addEventListener(type, listener),
  }
}

/** Creates an event of a WebSocket. */
export const createSocketEvent = (
  type: 'open' | 'message' | 'error' | 'close',
  init: MessageEventInit & CloseEventInit,
): Event =>
  type === 'message' ? new MessageEvent(type, init) : type === 'close' ? new CloseEvent(type, init) : new Event(type)

/** Creates an exception of the Web platform. */
export const createDomException = (message: string, name: string): DOMException => new DOMException(message, name)
