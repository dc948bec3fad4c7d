import type { SocketErrorEvent } from '../connection/attempt.js'
import type { LostSocket } from '../connection/reconnectPolicy.js'
import type { ReconnectDecision, WebSocketClass } from '../connection/types.js'
import { messageOf } from '../internal/errors.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** What the class of `ws` says of an upgrade that was refused. */
const refusedUpgrade = /\bserver response: (\d{3})\b/

/**
 * Reads the HTTP status of a refused upgrade, where the WebSocket class tells it: that of `ws` does, browsers and Node's own do not. `shouldReconnect` gets it
 * as `httpStatus`. If that does not decide, 401 asks the functions for url, params and protocols once for fresh credentials, as a close with 4401 does.
 * See docs/features.md.
 */
export const httpStatusFeature: Feature<never> = {
  options: [],
  order: order.httpStatus,
  settings: (_options, { findClass, reconnect }) => {
    let httpStatus: number | undefined
    return {
      findClass: () => {
        const Class = findClass()
        return function (url: string, protocols?: string | string[]) {
          httpStatus = undefined
          const socket = new Class(url, protocols)
          // The connection adds its own listener later, so this one runs first.
          socket.addEventListener('error', ({ message, error }: SocketErrorEvent) => {
            const [, status] = refusedUpgrade.exec(messageOf(message ?? error)) ?? []
            httpStatus = status === undefined ? undefined : Number(status)
          })
          return socket
        } as unknown as WebSocketClass
      },
      reconnect: {
        ...reconnect,
        override: (lost: LostSocket): ReconnectDecision =>
          reconnect.override?.({ ...lost, ...(httpStatus !== undefined && { httpStatus }) }) ??
          (httpStatus === 401 ? 'refresh' : undefined),
      },
    }
  },
}
