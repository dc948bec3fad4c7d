import type { ConnectionSettings } from '../connection/core.js'
import type { WebSocketClass } from '../connection/types.js'
import { globalWebSocket } from '../internal/environment.js'
import { codedError } from '../internal/errors.js'
import type { FeatureHooks, StorePort } from './feature.js'
import type { SocketMiddlewareOptions } from './options.js'

const findClass = (): WebSocketClass => {
  const found = globalWebSocket()
  if (typeof found === 'function') return found as WebSocketClass
  throw codedError(
    'no_websocket',
    __DEV__
      ? 'Expected a WebSocket class, found none: this runtime has no global one. Give the option "WebSocket"; in Node, that of the package ws.'
      : '',
  )
}

/** The settings of a connection without features. */
export const coreSettings = (options: SocketMiddlewareOptions, { contextWith }: StorePort): ConnectionSettings => {
  const { url, path, params, protocols, WebSocket, connectTimeout = 10_000, closeTimeout = 2_000 } = options
  return {
    address: { url, path, params, protocols } as ConnectionSettings['address'],
    createContext: contextWith,
    findClass: WebSocket ? () => WebSocket : findClass,
    reconnect: {},
    connectTimeout,
    closeTimeout,
  }
}

/** Calls the option `onOpen` each time the connection is ready. */
export const coreHooks = ({ onOpen }: SocketMiddlewareOptions, { contextWith, guard }: StorePort): FeatureHooks => ({
  onReady: ({ reconnected }) => onOpen && guard('onOpen', () => onOpen(contextWith({ reconnected }))),
})
