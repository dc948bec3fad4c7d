// The only file that reads a global: everything here is looked up when it is called, never at import.

interface Page {
  readonly WebSocket?: unknown
  readonly fetch?: unknown
  readonly location?: { readonly href: string }
  readonly document?: PageTarget & { readonly visibilityState: string }
  readonly navigator?: { readonly onLine?: boolean }
  readonly addEventListener?: PageTarget['addEventListener']
  readonly removeEventListener?: PageTarget['removeEventListener']
}

/** What is read of the events of a page. */
export interface PageEvent {
  /** Whether the page goes into the back-forward cache, or comes out of it. */
  readonly persisted?: boolean
}

interface PageTarget {
  readonly addEventListener: (type: string, listener: (event: PageEvent) => void) => void
  readonly removeEventListener: (type: string, listener: (event: PageEvent) => void) => void
}

const page = globalThis as Page

/** The platform's WebSocket class; `undefined` in Node before version 22. */
export const globalWebSocket = (): unknown => page.WebSocket

/** The platform's `fetch`; `undefined` where there is none. */
export const globalFetch = (): unknown => page.fetch

/** The address of the page; `undefined` outside browsers. */
export const pageUrl = (): string | undefined => page.location?.href

/** Whether frames are painted; a hidden tab gets no animation frame. True where there is no page. */
export const isPageVisible = (): boolean => page.document?.visibilityState !== 'hidden'

/** Whether the machine thinks that it has a network; true where nobody says so. */
export const isOnline = (): boolean => page.navigator?.onLine !== false

/** Listens to an event of the page; does nothing where there is none (Node, React Native). Returns a function that ends it. */
export const onPage = (type: string, listener: (event: PageEvent) => void): (() => void) => {
  const target = type === 'visibilitychange' ? page.document : page
  target?.addEventListener?.(type, listener)
  return () => target?.removeEventListener?.(type, listener)
}

interface UrlClass {
  readonly createObjectURL?: (blob: Blob) => string
  readonly revokeObjectURL?: (url: string) => void
}

/** A URL of bytes for an `<img>` or a download; `undefined` where the runtime has none (React Native). */
export const createObjectUrl = (bytes: Blob | ArrayBuffer | ArrayBufferView, type = ''): string | undefined => {
  const isTyped = 'size' in bytes && (!type || bytes.type === type)
  return (URL as UrlClass).createObjectURL?.(isTyped ? bytes : new Blob([bytes as BlobPart], { type }))
}

/** Ends such a URL. */
export const revokeObjectUrl = (url: string): void => (URL as UrlClass).revokeObjectURL?.(url)

/** Prints a warning for the developer. Production bundles drop it. */
export const warn = (message: string): void => {
  if (__DEV__) console.warn(message)
}

/** The last resort for an error that nobody is left to be told of: the platform's own reporting. */
export const reportToConsole = (message: string, error: unknown): void => console.error(message, error)
