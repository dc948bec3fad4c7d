import { show } from '../internal/errors.js'
import { isObject, type RpcReply } from '../internal/jsonRpc.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import type { ProtocolHost } from '../middleware/protocol.js'
import type { CallPayload } from './actions.js'
import type { RpcDialect, ServerPush } from './dialects.js'
import { isReply, isRequest, notificationOf } from './messages.js'
import type { Answering } from './methods.js'
import type { Requests } from './requests.js'
import type { Subscriptions } from './subscriptions.js'

interface ReceiveConfig {
  readonly host: ProtocolHost
  readonly dialect: RpcDialect
  readonly answering: Answering
  readonly requests: Requests
  readonly subscriptions: Subscriptions
}

/** Which messages are of the protocol, and what they are. Pure. */
const createRecogniser = (dialect: RpcDialect, { has }: Pick<Answering, 'has'>) => {
  const pushIn = (message: unknown): ServerPush | undefined => (isObject(message) ? dialect.push?.(message) : undefined)
  const endIn = (message: unknown) => (isObject(message) ? dialect.ended?.(message) : undefined)
  const isCancel = (message: unknown) => dialect.cancel && notificationOf(message, dialect) === dialect.cancel(0).method
  const isHeard = (message: unknown) => {
    const method = notificationOf(message, dialect)
    return method !== undefined && has(method)
  }
  const isOurs = (message: unknown): boolean =>
    isReply(message, dialect) ||
    isRequest(message, dialect) ||
    pushIn(message) !== undefined ||
    endIn(message) !== undefined ||
    isHeard(message) ||
    isCancel(message) === true
  return {
    pushIn,
    endIn,
    isCancel,
    claims: (message: unknown) =>
      Array.isArray(message) ? message.length > 0 && message.every(isOurs) : isOurs(message),
  }
}

/** Takes messages of the protocol, one by one or in a batch. */
export const createReceive = ({ host, dialect, answering, requests, subscriptions }: ReceiveConfig) => {
  const { pushIn, endIn, isCancel, claims } = createRecogniser(dialect, answering)
  let sockets = 0

  const settle = (reply: RpcReply) => {
    if (requests.settle(reply)) return
    const { id, error } = reply
    const said = isObject(error) ? String(error['message']) : show(error)
    const message =
      id === null
        ? `The server could not read a message: ${said}`
        : `The server answered ${show(id)}, which was never asked.`
    host.report({ code: 'unexpected_reply', message })
  }
  /** The answer to one message; most have none. */
  const take = (message: unknown, plain: (value: unknown) => unknown): ReturnType<Answering['answer']> => {
    if (isReply(message, dialect)) settle(message)
    else if (isRequest(message, dialect)) return answering.answer(message)
    else {
      const push = pushIn(message)
      const end = push ? undefined : endIn(message)
      const { method, params } = message as CallPayload
      if (push) subscriptions.push({ ...push, data: plain(push.data) })
      else if (end) subscriptions.ended(end)
      else if (isCancel(message)) answering.cancel((params as { id?: unknown } | null | undefined)?.id)
      else answering.hear(method, params)
    }
    return undefined
  }
  const post = (answer: RpcReply | RpcReply[]) => {
    // An answer is for the socket that asked.
    if (host.status() !== 'open') return
    const sent = host.send(answer, { whenOffline: 'drop' })
    // What the codec cannot carry must not leave the server waiting.
    if (sent.delivery === 'dropped' && sent.reason === 'invalid') {
      const apologies = [answer].flat().map(answering.apologize)
      host.send(Array.isArray(answer) ? apologies : apologies[0], { whenOffline: 'drop' })
    }
  }
  const postAll = async (pending: readonly (RpcReply | undefined | Promise<RpcReply | undefined>)[]) => {
    const before = sockets
    const answers = (await Promise.all(pending.map(async (one) => await one))).filter((answer) => answer !== undefined)
    if (answers.length && before === sockets) post(answers)
  }
  return {
    claims,
    lost: () => {
      sockets++
      answering.lost()
    },
    receive: (message: unknown, plain: (value: unknown) => unknown) => {
      if (Array.isArray(message)) {
        // One that cannot be taken, for it goes round in circles, keeps no other from being taken.
        const answers = message.map((one) => host.guard('Receiving a message of a batch', () => take(one, plain)))
        void postAll(answers)
        return
      }
      const answer = take(message, plain)
      if (isPromiseLike(answer)) void answer.then((there) => there && post(there))
      else if (answer) post(answer)
    },
  }
}
