import { createEmptyResponse } from '../../internal/environment.js'
import { fromFetchRequest } from '../attach/fetchRequest.js'
import { fromWebSocket, type StandardWebSocket } from '../attach/fromWebSocket.js'
import type { SocketServer } from '../SocketServer.js'

/** `Deno.upgradeWebSocket`. */
export type DenoUpgrade = (
  request: Request,
  options: { readonly idleTimeout: number },
) => { readonly socket: StandardWebSocket; readonly response: Response }

/** What a handler of `Deno.serve` gets beside the request: the member that is used. */
export interface DenoConnectionInfo {
  /** The address of the client; a Unix socket has no host name. */
  readonly remoteAddr: { readonly hostname?: string }
}

const STATUS_TEXTS = { 404: 'Not Found', 503: 'Service Unavailable' } as const

/**
 * Creates a function that a handler of `Deno.serve` calls for a server that was created with `noServer: true`. It upgrades a request for a WebSocket, and returns the
 * response: also 404 for a path that the server does not serve, and 503 while it closes. It returns `undefined` for any other request.
 * See docs/runtimes/deno.md.
 */
export const denoHandler =
  (
    server: Pick<SocketServer, 'attach' | 'negotiate' | 'limits'>,
    upgradeWebSocket: DenoUpgrade,
  ): ((request: Request, info: DenoConnectionInfo) => Response | undefined) =>
  (request, { remoteAddr }) => {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return undefined
    // Read now: after the upgrade Deno throws for the address of the request.
    const converted = fromFetchRequest(request, remoteAddr.hostname)
    const { status, protocol } = server.negotiate(converted)
    if (status !== 101) return createEmptyResponse(status, STATUS_TEXTS[status])
    // In seconds; Deno sends the ping frames itself.
    const idleTimeout = Math.ceil(server.limits.pingInterval / 1000)
    const { socket, response } = upgradeWebSocket(request, { idleTimeout })
    // Not by the option `protocol`, for which Deno expects a space after each comma of the client's list.
    if (protocol) response.headers.set('Sec-WebSocket-Protocol', protocol)
    socket.addEventListener('open', () => server.attach(fromWebSocket(socket, protocol), converted))
    return response
  }
