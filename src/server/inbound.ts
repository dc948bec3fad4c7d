import type { ReceivedFrame } from '../internal/bytes.js'
import { messageOf, problemOf } from '../internal/errors.js'
import { roughSize, toPacket } from './codecs.js'
import type { Feed } from './feed.js'
import type { Limits, SocketServerOptions } from './options.js'
import { closeSoftly } from './outbound.js'
import type { Peer } from './peer.js'
import { isPending } from '../internal/lane.js'
import { createBucket } from './rate.js'
import type { Answer } from './rpc/answer.js'
import type { createBuiltins } from './rpc/builtins.js'
import { errorReply, idOf, isReply, isRpc, rpcCodes, type RpcCall, type RpcReply } from './rpc/jsonrpc.js'
import { check, describeIssues } from './schema.js'

/** What the way in of one connection needs to know. */
export interface InboundConfig {
  readonly peer: Peer
  readonly options: SocketServerOptions
  readonly limits: Limits
  readonly answer: Answer
  readonly builtins: ReturnType<typeof createBuiltins>
  /** The server's messages; the connection's own are the peer's. */
  readonly feed: Pick<Feed<unknown>, 'emit'>
}

/** What is wrong with something received. */
interface Invalid {
  readonly code: string
  /** For the app. */
  readonly message: string
  /** For the client. @default message */
  readonly publicly?: string
  readonly error?: unknown
}

const unreadable = (error: unknown): Invalid => {
  const { code, message } = problemOf(error, '')
  // In the words of our own codecs.
  if (code === 'invalid_frame' || code === 'unsupported_frame') return { code, message, error }
  const publicly = 'The frame cannot be decoded.'
  // JSON.parse would show a piece of it.
  const text = error instanceof SyntaxError ? publicly : `The codec cannot decode a frame: ${message}`
  return { code: 'invalid_frame', message: text, publicly, error }
}

const sizeOf = (message: unknown): number => (Array.isArray(message) ? message.length : 1)

/** The way in: frame → heartbeat → rate → codec → JSON-RPC or schema → the app. The function it returns never throws or rejects. */
export const createInbound = (config: InboundConfig): ((frame: ReceivedFrame) => unknown) => {
  const { peer, options, limits, answer, builtins } = config
  const { connection, codec } = peer
  const { rate, closeTimeout } = limits
  const ping = options.ping === undefined && codec.plainText ? undefined : limits.ping
  const bucket = rate && createBucket(rate.perSecond, rate.burst)
  let refused = 0

  // A codec for texts cannot say it in JSON-RPC.
  const reply = (message: RpcReply | RpcReply[]): void => void (codec.plainText || peer.post(message))
  const close = (code: number, reason: string): void => closeSoftly(connection.ws, code, reason, closeTimeout)

  /** Over the rate: what asks for an answer gets one, the rest is told once. */
  const refuse = (message: unknown): void => {
    if (!rate) return
    if (bucket?.isFull()) refused = 0
    const text = `More than ${rate.perSecond} messages a second`
    if (++refused > rate.tolerance) return close(4429, text)
    if (refused === 1) {
      peer.report('rate_limited', `A client sends ${text.toLowerCase()} ("rate"): what is over that is refused.`)
    }
    const id = Array.isArray(message) ? undefined : idOf(message)
    if (id !== undefined || refused === 1) reply(errorReply(id, rpcCodes.rateLimited, text))
  }

  /** The app is told; the client too unless `invalid` says otherwise, but never in the words of something that was thrown by the app's own code. */
  const refuseInvalid = ({ code, message, publicly = message, error }: Invalid): void => {
    peer.report(code, message, error)
    if (limits.invalid === 'close') close(1007, publicly)
    if (limits.invalid !== 'reply') return
    const [rpcCode, words] =
      code === 'invalid_message' ? [rpcCodes.invalidRequest, 'Invalid message'] : [rpcCodes.parseError, 'Parse error']
    reply(errorReply(undefined, rpcCode, words, { code, message: publicly }))
  }

  const takeRpc = (message: unknown, size: number): void => {
    const messages: unknown[] = Array.isArray(message) ? message : [message]
    for (const one of messages) if (isReply(one)) peer.requests.settle(one)
    const rest = messages.filter((one) => !isReply(one))
    if (rest.length === 0) return
    const afterwards: (() => void)[] = []
    const caller = {
      connection,
      open: peer.calls.open,
      builtin: (method: string) => builtins(method, afterwards, size),
      notified: ({ method, params }: RpcCall) => {
        if (method === '$/cancelRequest') peer.calls.cancel(idOf(params))
        // Nobody would be told the id of a subscription, so nobody could tell its pushes or end it.
        return method.startsWith('$/') || method === 'subscribe'
      },
    }
    void answer(Array.isArray(message) ? rest : message, caller).then((answered) => {
      if (answered) replyTo(answered)
      for (const task of afterwards) task()
    })
  }

  /** An answer that the codec cannot carry must not leave the client waiting. */
  const replyTo = (answered: RpcReply | RpcReply[]): void => {
    const apologize = (): void => {
      for (const { id } of [answered].flat()) reply(errorReply(id ?? undefined, rpcCodes.internal, 'Internal error'))
    }
    if (!peer.post(answered, apologize) && connection.isOpen) apologize()
  }

  const deliver = (value: unknown, size: number): void => {
    config.feed.emit(value, connection, size)
    peer.feed.emit(value, connection, size)
  }

  const takeMessage = (value: unknown, size: number): unknown => {
    const finish = (checked: Awaited<ReturnType<typeof check>>): void => {
      if ('value' in checked) return deliver(checked.value, size)
      refuseInvalid({
        code: 'invalid_message',
        message: `"schema.receive" refuses a message: ${describeIssues(checked.issues)}`,
      })
    }
    const fail = (error: unknown): void =>
      refuseInvalid({
        code: 'invalid_message',
        message: `"schema.receive" threw: ${messageOf(error)}`,
        publicly: 'The message cannot be checked.',
        error,
      })
    try {
      const checked = check(options.schema?.receive, value)
      return checked instanceof Promise ? checked.then(finish).catch(fail) : finish(checked)
    } catch (error) {
      return fail(error)
    }
  }

  const takePing = (isAllowed: boolean, text: string): void => {
    if (isAllowed) peer.deliver(toPacket(text))
    else refuse(undefined)
  }

  const takeUnreadable = (isAllowed: boolean, error: unknown): void => {
    if (isAllowed) refuseInvalid(unreadable(error))
    else refuse(undefined)
  }

  const take = (message: unknown, isAllowed: boolean, frame: ReceivedFrame): unknown => {
    const isCall = isRpc(message)
    // A batch is as many messages as it holds.
    const more = isCall ? sizeOf(message) - 1 : 0
    if (!isAllowed || (more > 0 && bucket?.take(more) === false)) return refuse(message)
    return (isCall ? takeRpc : takeMessage)(message, roughSize(frame))
  }

  return (frame) => {
    const isAllowed = bucket?.take() ?? true
    if (ping && frame === ping.request) return takePing(isAllowed, ping.reply)
    if (ping && frame === ping.reply) return isAllowed ? undefined : refuse(undefined)
    let message
    try {
      message = codec.decode(frame)
    } catch (error) {
      return takeUnreadable(isAllowed, error)
    }
    if (!isPending(message)) return take(message, isAllowed, frame)
    return message.then(
      (decoded) => take(decoded, isAllowed, frame),
      (error: unknown) => takeUnreadable(isAllowed, error),
    )
  }
}
