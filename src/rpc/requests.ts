import { nanoid } from '@reduxjs/toolkit'
import type { SendResult } from '../actions/commands.js'
import type { Delivery, DropReason, SendOptions } from '../connection/types.js'
import { after, type Cancel } from '../internal/clock.js'
import { codedError, show } from '../internal/errors.js'
import type { RpcCall, RpcReply } from '../internal/jsonRpc.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import type { ProtocolHost, ProtocolWire } from '../middleware/protocol.js'
import type { RpcDialect } from './dialects.js'
import { failure, resultOf, toWire } from './messages.js'
import type { RequestOptions, RequestResult, RpcProblem } from './types.js'

/** Sends past the queue, while the connection is being made ready. */
export type DirectSend = ProtocolWire['send']

/** The requests of a connection that wait for an answer. */
export interface Requests {
  /** Asks the server; `done` is called once, and never before this returns. Returns what became of the send, and how to give it up. */
  readonly ask: (call: RpcCall, options: AskOptions, done: Done) => Asked
  /** Asks and tells several things in one message. Returns what became of the send, and how to give the requests up, in their order. */
  readonly askAll: (
    items: readonly BatchItem[],
    options: SendOptions,
  ) => { readonly result: SendResult; readonly asked: readonly GiveUp[] }
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

/** Hears once how a request ended. */
export type Done = (result: RequestResult<unknown>) => void

/** Settles a request with a failure, takes it back if it waits, else tells the server. */
export type GiveUp = (problem: RpcProblem) => void

/** A request of a batch; without `done` a notification. */
export interface BatchItem {
  readonly call: RpcCall
  readonly options: RequestOptions
  readonly done: Done | undefined
}

/** A request on its way. */
export interface Asked {
  readonly delivery: Delivery
  readonly giveUp: GiveUp
  /** Takes it back if it still waits, unsettled; whether it did. */
  readonly withdraw: () => boolean
  /** Takes it back if it still waits, and forgets it, unsettled, in any case. */
  readonly forget: () => void
}

/** What goes out as one message. */
interface Sending {
  readonly sendId: string
  /** A batch: what of it has not been given up, while it waits. */
  batch?: readonly RpcCall[]
  readonly options?: SendOptions
}

interface Entry {
  readonly message: RpcCall
  readonly sending: Sending
  readonly mayRepeat: boolean
  readonly done: Done
  readonly release: () => void
}

const SENT: Delivery = { delivery: 'sent' }

/** It was dropped before it was sent. */
export const droppedFor = (reason: Exclude<DropReason, 'indeterminate'>, why: string = reason): RpcProblem =>
  failure(reason, `The request was dropped before it was sent: ${why}.`)

/** The texts of what befalls a request. */
export const befallen = {
  aborted: () => failure('request_aborted', 'The request was aborted.'),
  lost: () => failure('disconnected', 'The connection was lost before the answer came.'),
  late: (timeout: number) => failure('request_timeout', `No answer came within ${String(timeout)} ms ("timeout").`),
}

/** Throws `invalid_option` for what cannot be meant. */
export const checkRequestOptions = (who: string, { timeout, retry, idempotent }: RequestOptions): void => {
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0)) {
    const message = `${who}: expected "timeout" to be a number of milliseconds, 0 or more, got ${show(timeout)}.`
    throw codedError('invalid_option', message)
  }
  if (retry && !idempotent) {
    const message = `${who}: expected "idempotent: true" beside "retry: true": what is sent twice may be served twice. Say so if that does no harm, else leave "retry" out.`
    throw codedError('invalid_option', message)
  }
}

