import type { SendResult } from '../actions/commands.js'
import type { SocketEvents } from '../connection/types.js'
import type { ReceivedFrame } from '../internal/bytes.js'
import { withdraw } from '../connection/sendQueue.js'
import { after, type Cancel } from '../internal/clock.js'
import type { Link } from '../connection/hooks.js'
import { createValueSender } from '../features/valueSender.js'
import { codedError, show } from '../internal/errors.js'
import type { RpcCall, RpcReply } from '../internal/jsonRpc.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import { isWithinSizeLimit } from '../middleware/inbound.js'
import { droppedFailure, failure, requestErrors, resultOf } from './failures.js'
import { isReply, numberOf, toWire } from './messages.js'
import type { DirectSend, OnEnd, PendingRequest, Rpc } from './rpc.js'
import type { RequestOptions, RequestResult, RpcProblem } from './types.js'

// The table of the requests that wait for a reply. Each ends exactly once: by its reply, its timeout, an abort, a drop, or the loss of the connection.

/** Throws `invalid_option` for options that contradict each other or are malformed. Development only. */
export const checkRequestOptions = (caller: string, { timeout, retry, idempotent }: RequestOptions): void => {
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0)) {
    const message = `${caller}: expected "timeout" to be a number of milliseconds, 0 or more, got ${show(timeout)}.`
    throw codedError('invalid_option', message)
  }
  if (retry && !idempotent) {
    const message = `${caller}: expected "idempotent: true" beside "retry: true", because a request that is sent twice may be served twice. Add it if that does no harm; otherwise leave "retry" out.`
    throw codedError('invalid_option', message)
  }
}

const remove = (rpc: Rpc, id: number): PendingRequest | undefined => {
  const request = rpc.pending.get(id)
  rpc.pending.delete(id)
  request?.release()
  return request
}

const end = (rpc: Rpc, id: number, result: RequestResult<unknown>): void => remove(rpc, id)?.onEnd(result)

/** Takes the send of a request out of the queue. Returns whether it still waited there. */
const takeBack = ({ connection }: Rpc, { message, onTakenBack, sendId }: PendingRequest): boolean => {
  const isBack = withdraw(connection.queue, sendId)
  if (isBack) onTakenBack?.(message)
  return isBack
}

/** Ends a request with a failure. One that still waits is not sent; for one that was sent, the server is asked to cancel it. */
export const giveUp = (rpc: Rpc, id: number, problem: RpcProblem): void => {
  const { connection, dialect, guard, pending, send } = rpc
  const request = pending.get(id)
  if (!request) return
  const hadWaited = takeBack(rpc, request)
  end(rpc, id, { error: problem })
  if (hadWaited || connection.phase() !== 'open') return
  const cancel = guard('dialect.cancel', () => dialect.cancel?.(id))
  if (cancel) send(toWire(cancel, dialect), { whenOffline: 'drop' })
}

/** Takes a request back that still waits in the queue: it does not end. Returns whether it waited. */
export const withdrawRequest = (rpc: Rpc, id: number): boolean => {
  const request = rpc.pending.get(id)
  const isBack = request !== undefined && takeBack(rpc, request)
  if (isBack) remove(rpc, id)
  return isBack
}

/** Removes a request: it does not end, and is not sent any more. */
export const forget = (rpc: Rpc, id: number): void => {
  const request = remove(rpc, id)
  if (request) takeBack(rpc, request)
}

/** Starts what may end a request before its reply. Returns a function that stops it. */
const watch = (rpc: Rpc, id: number, { timeout = 10_000, signal }: RequestOptions): Cancel => {
  const cancelTimer = after(timeout, () => giveUp(rpc, id, requestErrors.timeout(timeout)))
  const abort = () => giveUp(rpc, id, requestErrors.aborted())
  signal?.addEventListener('abort', abort)
  return () => {
    cancelTimer()
    signal?.removeEventListener('abort', abort)
  }
}

/** Puts a request into the table, unsent. */
export const addRequest = (
  rpc: Rpc,
  call: RpcCall,
  options: RequestOptions,
  onEnd: OnEnd,
  extra?: Partial<PendingRequest>,
): PendingRequest => {
  const id = ++rpc.lastId
  const { idempotent = false, retry = idempotent } = options
  const request: PendingRequest = {
    id,
    message: toWire(call, rpc.dialect, id),
    sendId: rpc.prefix + id,
    mayRepeat: idempotent && retry,
    onEnd,
    release: watch(rpc, id, options),
    ...extra,
  }
  rpc.pending.set(id, request)
  return request
}

