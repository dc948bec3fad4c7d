// The only file that reads a global: everything here is looked up when it is called, never at import.

interface Page {
  readonly WebSocket?: unknown
  readonly location?: { readonly href: string }
  readonly document?: { readonly visibilityState: string }
}

declare const process: { readonly env: { readonly NODE_ENV?: string } }

const page = globalThis as Page

/** The platform's WebSocket class; `undefined` in Node before version 22. */
export const globalWebSocket = (): unknown => page.WebSocket

/** The address of the page; `undefined` outside browsers. */
export const pageUrl = (): string | undefined => page.location?.href

/** Whether frames are painted; a hidden tab gets no animation frame. True where there is no page. */
export const isPageVisible = (): boolean => page.document?.visibilityState !== 'hidden'

/** Prints a warning for the developer. Production bundles drop it. */
export const warn = (message: string): void => {
  try {
    // Bundlers replace this very expression; without a bundler there may be no `process` at all.
    if (process.env.NODE_ENV === 'production') return
  } catch {
    return
  }
  console.warn(message)
}

/** The last resort for an error that nobody is left to be told of: the platform's own reporting. */
export const reportToConsole = (message: string, error: unknown): void => console.error(message, error)
