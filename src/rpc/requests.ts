import type { Delivery, DropReason, SendOptions } from '../socket/types.js'
import { after, type Cancel } from '../internal/clock.js'
import { isPending } from '../internal/lane.js'
import type { ProtocolHost, ProtocolWire } from '../middleware/protocol.js'
import type { RpcDialect } from './dialects.js'
import { failure, resultOf, toWire } from './messages.js'
import type { RequestOptions, RequestResult, RpcCall, RpcId, RpcProblem, RpcReply } from './types.js'

/** Sends past the queue, while the connection is being made ready. */
export type DirectSend = ProtocolWire['send']

/** The requests of a connection that wait for an answer. */
export interface Requests {
  /** Asks the server; `done` is called once, and never before this returns. Returns what became of the send, and how to give it up. */
  readonly ask: (call: RpcCall, options: AskOptions, done: (result: RequestResult<unknown>) => void) => Asked
  /** Tells the server something. */
  readonly notify: (call: RpcCall, options?: SendOptions) => Delivery
  /** Takes an answer; whether its id was ever a request's. */
  readonly settle: (reply: RpcReply) => boolean
  /** Sends may have been dropped. */
  readonly dropped: (reason: DropReason, ids: readonly string[]) => void
  /** The socket is gone. With `isOver` there is no other to wait for. */
  readonly lost: (isOver: boolean) => void
  /** Another socket is there: sends again what may be sent again. */
  readonly resume: (send: DirectSend) => void
  /** How many wait. */
  readonly size: () => number
}

/** How one request is treated. */
export interface AskOptions extends RequestOptions {
  /** Sends it past the queue. */
  readonly direct?: DirectSend | undefined
}

/** A request on its way. */
export interface Asked {
  readonly id: number
  readonly delivery: Delivery
  /** Settles it with a failure, takes it back if it waits, else tells the server. */
  readonly giveUp: (problem: RpcProblem) => void
  /** Takes it back if it still waits, unsettled; whether it did. */
  readonly withdraw: () => boolean
  /** Takes it back if it still waits, and forgets it, unsettled, in any case. */
  readonly forget: () => void
}

interface Entry {
  readonly message: RpcCall
  readonly isIdempotent: boolean
  readonly done: (result: RequestResult<unknown>) => void
  readonly release: () => void
}

const SENT: Delivery = { delivery: 'sent' }

/** Names a send, so that what becomes of it can be told of the request. */
const SEND_PREFIX = 'rpc:'
const sendIdOf = (id: number) => `${SEND_PREFIX}${String(id)}`

const droppedFor = (reason: Exclude<DropReason, 'indeterminate'>) =>
  failure(reason, `The request was dropped before it was sent: ${reason}.`)

/** The texts of what befalls a request. */
export const befallen = {
  aborted: () => failure('request_aborted', 'The request was aborted.'),
  lost: () => failure('disconnected', 'The connection was lost before the answer came.'),
  late: (timeout: number) => failure('request_timeout', `No answer came within ${String(timeout)} ms ("timeout").`),
}

/** Creates the table of one connection. */
export const createRequests = (host: ProtocolHost, dialect: RpcDialect): Requests => {
  const entries = new Map<number, Entry>()
  let lastId = 0

  const remove = (id: number): Entry | undefined => {
    const entry = entries.get(id)
    if (!entry) return undefined
    entries.delete(id)
    entry.release()
    return entry
  }
  const end = (id: number, result: RequestResult<unknown>) => remove(id)?.done(result)
  const notify: Requests['notify'] = (call, options) => host.send(toWire(call, dialect), options)

  const giveUp = (id: number, problem: RpcProblem) => {
    if (!entries.has(id)) return
    const hadWaited = host.withdraw(sendIdOf(id))
    end(id, { error: problem })
    if (!hadWaited && dialect.cancel && host.status() === 'open') notify(dialect.cancel(id), { whenOffline: 'drop' })
  }
  /** Sends past the queue. What the codec throws, or rejects with, ends the request. */
  const sendDirectly = (id: number, message: RpcCall, direct: DirectSend): Delivery => {
    const refused = () => end(id, { error: droppedFor('invalid') })
    try {
      const sending = direct(message)
      if (isPending(sending)) sending.then(undefined, refused)
      return SENT
    } catch {
      return { delivery: 'dropped', reason: 'invalid' }
    }
  }
  /** Arms what may end a request before its answer. */
  const watch = (id: number, { timeout = 10_000, signal }: RequestOptions): Cancel => {
    const cancelTimer = after(timeout, () => giveUp(id, befallen.late(timeout)))
    if (!signal) return cancelTimer
    const abort = () => giveUp(id, befallen.aborted())
    signal.addEventListener('abort', abort)
    return () => {
      cancelTimer()
      signal.removeEventListener('abort', abort)
    }
  }

  return {
    ask: (call, options, done) => {
      const id = ++lastId
      const message = toWire(call, dialect, id)
      const { direct, idempotent = false, whenOffline = 'queue' } = options
      entries.set(id, { message, isIdempotent: idempotent, done, release: watch(id, options) })
      const delivery = direct
        ? sendDirectly(id, message, direct)
        : host.send(message, { id: sendIdOf(id), whenOffline })
      // In its own time: whoever asks must have what this returns first.
      if (delivery.delivery === 'dropped') {
        const reason = delivery.reason as Exclude<DropReason, 'indeterminate'>
        void Promise.resolve().then(() => end(id, { error: droppedFor(reason) }))
      }
      return {
        id,
        delivery,
        giveUp: (problem) => giveUp(id, problem),
        withdraw: () => {
          const isBack = host.withdraw(sendIdOf(id))
          if (isBack) remove(id)
          return isBack
        },
        forget: () => {
          host.withdraw(sendIdOf(id))
          remove(id)
        },
      }
    },
    notify,
    settle: (reply) => {
      // Some servers answer a number as a text.
      const id: RpcId | null = reply.id === null || entries.has(reply.id as number) ? reply.id : Number(reply.id)
      if (id === null || !(Number(id) >= 1 && Number(id) <= lastId)) return false
      end(id as number, resultOf(reply))
      return true
    },
    dropped: (reason, ids) => {
      // What may have arrived is told by the loss of the socket.
      if (reason === 'indeterminate') return
      for (const sendId of ids) {
        if (sendId.startsWith(SEND_PREFIX)) end(Number(sendId.slice(SEND_PREFIX.length)), { error: droppedFor(reason) })
      }
    },
    lost: (isOver) => {
      const waiting = new Set(host.waiting())
      for (const [id, { isIdempotent }] of Array.from(entries)) {
        if (!waiting.has(sendIdOf(id)) && (isOver || !isIdempotent)) end(id, { error: befallen.lost() })
      }
    },
    resume: (send) => {
      const waiting = new Set(host.waiting())
      for (const [id, { message, isIdempotent }] of Array.from(entries)) {
        if (!isIdempotent || waiting.has(sendIdOf(id))) continue
        const { delivery } = sendDirectly(id, message, send)
        if (delivery === 'dropped') end(id, { error: droppedFor('invalid') })
      }
    },
    size: () => entries.size,
  }
}
