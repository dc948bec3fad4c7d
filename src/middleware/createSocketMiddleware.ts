import type { Middleware } from '@reduxjs/toolkit'
import type { SocketDispatch } from '../actions/commands.js'
import type { Contract } from '../actions/createSocketActions.js'
import { createConnection, type Connection } from './createConnection.js'
import { toMatcher } from './match.js'
import { checkOptions, type SocketMiddlewareOptions } from './options.js'

/** What {@link createSocketMiddleware} returns. */
export interface SocketMiddlewareInstance {
  /** For the store, first in the list: `middleware: (defaults) => defaults().prepend(socket.middleware)`. */
  readonly middleware: Middleware<SocketDispatch>
  /** Closes the connections of every store it is in, at once and for good; after it, every action passes through. */
  readonly dispose: () => void
}

/** The type of {@link createSocketMiddleware}. */
export interface CreateSocketMiddleware<Root> {
  <C extends Contract = Contract>(options?: SocketMiddlewareOptions<C, Root>): SocketMiddlewareInstance
  /** The same function, with `getState` typed in the callbacks. */
  readonly withTypes: <TypedRoot>() => CreateSocketMiddleware<TypedRoot>
}

/**
 * Creates the middleware that owns a WebSocket. Nothing is dialled until `socketConnect` is dispatched. One instance may serve several
 * stores; each has its own connection.
 * @throws `invalid_option` for an option that is unknown or malformed
 */
export const createSocketMiddleware: CreateSocketMiddleware<unknown> = /* @__PURE__ */ Object.assign(
  <C extends Contract>(options: SocketMiddlewareOptions<C> = {}): SocketMiddlewareInstance => {
    checkOptions(options)
    toMatcher(options.accept, 'accept')
    toMatcher(options.forward, 'forward')
    let isDisposed = false
    // Weakly: the store of a request on a server must not live as long as a middleware that serves them all.
    const connections = new Set<WeakRef<Connection>>()
    return {
      middleware: (api) => {
        const connection = createConnection(options as unknown as SocketMiddlewareOptions, api, () => isDisposed)
        for (const reference of connections) if (!reference.deref()) connections.delete(reference)
        connections.add(new WeakRef(connection))
        return (next) => (action) => connection.handle(action, next)
      },
      dispose: () => {
        isDisposed = true
        for (const reference of connections) reference.deref()?.dispose()
        connections.clear()
      },
    }
  },
  { withTypes: () => createSocketMiddleware as never },
)
