import reduxWebsocketModule, { connect, send } from '@giantmachines/redux-websocket'
import { configureStore, type Middleware } from '@reduxjs/toolkit'
import ReconnectingWebSocket from 'reconnecting-websocket'
import { createTheirs, opens, productionChecks, reducers, type App, type ReducerKind } from './app.js'
import { InProcessSocket } from './socket.js'

// The packages that an app may use in place of ours, each in the same store.

/** What `reconnecting-websocket` takes for a WebSocket class. */
class Native extends InProcessSocket {
  static readonly CLOSING = 2
}

// The typings of both packages say `export default` where their files say `module.exports =`, and `exports.default =`.
const Reconnecting = ReconnectingWebSocket as unknown as new (
  url: string,
  protocols: string[],
  options: object,
) => object

const reduxWebsocket = (reduxWebsocketModule as unknown as { default: (options: object) => Middleware }).default

/** The hand-written middleware on `reconnecting-websocket`. */
export const createReconnecting = async (kind?: ReducerKind): Promise<App> => {
  class Socket extends Reconnecting {
    constructor(url: string) {
      super(url, [], { WebSocket: Native })
    }
  }
  return await createTheirs({ WebSocket: Socket, wrap: (payload) => ({ type: 'ws/message', payload }) as never }, kind)
}

/** A store with the middleware of `@giantmachines/redux-websocket`, connected, and the creator of its send. */
export const createGiantmachines = async (kind: ReducerKind = 'slice'): Promise<App & { send: typeof send }> => {
  // The package uses the global WebSocket class.
  Object.assign(globalThis, { WebSocket: InProcessSocket })
  const connection = (state = { status: 'closed' }, { type }: { type: string }) =>
    type === 'REDUX_WEBSOCKET::OPEN' ? { status: 'open' } : state
  const store = configureStore({
    reducer: { socket: connection, posts: reducers[kind] },
    middleware: (defaults) =>
      defaults(productionChecks).prepend(reduxWebsocket({ deserializer: JSON.parse, serializer: JSON.stringify })),
  })
  store.dispatch(connect('ws://localhost/ws') as never)
  await opens(store, () => store.getState().socket.status === 'open')
  return {
    dispatch: store.dispatch,
    messages: () => store.getState().posts.messages,
    subscribe: (listener) => store.subscribe(listener),
    send,
  }
}
