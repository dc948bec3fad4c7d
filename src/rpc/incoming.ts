import { SHOULD_AUTOBATCH, type Action } from '@reduxjs/toolkit'
import { isPageVisible } from '../internal/environment.js'
import { show } from '../internal/errors.js'
import { isObject, type Members, type RpcReply } from '../internal/jsonRpc.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import type { ServerPush } from './dialects.js'
import { isCall, isMethod, isReply, keyOf, numberOf } from './messages.js'
import { cancelServing, hasMethod, toInternalErrorReply, serve, serveNotification, type Reply } from './methods.js'
import { settleRequest } from './requests.js'
import type { Rpc } from './rpc.js'

/** Dispatches a push; `id` is `null` when no subscription asked for it. */
export const dispatchPush = ({ options, store }: Rpc, id: string | null, channel: string, data: unknown): void => {
  const { autoBatch = true } = options
  const meta = { socket: store.name, ...(autoBatch && isPageVisible() && { [SHOULD_AUTOBATCH]: true }) }
  store.dispatch({ type: `${store.prefix}/push`, payload: { id, channel, data }, meta } as Action)
}

/** The name of the channel of a push. */
const channelOf = ({ channel, key }: ServerPush): string => String(keyOf(channel ?? key ?? ''))

/** Takes a push that no subscription of this tab is for. */
export const takeOtherPush = (rpc: Rpc, push: ServerPush): void => {
  if (!rpc.isForeign?.(push)) dispatchPush(rpc, null, channelOf(push), push.data)
}

/** Takes a push: its subscriptions get it or, without any, the store. */
export const takePush = (rpc: Rpc, push: ServerPush): void => {
  const data = rpc.pipeline.toPlain(push.data, rpc.pipeline.keepBytes)
  if (rpc.receiver) rpc.receiver.onPush({ ...push, key: keyOf(push.key), data })
  else takeOtherPush(rpc, { ...push, data })
}

const takeReply = (rpc: Rpc, reply: RpcReply): void => {
  if (rpc.isForeign?.(reply)) return
  // Some servers push under the id of the request that subscribed.
  const id = numberOf(reply)
  const push = id && !rpc.pending.has(id) && rpc.dialect.push?.(reply as never)
  if (push) return takePush(rpc, push)
  if (settleRequest(rpc, reply)) return
  const { error } = reply
  const text = isObject(error) ? String(error['message']) : show(error)
  const unread = __DEV__ ? `The server could not read a message: ${text}` : text
  const unknown = __DEV__ ? `The server replied to ${show(reply.id)}, which is not the id of a request.` : ''
  rpc.connection.events.report({ code: 'unexpected_reply', message: reply.id === null ? unread : unknown })
}

/** Takes a message. Returns the reply, if there is one. */
type Take = () => Reply | void

/** The function that takes one message; `undefined` when the message does not belong to the protocol. */
const takeOne = (rpc: Rpc, message: unknown): Take | undefined => {
  if (!isObject(message)) return undefined
  const { dialect } = rpc
  if (isReply(message, dialect)) return () => takeReply(rpc, message)
  const isServerCall = isCall(message, dialect)
  if (isServerCall && 'id' in message) return () => (rpc.isForeign?.(message) ? undefined : serve(rpc, message))
  const push = dialect.push?.(message)
  if (push) return () => takePush(rpc, push)
  const end = dialect.ended?.(message)
  if (end) return () => rpc.receiver?.onEnded(end)
  const missed = dialect.missed?.(message)
  if (missed) return () => rpc.receiver?.onMissed(missed)
  const { method, params } = message
  if (!isServerCall || !isMethod(method, dialect)) return undefined
  if (method === dialect.cancel?.(0).method) return () => cancelServing(rpc, (params as Members | null)?.['id'])
  return hasMethod(rpc, method) ? () => serveNotification(rpc, method, params) : undefined
}

const post = (rpc: Rpc, reply: RpcReply | RpcReply[]): void => {
  const { connection, send } = rpc
  // A reply is for the socket that asked.
  if (connection.phase() !== 'open') return
  const result = send(reply, { whenOffline: 'drop' })
  if (result.delivery !== 'dropped' || result.reason !== 'invalid') return
  // The codec cannot carry it. Without a reply the server would wait until its timeout.
  const replies = [reply].flat().map((one) => toInternalErrorReply(rpc, one))
  send(Array.isArray(reply) ? replies : replies[0], { whenOffline: 'drop' })
}

/** Posts replies when all of them are there: one reply, or a batch. */
const postLater = async (rpc: Rpc, pending: readonly unknown[], isBatch: boolean): Promise<void> => {
  const { lostCount } = rpc
  const replies = (await Promise.all(pending)).filter((reply) => reply !== undefined) as RpcReply[]
  if (replies.length && rpc.lostCount === lostCount) post(rpc, isBatch ? replies : replies[0]!)
}

/**
 * The function that takes a message of the protocol, or a batch of such messages; `undefined` for a message of the app. It only looks at the message:
 * earlier ones may not have been taken yet.
 */
export const claimMessage = (rpc: Rpc, message: unknown): (() => void) | undefined => {
  const takes = ([] as unknown[]).concat(message).map((one) => takeOne(rpc, one))
  if (!takes.length || takes.includes(undefined)) return undefined
  return () => {
    // A message that contains itself must not keep the others of its batch from being taken.
    const replies = takes.map((take) => rpc.guard('receive', take!))
    const isBatch = Array.isArray(message)
    if (isBatch || isPromiseLike(replies[0])) void postLater(rpc, replies, isBatch)
    else if (replies[0]) post(rpc, replies[0])
  }
}