/** Creates the table of one connection. */
export const createRequests = (host: ProtocolHost, dialect: RpcDialect): Requests => {
  const entries = new Map<number, Entry>()
  let lastId = 0
  /** Begins the name of a send, so that what becomes of it can be told of its requests: the first id and, for several, the last. */
  const prefix = `rpc:${nanoid(6)}:`
  const nextSending = (count = 1): Sending => ({
    sendId: `${prefix}${String(lastId + 1)}${count > 1 ? `-${String(lastId + count)}` : ''}`,
  })

  const remove = (id: number): Entry | undefined => {
    const entry = entries.get(id)
    if (!entry) return undefined
    entries.delete(id)
    entry.release()
    return entry
  }
  const end = (id: number, result: RequestResult<unknown>) => remove(id)?.done(result)
  const notify: Requests['notify'] = (call, options) => host.send(toWire(call, dialect), options)

  /** Takes a request back that waits. The others of its batch lose their place. */
  const withdraw = ({ sending, message }: Entry): boolean => {
    const isBack = host.withdraw(sending.sendId)
    if (isBack && sending.batch) {
      sending.batch = sending.batch.filter((other) => other !== message)
      if (sending.batch.length) host.send(sending.batch, { ...sending.options, id: sending.sendId })
    }
    return isBack
  }
  const giveUp = (id: number, problem: RpcProblem) => {
    const entry = entries.get(id)
    if (!entry) return
    const hadWaited = withdraw(entry)
    end(id, { error: problem })
    if (hadWaited || host.status() !== 'open') return
    const cancel = host.guard('"cancel" of the dialect', () => dialect.cancel?.(id))
    if (cancel) notify(cancel, { whenOffline: 'drop' })
  }
  /** Sends past the queue. What the codec throws, or rejects with, ends the request. */
  const sendDirectly = (id: number, message: RpcCall, direct: DirectSend): Delivery => {
    const refused = () => end(id, { error: droppedFor('invalid') })
    try {
      const sending = direct(message)
      if (isPromiseLike(sending)) sending.then(undefined, refused)
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
  const open = (call: RpcCall, options: RequestOptions, done: Done, sending: Sending) => {
    const id = ++lastId
    const message = toWire(call, dialect, id)
    const { idempotent = false, retry = idempotent } = options
    entries.set(id, { message, sending, mayRepeat: idempotent && retry, done, release: watch(id, options) })
    return { id, message }
  }
  /** Ends requests whose send was refused; in its own time, for whoever asks must have the handle first. */
  const endIfDropped = (ids: readonly number[], sent: Delivery) => {
    if (sent.delivery !== 'dropped') return
    const error = droppedFor(sent.reason as Exclude<DropReason, 'indeterminate'>)
    void Promise.resolve().then(() => {
      for (const id of ids) end(id, { error })
    })
  }
  /** Those that wait for another socket: neither is their answer lost with this one, nor are they sent past the queue. */
  const unsent = (): ((entry: Entry) => boolean) => {
    const waiting = new Set(host.queuedIds())
    return ({ sending }) => waiting.has(sending.sendId)
  }

  return {
    ask: (call, options, done) => {
      const sending = nextSending()
      const { id, message } = open(call, options, done, sending)
      const { direct, whenOffline = 'queue' } = options
      const delivery = direct
        ? sendDirectly(id, message, direct)
        : host.send(message, { id: sending.sendId, whenOffline })
      endIfDropped([id], delivery)
      return {
        delivery,
        giveUp: (problem) => giveUp(id, problem),
        withdraw: () => {
          const entry = entries.get(id)
          const isBack = entry !== undefined && withdraw(entry)
          if (isBack) remove(id)
          return isBack
        },
        forget: () => {
          const entry = remove(id)
          if (entry) withdraw(entry)
        },
      }
    },
    askAll: (items, options) => {
      const count = items.filter(({ done }) => done).length
      const sending: Sending = { ...nextSending(count), options }
      const ids: number[] = []
      sending.batch = items.map(({ call, options: own, done }) => {
        if (!done) return toWire(call, dialect)
        const { id, message } = open(call, own, done, sending)
        ids.push(id)
        return message
      })
      const result = host.send(sending.batch, { ...options, ...(count && { id: sending.sendId }) })
      endIfDropped(ids, result)
      return { result, asked: ids.map((id) => (problem: RpcProblem) => giveUp(id, problem)) }
    },
    notify,
    settle: (reply) => {
      // Some servers answer a number as a text.
      const id = typeof reply.id === 'string' && /^[1-9]\d*$/.test(reply.id) ? Number(reply.id) : reply.id
      if (typeof id !== 'number' || !Number.isInteger(id) || id < 1 || id > lastId) return false
      end(id, resultOf(reply))
      return true
    },
    dropped: (reason, ids) => {
      // What may have arrived is told by the loss of the socket.
      if (reason === 'indeterminate') return
      for (const sendId of ids) {
        if (!sendId.startsWith(prefix)) continue
        const [first = 0, last = first] = sendId.slice(prefix.length).split('-').map(Number)
        for (let id = first; id <= last; id++) end(id, { error: droppedFor(reason) })
      }
    },
    lost: (isOver) => {
      const waits = unsent()
      for (const [id, entry] of Array.from(entries)) {
        if (!waits(entry) && (isOver || !entry.mayRepeat)) end(id, { error: befallen.lost() })
      }
    },
    resume: (send) => {
      const waits = unsent()
      for (const [id, entry] of Array.from(entries)) {
        if (!entry.mayRepeat || waits(entry)) continue
        const { delivery } = sendDirectly(id, entry.message, send)
        if (delivery === 'dropped') end(id, { error: droppedFor('invalid') })
      }
    },
    size: () => entries.size,
  }
}
