import type { ReceivedFrame } from '../../internal/bytes.js'
import { isInstance, memberOf, messageOf, problemOf } from '../../internal/errors.js'
import type { Guard } from '../../internal/guard.js'
import { INVALID_REQUEST, PARSE_ERROR } from '../../internal/jsonRpc.js'
import { isPromiseLike, mapMaybePromise, type MaybePromise } from '../../internal/maybePromise.js'
import type { ServerContext } from '../context.js'
import { createDecoder, findUnofferedCodec } from '../codecs.js'
import type { Limits } from '../limits.js'
import { errorReply, isRpcMessage } from '../rpc/messages.js'
import { sendReply, type ReceiveRpc } from '../rpc/serverRpc.js'
import { describeIssues, validate, type Validated } from '../schema.js'
import { approximateSize } from './frameQueue.js'
import type { MessageSource } from './messageSource.js'
import { toPacket } from './packets.js'
import type { InternalConnection } from './serverConnection.js'

/** What {@link createServerInbound} needs. */
export interface ServerInboundConfig extends Pick<ServerContext, 'options' | 'limits' | 'guardFor' | 'codecs'> {
  readonly receiveRpc: ReceiveRpc
  /** The messages of all clients; those of a connection are its own. */
  readonly messages: Pick<MessageSource<unknown>, 'emit'>
}

/** The inbound state of one connection. The functions below serve all connections. */
interface InboundState {
  readonly config: ServerInboundConfig
  readonly connection: InternalConnection
  readonly ping: Limits['ping']
  /** Decodes a frame to its messages. */
  readonly decode: (frame: ReceivedFrame) => MaybePromise<readonly unknown[]>
  /** The guard of listeners. Created with the first message: many connections never have one. */
  guard: Guard | undefined
  /** Whether the first binary frame is to be checked: the client has chosen none of several codecs, and may speak another one. */
  isCodecUnsure: boolean
}

/** What is wrong with a message. */
interface InvalidMessage {
  readonly code: string
  /** For the app. */
  readonly message: string
  /** For the client. It never contains the text of an error that the app's code threw. @default message */
  readonly publicMessage?: string
  readonly error?: unknown
}

const undecodable = (error: unknown): InvalidMessage => {
  const { code, message } = problemOf(error, 'invalid_frame')
  const hasCode = memberOf(error, 'code') === code
  // An error of this library's codecs has a text that is safe to show.
  if (hasCode && (code === 'invalid_frame' || code === 'unsupported_frame')) return { code, message, error }
  const publicMessage = 'The frame cannot be decoded.'
  // JSON.parse quotes the text.
  const privateMessage = isInstance(error, SyntaxError) ? publicMessage : `The codec cannot decode a frame: ${message}`
  return { code: 'invalid_frame', message: privateMessage, publicMessage, error }
}

/** Closes the connection of a client that speaks a codec whose subprotocol it did not offer. Returns whether it does. */
const refuseUnofferedCodec = (state: InboundState, frame: ReceivedFrame): boolean => {
  const { config, connection } = state
  if (!state.isCodecUnsure || typeof frame === 'string') return false
  state.isCodecUnsure = false
  const subprotocol = findUnofferedCodec(config.codecs, connection.codec, frame)
  if (subprotocol === undefined) return false
  const text = `Expected the subprotocol "${subprotocol}" to be offered for this codec`
  connection.report('unsupported_frame', `${text}: the server has several, and the client offered none of them.`)
  connection.ending.dismiss(1003, text)
  return true
}

/** Reports an invalid message to the app and, depending on `invalid`, to the client. */
const reportInvalid = (state: InboundState, invalid: InvalidMessage): void => {
  const { config, connection } = state
  const { code, message, publicMessage = message, error } = invalid
  connection.report(code, message, error)
  if (config.limits.invalid === 'close') connection.ending.refuse(1007, publicMessage)
  if (config.limits.invalid !== 'reply') return
  const [rpcCode, text] =
    code === 'invalid_message'
      ? ([INVALID_REQUEST, 'Invalid message'] as const)
      : ([PARSE_ERROR, 'Parse error'] as const)
  sendReply(connection, errorReply(undefined, rpcCode, text, { code, message: publicMessage }))
}

