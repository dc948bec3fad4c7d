import { messageOf } from '../../internal/errors.js'
import type { SocketServerOptions } from '../options.js'
import { pushOf } from './channels.js'
import type { Peer } from './serverConnection.js'
import { createContext } from '../rpc/runningCalls.js'
import { rpcCodes } from '../rpc/messages.js'
import { toRunnable, type RunnableHandler } from '../rpc/methods.js'
import { RpcError } from '../rpc/RpcError.js'
import type { Producer } from './subscriptions.js'
import type { Subscription } from '../types.js'

/** What runs for a subscription of a peer to a channel, and the schema of its params; `undefined` where nothing does. */
export type Producers = (
  peer: Peer,
  channel: string,
) => { readonly start: Producer; readonly schema: RunnableHandler['schema'] } | undefined

/** Creates the producers of a server. */
export const createProducers = (channels: SocketServerOptions['channels'] = {}): Producers => {
  const table = new Map<string, RunnableHandler>(
    Object.entries(channels).map(([channel, handler]) => [channel, toRunnable(handler)]),
  )

  const run = async (handler: RunnableHandler, peer: Peer, subscription: Subscription, signal: AbortSignal) => {
    const { id, channel, params } = subscription
    const { connection } = peer
    const { req, ws, user } = connection
    const push = (data: unknown): boolean => !signal.aborted && peer.post(pushOf(channel, data, id))
    const context = createContext({ req, ws, connection, user, params: connection.params }, push, () => signal)
    try {
      await handler.run(params, Object.assign(context, { id, channel }))
    } catch (error) {
      // A producer that was told to stop may well stop by throwing.
      if (signal.aborted) return
      const isPublic = error instanceof RpcError
      if (!isPublic) peer.report('handler_failed', `The producer of "${channel}" threw: ${messageOf(error)}`, error)
      const { code, message, data } = isPublic ? error : new RpcError(rpcCodes.internal, 'Internal error')
      peer.subscriptions.end(id)
      peer.post({
        jsonrpc: '2.0',
        method: '$/ended',
        params: { id, channel, error: { code, message, ...(data !== undefined && { data }) } },
      })
    }
  }

  return (peer, channel) => {
    const handler = table.get(channel)
    if (!handler) return undefined
    return {
      start: (subscription, signal) => void run(handler, peer, subscription, signal),
      schema: handler.schema,
    }
  }
}
