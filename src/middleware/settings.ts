import type { ConnectionSettings } from '../connection/settings.js'
import type { WebSocketClass } from '../connection/types.js'
import { globalWebSocket } from '../internal/environment.js'
import { codedError } from '../internal/errors.js'
import type { SocketMiddlewareOptions } from './options.js'

const findWebSocket = (): WebSocketClass => {
  const found = globalWebSocket()
  if (typeof found === 'function') return found as WebSocketClass
  throw codedError(
    'no_websocket',
    __DEV__
      ? 'Expected a WebSocket class, found none: this runtime has no global one. Give the option "WebSocket", in Node the one of the package ws.'
      : '',
  )
}

/** The settings of a connection without features. */
export const coreSettings = (options: SocketMiddlewareOptions, getState: () => unknown): ConnectionSettings => {
  const { url, path, params, protocols, WebSocket, reconnect, connectTimeout, closeTimeout } = options
  return {
    address: { url, path, params, protocols } as ConnectionSettings['address'],
    providerContext: { getState },
    WebSocket: WebSocket ? () => WebSocket : findWebSocket,
    reconnect: reconnect === false ? { maxRetries: 0 } : (reconnect ?? {}),
    connectTimeout,
    closeTimeout,
  }
}
