import type { ReceivedFrame } from '../../internal/bytes.js'
import { messageOf, problemOf } from '../../internal/errors.js'
import { isPromiseLike } from '../../internal/maybePromise.js'
import { roughSize, toPacket } from '../codecs.js'
import type { Feed } from './messageSource.js'
import type { Limits, SocketServerOptions } from '../options.js'
import { closeSoftly } from './outbound.js'
import type { Peer } from './serverConnection.js'
import { createBucket, type Bucket } from './tokenBucket.js'
import type { Answer } from '../rpc/callExecutor.js'
import type { Builtins } from '../rpc/protocolMethods.js'
import { errorReply, idOf, isReply, isRpc, rpcCodes, type RpcCall, type RpcReply } from '../rpc/messages.js'
import { check, describeIssues } from '../schema.js'

/** What the way in needs to know. */
export interface InboundConfig {
  readonly options: SocketServerOptions
  readonly limits: Limits
  readonly answer: Answer
  readonly builtins: Builtins
  /** The server's messages; a connection's own are its peer's. */
  readonly feed: Pick<Feed<unknown>, 'emit'>
}

/** What the way in remembers of one connection. The functions below are the server's, not the connection's: there may be many of those. */
interface Source {
  readonly peer: Peer
  readonly ping: Limits['ping']
  readonly bucket: Bucket | undefined
  /** Messages over the rate, since it last calmed down. */
  refused: number
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
  const { code, message } = problemOf(error, 'invalid_frame')
  const isOurs = (error as { code?: unknown } | null | undefined)?.code === code
  // In the words of our own codecs.
  if (isOurs && (code === 'invalid_frame' || code === 'unsupported_frame')) return { code, message, error }
  const publicly = 'The frame cannot be decoded.'
  // JSON.parse would show a piece of it.
  const text = error instanceof SyntaxError ? publicly : `The codec cannot decode a frame: ${message}`
  return { code: 'invalid_frame', message: text, publicly, error }
}

// A codec for texts cannot say it in JSON-RPC.
const reply = ({ codec, post }: Peer, message: RpcReply | RpcReply[]): void => void (codec.plainText || post(message))

/** An answer that the codec cannot carry must not leave the client waiting. */
const replyTo = (peer: Peer, answered: RpcReply | RpcReply[]): void => {
  const apologize = (): void => {
    for (const { id } of [answered].flat())
      reply(peer, errorReply(id ?? undefined, rpcCodes.internal, 'Internal error'))
  }
  if (!peer.post(answered, apologize) && peer.connection.isOpen) apologize()
}

const sizeOf = (message: unknown): number => (Array.isArray(message) ? message.length : 1)

/**
 * The way in: frame → heartbeat → rate → codec → JSON-RPC or schema → the app. What it returns makes of a peer a function of its frames, which
 * never throws or rejects.
 */
