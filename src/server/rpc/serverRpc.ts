import {
  INTERNAL_ERROR,
  isObject,
  SERVER_ERROR,
  type RpcCall,
  type RpcId,
  type RpcReply,
} from '../../internal/jsonRpc.js'
import { createProducers } from '../connection/producers.js'
import type { InternalConnection } from '../connection/serverConnection.js'
import { isPromiseLike } from '../../internal/maybePromise.js'
import { encodeValue } from '../codecs.js'
import { sizeOfPacket, toPacket, type Packet } from '../connection/packets.js'
import type { ServerContext } from '../context.js'
import type { Reauthenticate } from '../operations/reauthentication.js'
import { encodeFailed } from '../report.js'
import type { ChannelChecks } from './channelChecks.js'
import { createCallExecutor, type Caller, type ExecuteCalls } from './callExecutor.js'
import { encodeReplies } from './encodeReplies.js'
import { isRpcReply, messageIdOf } from './messages.js'
import { createMethodTable, type MethodTable } from './methods.js'
import { createProtocolMethods, type ProtocolMethods } from './protocolMethods.js'
import { RpcError } from './RpcError.js'

/** JSON-RPC 2.0 on a server. */
export interface ServerRpc {
  /** The app's methods. */
  readonly methods: MethodTable
  readonly execute: ExecuteCalls
  readonly receive: ReceiveRpc
}

/** Processes a JSON-RPC message, or a batch, of a connection. Never throws. */
export type ReceiveRpc = (connection: InternalConnection, message: unknown) => void

/** Sends a reply. A codec for texts cannot encode JSON-RPC: its connections get none. */
export const sendReply = ({ codec, sendValue }: InternalConnection, reply: RpcReply | RpcReply[]): void => {
  if (!codec.plainText) sendValue(reply)
}

/** Sends the reply to calls. What the codec cannot encode is reported. */
const sendResult = ({ codec, sendPacket, report }: InternalConnection, reply: RpcReply | RpcReply[]): void => {
  const onError = (thrown: unknown): void => {
    const { code, message, error } = encodeFailed(thrown)
    report(code, message, error)
  }
  const frame = encodeReplies(codec, reply, onError)
  if (!isPromiseLike(frame)) return void sendPacket(toPacket(frame))
  const packet = frame.then(toPacket).then(undefined, (error: unknown) => {
    onError(error)
    return undefined
  })
  sendPacket(packet)
}

const notSent = () => new RpcError(SERVER_ERROR, 'A chunk was not sent: the client reads too slowly, or is gone')

/** Sends a chunk of a reply. A chunk that the codec cannot encode is reported. */
const sendChunk = async (
  { codec, sendPacket, report }: InternalConnection,
  id: RpcId,
  data: unknown,
): Promise<number> => {
  let packet: Packet
  try {
    packet = toPacket(await encodeValue(codec, { jsonrpc: '2.0', method: '$/chunk', params: { id, data } }))
  } catch (thrown) {
    const { code, message, error } = encodeFailed(thrown)
    report(code, message, error)
    throw new RpcError(INTERNAL_ERROR, 'Internal error')
  }
  if (!sendPacket(packet)) throw notSent()
  return sizeOfPacket(packet)
}

/** Handles the notifications that start with `$/`. */
const handleNotification = ({ calls, frames }: InternalConnection, { method, params }: RpcCall): boolean => {
  if (method === '$/cancelRequest') calls.cancel(messageIdOf(params))
  // The client does not choose when it confirms chunks, so that does not count towards its rate.
  if (method === '$/more' && isObject(params) && calls.confirm(params['id'], params['count'])) frames.charge(-1)
  // A notification has no reply, so a client could not learn the id of the subscription, assign its pushes or end it.
  return method.startsWith('$/') || method === 'subscribe'
}

const createReceive =
  (execute: ExecuteCalls, protocolMethods: ProtocolMethods): ReceiveRpc =>
  (connection, message) => {
    const messages: unknown[] = Array.isArray(message) ? message : [message]
    for (const one of messages) if (isRpcReply(one)) connection.requests.settle(one)
    const calls = messages.filter((one) => !isRpcReply(one))
    if (calls.length === 0) return
    const afterReply: (() => void)[] = []
    const caller: Caller = {
      connection: connection.view,
      openCall: connection.calls.open,
      protocolMethod: (name) => protocolMethods(name, { connection, afterReply }),
      handleNotification: (call) => handleNotification(connection, call),
      sendChunk: async (id, data) => await sendChunk(connection, id, data),
    }
    const done = execute(Array.isArray(message) ? calls : message, caller).then((reply) => {
      if (reply) sendResult(connection, reply)
      for (const task of afterReply) task()
    })
    // With a session a request is handled once its method was called: the answer tells the rest. A notification has none.
    if (connection.handling && calls.every((call) => messageIdOf(call) === undefined)) connection.handling.track(done)
  }

/** Creates the JSON-RPC side of a server. */
export const createServerRpc = (
  { options, limits, report, metrics }: ServerContext,
  reauthenticate: Reauthenticate | undefined,
  { check }: Pick<ChannelChecks, 'check'>,
): ServerRpc => {
  const methods = createMethodTable()
  const execute = createCallExecutor(methods, report, limits.maxBatch, metrics)
  const producers = createProducers(options.channels)
  const protocolMethods = createProtocolMethods({ checkChannel: check, producers, reauthenticate })
  return { methods, execute, receive: createReceive(execute, protocolMethods) }
}
