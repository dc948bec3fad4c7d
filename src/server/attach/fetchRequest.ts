import type { ServerRequest } from '../connection/serverSocket.js'

/** The members of a `Request` of the Fetch standard that are used. */
export interface FetchRequest {
  /** The whole url. */
  readonly url: string
  /** The headers. */
  readonly headers: { forEach(callback: (value: string, name: string) => void): void }
  /** The method. */
  readonly method?: string
}

/** A request that {@link fromFetchRequest} has created. */
export interface FetchServerRequest extends ServerRequest {
  /** The path and the query. */
  readonly url: string
  /** The method in upper case. */
  readonly method: string
  /** The headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Creates the request for `server.attach` from a `Request` of the Fetch standard (Bun, Deno, Cloudflare), which does not have the client's address. `authorize`
 * gets it, and reads `req.headers.cookie` and `req.url` as on Node. See docs/runtimes/others.md.
 */
export const fromFetchRequest = (request: FetchRequest, remoteAddress: string = ''): FetchServerRequest => {
  const { pathname, search } = new URL(request.url)
  const headers: [string, string][] = []
  request.headers.forEach((value, name) => headers.push([name.toLowerCase(), value]))
  return {
    url: pathname + search,
    method: request.method ?? 'GET',
    // Own members, also for a header named "__proto__".
    headers: Object.fromEntries(headers),
    socket: { remoteAddress },
  }
}
