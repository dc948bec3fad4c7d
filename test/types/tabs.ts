// The class of `reduplex/tabs`: an option of the middleware, and a WebSocket of its own.
import { createSocketMiddleware } from '../../src/index.js'
import { jsonRpc } from '../../src/rpc/index.js'
import { sessionFeature } from '../../src/session/index.js'
import {
  createSharedWebSocket,
  sharedSessionFeature,
  sharedSubscriptionsFeature,
  type SharedWebSocket,
  type SharedWebSocketClass,
} from '../../src/tabs/index.js'
import type { Equal, Expect } from './expect.js'

const Shared = createSharedWebSocket({ name: (url, protocols) => url + protocols.join(), patience: 1_000 })
export type OfClass = Expect<Equal<typeof Shared, SharedWebSocketClass>>
createSocketMiddleware({ url: 'wss://example.org', WebSocket: Shared })
createSocketMiddleware.with(sharedSubscriptionsFeature)({ WebSocket: Shared, protocol: jsonRpc() })
createSocketMiddleware.with(sessionFeature, sharedSessionFeature)({ WebSocket: Shared, session: {} })
// @ts-expect-error -- the option needs sessionFeature
createSocketMiddleware.with(sharedSessionFeature)({ WebSocket: Shared, session: {} })
createSharedWebSocket({ name: 'user 7', handshake: true, WebSocket })

// @ts-expect-error -- no such option
createSharedWebSocket({ token: '' })
// @ts-expect-error -- a number of milliseconds
createSharedWebSocket({ patience: '1s' })

const socket = new Shared('wss://example.org', ['v1'])
export type OfSocket = Expect<Equal<typeof socket, SharedWebSocket>>
socket.onmessage = ({ data }) => {
  void data
}
socket.addEventListener('message', ({ data, origin }) => void [data, origin])
socket.addEventListener('close', ({ code, reason, wasClean }) => void [code, reason, wasClean])
// Packages that take a class or a socket of the platform take these.
export const platformClass: typeof WebSocket = Shared
export const platformSocket: WebSocket = socket
createSharedWebSocket({ name: () => undefined })
// Missing where the platform cannot share sockets.
export type OfHolder = Expect<Equal<typeof socket.isHolder, boolean | undefined>>
socket.ready?.()
socket.kill?.()
// @ts-expect-error -- may be missing
socket.kill()