/** Creates the guard of listeners. With a session a message is handled once the promises of its listeners have settled. */
const createMessageGuard = ({ config, connection }: InboundState): Guard => {
  const guard = config.guardFor(connection.view)
  const { handling } = connection
  if (!handling) return guard
  return (what, callback) => {
    const result = guard(what, callback)
    handling.track(result)
    return result
  }
}

/** Validates a message of the app's own, and emits it. */
const receiveMessage = (state: InboundState, value: unknown, bytes: number): unknown => {
  const { config, connection } = state
  const emit = (validated: Validated): Promise<void> | undefined => {
    if ('issues' in validated) {
      const message = `"schema.receive" rejected a message: ${describeIssues(validated.issues)}`
      reportInvalid(state, { code: 'invalid_message', message })
      return undefined
    }
    const guard = (state.guard ??= createMessageGuard(state))
    const output = validated.value
    const emitOwn = () => connection.messages.emit(output, connection.view, bytes, guard)
    // A loop that reads slowly holds up the frames of this connection.
    return config.messages.emit(output, connection.view, bytes, guard)?.then(emitOwn) ?? emitOwn()
  }
  const fail = (error: unknown): void => {
    const message = `"schema.receive" threw: ${messageOf(error)}`
    const publicMessage = 'The message cannot be validated.'
    reportInvalid(state, { code: 'invalid_message', message, publicMessage, error })
  }
  try {
    const validated = validate(config.options.schema?.receive, value)
    return validated instanceof Promise ? validated.then(emit).catch(fail) : emit(validated)
  } catch (error) {
    return fail(error)
  }
}

/** Passes a decoded message on: JSON-RPC, or the app's own. */
const receiveDecoded = (state: InboundState, message: unknown, frame: ReceivedFrame): unknown => {
  const { config, connection } = state
  if (!isRpcMessage(message)) return receiveMessage(state, message, approximateSize(frame))
  // Each call of a batch counts as a message.
  if (Array.isArray(message)) connection.frames.charge(message.length - 1)
  return config.receiveRpc(connection, message)
}

/** Passes the messages of a frame on, one after the other. */
const receiveEach = (state: InboundState, list: readonly unknown[], frame: ReceivedFrame, index: number): unknown => {
  if (index >= list.length) return undefined
  const done = receiveDecoded(state, list[index], frame)
  if (index + 1 >= list.length) return done
  return mapMaybePromise(done, () => receiveEach(state, list, frame, index + 1))
}

/** The same. Each message beyond the first counts towards the rate. */
const receiveMessages = (state: InboundState, list: readonly unknown[], frame: ReceivedFrame): unknown => {
  if (list.length > 1) state.connection.frames.charge(list.length - 1)
  return receiveEach(state, list, frame, 0)
}

const receiveFrame = (state: InboundState, frame: ReceivedFrame): unknown => {
  const { connection, ping } = state
  if (frame === ping?.reply) return undefined
  if (ping !== undefined && frame === ping.request) return connection.sendPacket(toPacket(ping.reply))
  if (refuseUnofferedCodec(state, frame)) return undefined
  const fail = (error: unknown): void => reportInvalid(state, undecodable(error))
  let messages
  try {
    messages = state.decode(frame)
  } catch (error) {
    return fail(error)
  }
  const receiveAll = (list: readonly unknown[]): unknown => receiveMessages(state, list, frame)
  return isPromiseLike(messages) ? messages.then(receiveAll, fail) : receiveAll(messages)
}

/**
 * Creates the inbound side of all connections: frame → heartbeat → codec → JSON-RPC or schema → the app. The result creates, for a
 * connection, the function that processes its frames; that never throws or rejects, and its promise resolves when the frame is done.
 */
export const createServerInbound =
  (config: ServerInboundConfig): ((connection: InternalConnection) => (frame: ReceivedFrame) => unknown) =>
  (connection) => {
    const { options, limits, codecs } = config
    const state: InboundState = {
      config,
      connection,
      // A codec for texts takes any text as data, unless the option says otherwise.
      ping: options.ping === undefined && connection.codec.plainText ? undefined : limits.ping,
      guard: undefined,
      isCodecUnsure: codecs.length > 1 && !codecs.some(({ subprotocol }) => subprotocol === connection.socket.protocol),
      decode: createDecoder(connection.codec),
    }
    return (frame) => receiveFrame(state, frame)
  }