export const createInbound = (config: InboundConfig): ((peer: Peer) => (frame: ReceivedFrame) => unknown) => {
  const { options, limits, answer, builtins } = config
  const { rate } = limits

  const close = ({ connection }: Peer, code: number, reason: string): void =>
    closeSoftly(connection.ws, code, reason, limits.closeTimeout)

  /** Over the rate: what asks for an answer gets one, the rest is told once. */
  const refuse = (source: Source, message: unknown): void => {
    if (!rate) return
    const { peer, bucket } = source
    if (bucket?.isFull()) source.refused = 0
    const text = `More than ${rate.perSecond} messages a second`
    if (++source.refused > rate.tolerance) return close(peer, 4429, text)
    if (source.refused === 1) {
      peer.report('rate_limited', `A client sends ${text.toLowerCase()} ("rate"): what is over that is refused.`)
    }
    const id = Array.isArray(message) ? undefined : idOf(message)
    if (id !== undefined || source.refused === 1) reply(peer, errorReply(id, rpcCodes.rateLimited, text))
  }

  /** The app is told; the client too unless `invalid` says otherwise, but never in the words of what the app's own code threw. */
  const refuseInvalid = (peer: Peer, { code, message, publicly = message, error }: Invalid): void => {
    peer.report(code, message, error)
    if (limits.invalid === 'close') close(peer, 1007, publicly)
    if (limits.invalid !== 'reply') return
    const [rpcCode, words] =
      code === 'invalid_message' ? [rpcCodes.invalidRequest, 'Invalid message'] : [rpcCodes.parseError, 'Parse error']
    reply(peer, errorReply(undefined, rpcCode, words, { code, message: publicly }))
  }

  const takeRpc = (peer: Peer, message: unknown, size: number): void => {
    const messages: unknown[] = Array.isArray(message) ? message : [message]
    for (const one of messages) if (isReply(one)) peer.requests.settle(one)
    const rest = messages.filter((one) => !isReply(one))
    if (rest.length === 0) return
    const afterwards: (() => void)[] = []
    const caller = {
      connection: peer.connection,
      open: peer.calls.open,
      builtin: (method: string) => builtins(peer, method, afterwards, size),
      notified: ({ method, params }: RpcCall) => {
        if (method === '$/cancelRequest') peer.calls.cancel(idOf(params))
        // Nobody would be told the id of a subscription, so nobody could tell its pushes or end it.
        return method.startsWith('$/') || method === 'subscribe'
      },
    }
    void answer(Array.isArray(message) ? rest : message, caller).then((answered) => {
      if (answered) replyTo(peer, answered)
      for (const task of afterwards) task()
    })
  }

  const takeMessage = (peer: Peer, value: unknown, size: number): unknown => {
    const finish = (checked: Awaited<ReturnType<typeof check>>): void => {
      if ('issues' in checked) {
        const message = `"schema.receive" refuses a message: ${describeIssues(checked.issues)}`
        return refuseInvalid(peer, { code: 'invalid_message', message })
      }
      config.feed.emit(checked.value, peer.connection, size)
      peer.feed.emit(checked.value, peer.connection, size)
    }
    const fail = (error: unknown): void => {
      const message = `"schema.receive" threw: ${messageOf(error)}`
      refuseInvalid(peer, { code: 'invalid_message', message, publicly: 'The message cannot be checked.', error })
    }
    try {
      const checked = check(options.schema?.receive, value)
      return checked instanceof Promise ? checked.then(finish).catch(fail) : finish(checked)
    } catch (error) {
      return fail(error)
    }
  }

  const take = (source: Source, message: unknown, isAllowed: boolean, frame: ReceivedFrame): unknown => {
    const isCall = isRpc(message)
    // A batch is as many messages as it holds.
    const more = isCall ? sizeOf(message) - 1 : 0
    if (!isAllowed || (more > 0 && source.bucket?.take(more) === false)) return refuse(source, message)
    return (isCall ? takeRpc : takeMessage)(source.peer, message, roughSize(frame))
  }

  const takeFrame = (source: Source, frame: ReceivedFrame): unknown => {
    const { peer, ping } = source
    const isAllowed = source.bucket?.take() ?? true
    const isPing = ping !== undefined && frame === ping.request
    if (isPing || frame === ping?.reply) {
      if (!isAllowed) return refuse(source, undefined)
      return isPing && peer.deliver(toPacket(ping.reply))
    }
    const fail = (error: unknown): void =>
      isAllowed ? refuseInvalid(peer, unreadable(error)) : refuse(source, undefined)
    let message
    try {
      message = peer.codec.decode(frame)
    } catch (error) {
      return fail(error)
    }
    if (!isPromiseLike(message)) return take(source, message, isAllowed, frame)
    return message.then((decoded) => take(source, decoded, isAllowed, frame), fail)
  }

  return (peer) => {
    const source: Source = {
      peer,
      ping: options.ping === undefined && peer.codec.plainText ? undefined : limits.ping,
      bucket: rate && createBucket(rate.perSecond, rate.burst),
      refused: 0,
    }
    return (frame) => takeFrame(source, frame)
  }
}
