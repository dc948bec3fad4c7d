import type { ChannelPosition } from '../../internal/channelPosition.js'
import { INVALID_PARAMS, isObject, TOO_MANY } from '../../internal/jsonRpc.js'
import type { Producers } from '../connection/producers.js'
import type { InternalConnection } from '../connection/serverConnection.js'
import type { Reauthenticate } from '../operations/reauthentication.js'
import { retainedSize } from '../retainedSize.js'
import { validate } from '../schema.js'
import type { CallContext, Subscription } from '../types.js'
import type { ChannelChecks } from './channelChecks.js'
import type { RunnableHandler } from './methods.js'
import { RpcError } from './RpcError.js'

/** What {@link createProtocolMethods} needs. */
export interface ProtocolMethodsConfig {
  readonly checkChannel: ChannelChecks['check']
  readonly producers: Producers
  /** Answers `$/authenticate`; `undefined` without the option `authorize`. */
  readonly reauthenticate: Reauthenticate | undefined
}

/** The message that contains a call of a protocol method. */
export interface MessageContext {
  readonly connection: InternalConnection
  /** Tasks that run once the reply has been sent. */
  readonly afterReply: (() => void)[]
}

/** Returns the protocol's own method of that name (`subscribe`, `unsubscribe`, `$/authenticate`); `undefined` for any other name. */
export type ProtocolMethods = (name: string, message: MessageContext) => RunnableHandler | undefined

const MAX_CHANNEL_LENGTH = 256
/** The memory of the params of a subscription, 64 KiB of text: they are kept as long as the subscription, and a connection may have many. */
const MAX_PARAMS_BYTES = 128 * 1024

/** An epoch of another server may be longer than ours. */
const MAX_EPOCH_LENGTH = 256

/** Reads the position that a client has. @throws RpcError when it is malformed */
const readSince = (since: unknown): ChannelPosition | undefined => {
  if (since === undefined || since === null) return undefined
  const { epoch, offset } = isObject(since) ? since : {}
  if (typeof epoch === 'string' && epoch.length <= MAX_EPOCH_LENGTH && Number.isSafeInteger(offset))
    return { epoch, offset: offset as number }
  throw new RpcError(INVALID_PARAMS, 'Expected "since" to be { epoch, offset }: a text and an integer')
}

/** Reads `{ channel, params, since }` or `[channel, params]`. */
const readSubscribe = (given: unknown): { channel: string; params: unknown; since: ChannelPosition | undefined } => {
  const { channel, params, since } = isObject(given) ? given : {}
  const [name, rest] = Array.isArray(given) ? (given as unknown[]) : [channel, params]
  if (retainedSize(rest) > MAX_PARAMS_BYTES)
    throw new RpcError(INVALID_PARAMS, `Expected params of at most ${MAX_PARAMS_BYTES / 2} bytes to subscribe`)
  if (typeof name === 'string' && name !== '' && name.length <= MAX_CHANNEL_LENGTH)
    return { channel: name, params: rest, since: readSince(since) }
  throw new RpcError(INVALID_PARAMS, `Expected the name of a channel, 1 to ${MAX_CHANNEL_LENGTH} characters`)
}

/** Reads `{ id }` or `[id]`. */
const readUnsubscribe = (given: unknown): string => {
  const id: unknown = Array.isArray(given) ? given[0] : isObject(given) ? given['id'] : undefined
  if (typeof id === 'string') return id
  throw new RpcError(INVALID_PARAMS, 'Expected the id of a subscription')
}

const cancelIfAborted = ({ signal }: CallContext): void => {
  if (signal.aborted) throw new Error('cancelled')
}

/** The milliseconds after which a client may ask again for a history that could not be read. */
const RETRY_AFTER = 1_000

/** Reads what the client has missed, and returns the answer: the id alone for a channel without history. @throws RpcError when the history cannot be read */
const answerFor = async (
  { subscriptions }: InternalConnection,
  subscription: Subscription,
  since: ChannelPosition | undefined,
): Promise<unknown> => {
  const { id } = subscription
  try {
    const answer = await subscriptions.prepare(subscription, since)
    return answer ? { id, ...answer } : id
  } catch {
    subscriptions.end(id)
    const data = { retryAfter: RETRY_AFTER }
    throw new RpcError(TOO_MANY, 'The history of this channel cannot be read now: try again later', data)
  }
}

const TOO_MANY_TEXT = 'Too many subscriptions, or too large params of them'

/** Subscribes, after those that wait for their authorisation. */
const subscribe = async (
  config: ProtocolMethodsConfig,
  { connection, afterReply }: MessageContext,
  given: unknown,
  context: CallContext,
): Promise<unknown> => {
  const { channel, params, since } = readSubscribe(given)
  const { subscriptions, view } = connection
  const giveBack = subscriptions.claim()
  if (!giveBack) throw new RpcError(TOO_MANY, TOO_MANY_TEXT)
  const producer = config.producers(connection, channel)
  try {
    const isAllowed = async (): Promise<void> => {
      cancelIfAborted(context)
      await config.checkChannel(view, channel, params)
    }
    let rights
    let validated
    // Fresh credentials may come meanwhile: then the answer was for the rights before.
    do {
      rights = subscriptions.rights()
      // oxlint-disable no-await-in-loop -- one after the other
      await subscriptions.authorize(isAllowed)
      validated = await validate(producer?.schema, params)
      // oxlint-enable no-await-in-loop
    } while (rights !== subscriptions.rights())
    if ('issues' in validated) throw new RpcError(INVALID_PARAMS, 'Invalid params', { issues: validated.issues })
    cancelIfAborted(context)
    giveBack()
    const subscription = subscriptions.reserve(channel, validated.value)
    if (!subscription) throw new RpcError(TOO_MANY, TOO_MANY_TEXT)
    const answer = await answerFor(connection, subscription, since)
    if (context.signal.aborted) subscriptions.end(subscription.id)
    cancelIfAborted(context)
    // A client can assign a push to a subscription only once it has the id.
    afterReply.push(() => subscriptions.start(subscription, producer?.start))
    return answer
  } finally {
    giveBack()
  }
}

/** Creates the protocol's own methods. */
export const createProtocolMethods = (config: ProtocolMethodsConfig): ProtocolMethods => {
  return (name, message) => {
    if (name === 'unsubscribe') {
      return { schema: undefined, run: (given) => message.connection.subscriptions.end(readUnsubscribe(given)) }
    }
    const { reauthenticate } = config
    if (name === '$/authenticate' && reauthenticate) {
      const run = async (given: unknown, context: object) =>
        await reauthenticate(message.connection, given, (context as CallContext).signal)
      return { schema: undefined, run }
    }
    if (name !== 'subscribe') return undefined
    return {
      schema: undefined,
      run: async (given, context) => await subscribe(config, message, given, context as CallContext),
    }
  }
}
