import type { Middleware } from '@reduxjs/toolkit'
import type { SocketDispatch } from '../actions/command.js'
import type { Contract, MaybeSchema } from '../actions/contract.js'
import { codedError } from '../internal/errors.js'
import { createConnection, type Connection } from './createConnection.js'
import { toMatcher } from './match.js'
import { checkOptions, type SocketMiddlewareOptions } from './options.js'

/** What {@link createSocketMiddleware} returns. */
export interface SocketMiddlewareInstance {
  /** For the store, first in the list: `middleware: (defaults) => defaults().prepend(socket.middleware)`. */
  readonly middleware: Middleware<SocketDispatch>
  /**
   * Received bytes by the id of their handle, as they were decoded: an ArrayBuffer, a view or a Blob. As often as asked; `undefined` once they have been
   * released, or had to make room for newer ones (`socketReleased`).
   */
  readonly readBinary: (id: string) => ArrayBuffer | ArrayBufferView | Blob | undefined
  /** Lets go of received bytes. An id that is unknown, or released already, is none. */
  readonly releaseBinary: (id: string) => void
  /**
   * An object URL of received bytes, for an `<img>` or a download; the same one each time, revoked when the bytes go. `type` is a media type,
   * for what is no Blob with one (an SVG needs it; browsers recognise the other pictures). `undefined` for unknown bytes, and where the
   * runtime has no such URLs.
   */
  readonly binaryUrl: (id: string, type?: string) => string | undefined
  /** Closes the connections of every store it is in, at once and for good; after it, every action passes through. */
  readonly dispose: () => void
}

/** The type of {@link createSocketMiddleware}. */
export interface CreateSocketMiddleware<Root> {
  <
    C extends Contract = Contract,
    Receive extends MaybeSchema<C['receive']> = undefined,
    Send extends MaybeSchema = undefined,
  >(
    options?: SocketMiddlewareOptions<C, Root, Receive, Send>,
  ): SocketMiddlewareInstance
  /** The same function, with `getState` typed in the callbacks. */
  readonly withTypes: <TypedRoot>() => CreateSocketMiddleware<TypedRoot>
}

/**
 * Creates the middleware that owns a WebSocket. Nothing is dialled until `socketConnect` is dispatched. One instance may serve several
 * stores; each has its own connection.
 * @throws `invalid_option` for an option that is unknown or malformed
 */
export const createSocketMiddleware: CreateSocketMiddleware<unknown> = /* @__PURE__ */ Object.assign(
  <C extends Contract, Receive extends MaybeSchema<C['receive']>, Send extends MaybeSchema>(
    options: SocketMiddlewareOptions<C, unknown, Receive, Send> = {},
  ): SocketMiddlewareInstance => {
    checkOptions(options)
    if (options.schema && options.actions?.schema) {
      const message =
        'createSocketMiddleware: expected one schema, got two: leave it out here, or out of createSocketActions.'
      throw codedError('invalid_option', message)
    }
    toMatcher(options.accept, 'accept')
    toMatcher(options.forward, 'forward')
    let isDisposed = false
    // Weakly: the store of a request on a server must not live as long as a middleware that serves them all.
    const connections = new Set<WeakRef<Connection>>()
    const inTables = <Found>(look: (table: Connection['binary']) => Found | undefined): Found | undefined => {
      for (const reference of connections) {
        const connection = reference.deref()
        const found = connection && look(connection.binary)
        if (found !== undefined) return found
      }
      return undefined
    }
    return {
      middleware: (api) => {
        const connection = createConnection(options as unknown as SocketMiddlewareOptions, api, () => isDisposed)
        for (const reference of connections) if (!reference.deref()) connections.delete(reference)
        connections.add(new WeakRef(connection))
        return (next) => (action) => connection.handle(action, next)
      },
      readBinary: (id) => inTables((table) => table.read(id)),
      releaseBinary: (id) => inTables((table) => table.release(id)),
      binaryUrl: (id, type) => inTables((table) => table.url(id, type)),
      dispose: () => {
        isDisposed = true
        for (const reference of connections) reference.deref()?.dispose()
        connections.clear()
      },
    }
  },
  { withTypes: () => createSocketMiddleware as never },
)