/** Sends past the queue. What the codec throws, or rejects with, drops the request. */
const sendDirectly = ({ connection }: Rpc, { message, sendId }: PendingRequest, direct: DirectSend): SendResult => {
  const drop = () => ({ id: sendId, ...connection.events.refuse('invalid', sendId) })
  try {
    const sending = direct(message)
    if (isPromiseLike(sending)) sending.then(undefined, drop)
    return { id: sendId, delivery: 'sent' }
  } catch {
    return drop()
  }
}

/** A request that was sent, or that waits in the queue. */
export interface Asked {
  readonly id: number
  readonly result: SendResult
}

/**
 * Sends a request. `onEnd` is called once, and never before this returns: a send that is dropped at once is reported after the task under way. With `link`, a link that is not ready yet, it goes out at once.
 */
export const ask = (rpc: Rpc, call: RpcCall, options: RequestOptions, onEnd: OnEnd, link?: Link): Asked => {
  const direct = link ? createValueSender(link, rpc.pipeline.encode).send : rpc.direct
  const request = addRequest(rpc, call, options, onEnd, link && { mayRepeat: false, isEarly: true })
  const { id, message, sendId } = request
  const { whenOffline = 'queue' } = options
  const result = direct ? sendDirectly(rpc, request, direct) : rpc.send(message, { id: sendId, whenOffline })
  return { id, result }
}

/** Ends the request that a reply is for. Returns whether there ever was one. */
export const settleRequest = (rpc: Rpc, reply: RpcReply): boolean => {
  const id = numberOf(reply)
  if (!id || id > rpc.lastId) return false
  end(rpc, id, resultOf(reply))
  return true
}

/** Ends the requests whose sends were dropped. */
export const endDropped = (rpc: Rpc, { reason, ids }: SocketEvents['dropped']): void => {
  // Whether these arrived is not known. The loss of the socket ends them.
  if (reason === 'indeterminate') return
  const dropped = new Set(ids)
  for (const { id, sendId } of Array.from(rpc.pending.values())) {
    if (dropped.has(sendId)) end(rpc, id, { error: droppedFailure(reason) })
  }
}

/** The requests that were sent on the socket, not those that wait in the queue. */
const sentRequests = ({ connection, pending }: Rpc): readonly PendingRequest[] => {
  const waiting = new Set(Array.from(connection.queue?.entries ?? [], ({ id }) => id))
  return Array.from(pending.values()).filter(({ sendId }) => !waiting.has(sendId))
}

/** The socket is gone. With `isOver` no other follows, so nothing is sent again. */
export const endLost = (rpc: Rpc, isOver: boolean): void => {
  for (const { id, mayRepeat } of sentRequests(rpc)) {
    if (isOver || !mayRepeat) end(rpc, id, { error: requestErrors.disconnected() })
  }
}

/** Sends again what was sent on a socket that is gone and may be repeated. */
export const repeat = (rpc: Rpc, direct: DirectSend): void => {
  for (const request of sentRequests(rpc)) {
    if (request.mayRepeat) sendDirectly(rpc, request, direct)
  }
}

/** Takes the reply to a request of a handshake out of the frames that arrive before the connection is ready. Returns whether the frame was that. */
export const takeEarlyReply = (rpc: Rpc, frame: ReceivedFrame): boolean => {
  const { connection, dialect, pending, pipeline } = rpc
  // Decodes only while a handshake waits for a reply.
  const early = connection.phase() === 'open' ? [] : Array.from(pending.values()).filter(({ isEarly }) => isEarly)
  if (!early.length) return false
  if (!isWithinSizeLimit(rpc, frame)) return true
  try {
    const message = pipeline.decode(frame)
    if (isPromiseLike(message)) {
      message.then(undefined, () => {})
      const text = __DEV__ ? 'A request inside a handshake needs a codec that is not asynchronous.' : ''
      for (const { id } of early) giveUp(rpc, id, failure('unsupported', text))
    } else if (isReply(message, dialect) && pending.get(numberOf(message))?.isEarly) return settleRequest(rpc, message)
  } catch {
    // Reported when the frame is delivered.
  }
  return false
}
