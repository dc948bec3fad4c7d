import { check } from '../schema.js'
import type { SocketServerOptions } from '../options.js'
import type { Peer } from '../connection/serverConnection.js'
import type { Producers } from '../connection/producers.js'
import type { CallContext } from '../types.js'
import { rpcCodes } from './messages.js'
import type { RunnableHandler } from './methods.js'
import { RpcError } from './RpcError.js'

/** What the protocol's own methods need to know. */
export interface BuiltinsConfig {
  readonly authorizeChannel: SocketServerOptions['authorizeChannel']
  readonly producers: Producers
}

/**
 * A connection's own method by its name, if it is one of the protocol's. What is put into `afterwards` runs once the answer has gone out. `size` is
 * that of the whole message.
 */
export type Builtins = (
  peer: Peer,
  method: string,
  afterwards: (() => void)[],
  size: number,
) => RunnableHandler | undefined

const MAX_CHANNEL_LENGTH = 256
/** Of the message that subscribes: the params in it are kept as long as the subscription, of which there may be many. */
const MAX_SUBSCRIBE_BYTES = 64 * 1024

/** `{ channel, params }` or `[channel, params]`. */
const readSubscribe = (given: unknown): { channel: string; params: unknown } => {
  const [channel, params] = Array.isArray(given)
    ? (given as unknown[])
    : [
        (given as { channel?: unknown } | null | undefined)?.channel,
        (given as { params?: unknown } | null | undefined)?.params,
      ]
  if (typeof channel === 'string' && channel !== '' && channel.length <= MAX_CHANNEL_LENGTH) return { channel, params }
  throw new RpcError(rpcCodes.invalidParams, `Expected a channel's name of 1 to ${MAX_CHANNEL_LENGTH} characters`)
}

const readUnsubscribe = (given: unknown): string => {
  const id: unknown = Array.isArray(given) ? given[0] : (given as { id?: unknown } | null | undefined)?.id
  if (typeof id === 'string') return id
  throw new RpcError(rpcCodes.invalidParams, 'Expected the id of a subscription')
}

/** Creates them. */
export const createBuiltins = ({ authorizeChannel, producers }: BuiltinsConfig): Builtins => {
  const subscribe = async (
    peer: Peer,
    given: unknown,
    context: CallContext,
    afterwards: (() => void)[],
  ): Promise<string> => {
    const { connection, subscriptions } = peer
    const { channel, params } = readSubscribe(given)
    if (authorizeChannel && !(await authorizeChannel(connection, channel, params))) {
      throw new RpcError(rpcCodes.forbidden, 'Subscribing to this channel is not allowed')
    }
    const producer = producers(peer, channel)
    const checked = await check(producer?.schema, params)
    if ('issues' in checked) throw new RpcError(rpcCodes.invalidParams, 'Invalid params', { issues: checked.issues })
    if (context.signal.aborted) throw new Error('cancelled')
    const subscription = subscriptions.reserve(channel, checked.value)
    if (!subscription) throw new RpcError(rpcCodes.tooMany, 'Too many subscriptions')
    // A client can tell a push only once it knows the id.
    afterwards.push(() => subscriptions.start(subscription, producer?.start))
    return subscription.id
  }

  return (peer, method, afterwards, size) => {
    if (method === 'unsubscribe') {
      return { schema: undefined, run: (given) => peer.subscriptions.end(readUnsubscribe(given)) }
    }
    if (method !== 'subscribe') return undefined
    return {
      schema: undefined,
      run: async (given, context) => {
        if (size <= MAX_SUBSCRIBE_BYTES) return await subscribe(peer, given, context as CallContext, afterwards)
        throw new RpcError(rpcCodes.invalidParams, `Expected at most ${MAX_SUBSCRIBE_BYTES} bytes to subscribe with`)
      },
    }
  }
}
