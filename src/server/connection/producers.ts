import { isInstance, messageOf } from '../../internal/errors.js'
import { INTERNAL_ERROR, type RpcErrorObject } from '../../internal/jsonRpc.js'
import type { SocketServerOptions } from '../options.js'
import { endedNotification } from '../rpc/messages.js'
import { toRunnable, type RunnableHandler } from '../rpc/methods.js'
import { RpcError } from '../rpc/RpcError.js'
import { createCallContext } from '../rpc/runningCalls.js'
import type { Subscription } from '../types.js'
import type { InternalConnection } from './serverConnection.js'
import type { Producer } from './subscriptions.js'

/** Returns the producer of a channel for a connection, with the schema of its params; `undefined` for a channel without one. */
export type Producers = (
  connection: InternalConnection,
  channel: string,
) => { readonly start: Producer; readonly schema: RunnableHandler['schema'] } | undefined

/** Returns what the client may know of an error. */
const toErrorObject = (error: unknown): RpcErrorObject => {
  if (!isInstance(error, RpcError)) return { code: INTERNAL_ERROR, message: 'Internal error' }
  const { code, message, data } = error
  return { code, message, ...(data !== undefined && { data }) }
}

const runProducer = async (
  handler: RunnableHandler,
  connection: InternalConnection,
  subscription: Subscription,
  signal: AbortSignal,
): Promise<void> => {
  const { id, channel, params } = subscription
  const { view, sendValue } = connection
  const { req, ws, user } = view
  const push = (data: unknown): boolean => !signal.aborted && connection.subscriptions.push(id, data)
  const base = { req, ws, connection: view, user, params: view.params }
  const context = createCallContext(base, push, () => signal)
  try {
    await handler.run(params, Object.assign(context, { id, channel }))
  } catch (error) {
    // A producer that reacts to its signal may do so by throwing.
    if (signal.aborted) return
    if (!isInstance(error, RpcError)) {
      connection.report('handler_failed', `The producer of "${channel}" threw: ${messageOf(error)}`, error)
    }
    connection.subscriptions.end(id)
    sendValue(endedNotification(subscription, toErrorObject(error)))
  }
}

/** Creates the producers of a server. */
export const createProducers = (channels: SocketServerOptions['channels'] = {}): Producers => {
  const handlers = new Map<string, RunnableHandler>(
    Object.entries(channels).map(([channel, handler]) => [channel, toRunnable(handler)]),
  )
  return (connection, channel) => {
    const handler = handlers.get(channel)
    if (!handler) return undefined
    return {
      start: (subscription, signal) => void runProducer(handler, connection, subscription, signal),
      schema: handler.schema,
    }
  }
}
