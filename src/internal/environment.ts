// The only file that reads a global. Everything here is looked up when it is called, never at import.

interface Page {
  readonly WebSocket?: unknown
  readonly fetch?: unknown
  readonly location?: { readonly href: string }
  readonly document?: PageTarget & { readonly visibilityState: string; readonly baseURI?: string }
  readonly navigator?: { readonly onLine?: boolean }
  readonly addEventListener?: PageTarget['addEventListener']
  readonly removeEventListener?: PageTarget['removeEventListener']
}

/** The members of a page's events that are read. */
export interface PageEvent {
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
