import { isInstance, messageOf } from '../../internal/errors.js'
import { FORBIDDEN } from '../../internal/jsonRpc.js'
import { channelAuthorization } from '../cluster/channelPresence.js'
import type { InternalConnection } from '../connection/serverConnection.js'
import type { ServerContext } from '../context.js'
import { isRefusal } from '../http/Refusal.js'
import type { ServerConnection, Subscription } from '../types.js'
import { isError } from '../verdict.js'
import { RpcError } from './RpcError.js'

/** Asks the option `authorizeChannel`. Without it every client may subscribe to every channel. */
export interface ChannelChecks {
  /** Rejects with an `RpcError`, or what the app throws, unless a connection may subscribe to a channel. */
  readonly check: (connection: ServerConnection, channel: string, params: unknown) => Promise<void>
  /** The rights of a client may have changed: asks again about its subscriptions, and ends those that are refused. */
  readonly checkAgain: (connection: InternalConnection) => void
}

/** Asks whether a client may keep a subscription. What the app throws is reported. */
const checkOne = async (
  check: ChannelChecks['check'],
  { view, report }: InternalConnection,
  { channel, params }: Subscription,
): Promise<void> => {
  try {
    await check(view, channel, params)
  } catch (error) {
    if (!isInstance(error, RpcError)) report('handler_failed', `"authorizeChannel" threw: ${messageOf(error)}`, error)
    throw error
  }
}

/** Creates the checks of a server. */
export const createChannelChecks = ({
  options,
  reportVerdict,
}: Pick<ServerContext, 'options' | 'reportVerdict'>): ChannelChecks => {
  const authorizeChannel = channelAuthorization(options)
  if (!authorizeChannel) return { check: async () => await Promise.resolve(), checkAgain: () => {} }
  const check: ChannelChecks['check'] = async (...args) => {
    const forbidden = new RpcError(FORBIDDEN, 'Subscribing to this channel is not allowed')
    try {
      const verdict: unknown = await authorizeChannel(...args)
      if (verdict === true) return
      // Returned by mistake instead of thrown: it has the same effect.
      if (isError(verdict)) throw verdict
      reportVerdict('authorizeChannel', verdict, 'true')
    } catch (error) {
      throw isRefusal(error) ? forbidden : error
    }
    throw forbidden
  }
  return {
    check,
    checkAgain: (connection) =>
      connection.subscriptions.reauthorize(async (subscription) => await checkOne(check, connection, subscription)),
  }
}
