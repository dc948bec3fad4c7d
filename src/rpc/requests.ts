import type { SendResult, SocketEvents } from '../connection/types.js'
import { withdraw } from '../connection/sendQueue.js'
import { after, type Cancel } from '../internal/clock.js'
import type { Link } from '../connection/hooks.js'
import { createValueSender } from '../features/valueSender.js'
import { codedError, show } from '../internal/errors.js'
import type { RpcCall, RpcId, RpcReply } from '../internal/jsonRpc.js'
import { requestDirectly, sentRequests } from './directSends.js'
import { droppedFailure, requestErrors, resultOf } from './failures.js'
import { numberOf, toWire } from './messages.js'
import type { OnEnd, PendingRequest, Rpc } from './rpc.js'
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

/** Takes a request out of the table. Returns whether it was there. */
const remove = ({ pending, window }: Rpc, request: PendingRequest): boolean => {
  const isThere = !request.isOver
  request.isOver = true
  pending.delete(request.id)
  request.release()
  window.leave(request)
  return isThere
}

const end = (rpc: Rpc, request: PendingRequest, result: RequestResult<unknown>): void => {
  if (remove(rpc, request)) request.onEnd(result)
}

/** Takes the send of a request out of the window or the queue. Returns whether it still waited there. */
const takeBack = ({ connection, window }: Rpc, request: PendingRequest): boolean => {
  const { message, onTakenBack, sendId } = request
  if (window.withdraw(request)) return true
  const isBack = withdraw(connection.queue, sendId)
  if (isBack) onTakenBack?.(message)
  return isBack
}

/** Ends a request with a failure. One that still waits is not sent; for one that was sent, the server is asked to cancel it. */
export const giveUp = (rpc: Rpc, request: PendingRequest, problem: RpcProblem): void => {
  const { connection, dialect, guard, send } = rpc
  if (request.isOver) return
  const hadWaited = takeBack(rpc, request)
  end(rpc, request, { error: problem })
  const phase = connection.phase()
  // The protocol stays online while a session is suspended: the server learns it after the resume.
  if (hadWaited || !rpc.isOnline || phase === 'closing') return
  const cancel = guard('dialect.cancel', () => dialect.cancel?.(request.id))
  if (cancel) send(toWire(cancel, dialect), phase === 'open' ? { whenOffline: 'drop' } : {})
}

/** Takes a request back that still waits in the queue: it does not end. Returns whether it waited. */
export const withdrawRequest = (rpc: Rpc, request: PendingRequest): boolean => {
  const isBack = !request.isOver && takeBack(rpc, request)
  if (isBack) remove(rpc, request)
  return isBack
}

/** Removes a request: it does not end, and is not sent any more. */
export const forget = (rpc: Rpc, request: PendingRequest): void => {
  if (remove(rpc, request)) takeBack(rpc, request)
}

/** Starts what may end a request before its reply. Returns a function that stops it. */
const watch = (rpc: Rpc, request: () => PendingRequest, { timeout = 10_000, signal }: RequestOptions): Cancel => {
  const cancelTimer = after(timeout, () => giveUp(rpc, request(), requestErrors.timeout(timeout)))
  const abort = () => giveUp(rpc, request(), requestErrors.aborted())
  signal?.addEventListener('abort', abort)
  return () => {
    cancelTimer()
    signal?.removeEventListener('abort', abort)
  }
}

/** Puts a request into the table, unsent. */
export const addRequest = (
  rpc: Rpc,
  call: RpcCall<RpcId>,
  options: RequestOptions,
  onEnd: OnEnd,
  extra: Partial<PendingRequest>,
): PendingRequest => {
  const id = ++rpc.lastId
  const { idempotent = false, retry = idempotent } = options
  const request: PendingRequest = {
    id,
    message: toWire(call, rpc.dialect, id),
    sendId: rpc.prefix + id,
    mayRepeat: idempotent && retry && !extra.isEarly,
    onEnd,
    isOver: false,
    release: watch(rpc, () => request, options),
    ...extra,
  }
  rpc.pending.set(id, request)
  return request
}

/** A request that was sent, or that waits in the queue. */
export interface Asked {
  readonly request: PendingRequest
  readonly result: SendResult
}

/**
 * Sends a request. `onEnd` is called once, and never before this returns: a send that is dropped at once is reported after the task under way. With `link`, a link that is not ready yet, it goes out at once.
 */
export const ask = (rpc: Rpc, call: RpcCall<RpcId>, options: RequestOptions, onEnd: OnEnd, link?: Link): Asked => {
  const direct = link ? createValueSender(link, rpc.pipeline.encode).send : rpc.direct
  const request = addRequest(rpc, call, options, onEnd, { isEarly: link !== undefined })
  const { message, sendId } = request
  const { whenOffline = 'queue' } = options
  const result = direct ? requestDirectly(rpc, request, direct) : rpc.send(message, { id: sendId, whenOffline })
  return { request, result }
}

/** Ends the request that a reply is for. Returns whether there ever was one. */
export const settleRequest = (rpc: Rpc, reply: RpcReply): boolean => {
  const id = numberOf(reply)
  if (!id || id > rpc.lastId) return false
  const request = rpc.pending.get(id)
  if (request) end(rpc, request, resultOf(reply))
  return true
}

/** Ends the requests whose sends were dropped. */
export const endDropped = (rpc: Rpc, { reason, ids }: SocketEvents['dropped']): void => {
  // Whether these arrived is not known. The loss of the socket ends them.
  if (reason === 'indeterminate') return
  const dropped = new Set(ids)
  for (const request of Array.from(rpc.pending.values())) {
    if (!dropped.has(request.sendId)) continue
    request.wasDropped = true
    end(rpc, request, { error: droppedFailure(reason) })
  }
}

/** The socket is gone. With `isOver` no other follows, so nothing is sent again. */
export const endLost = (rpc: Rpc, isOver: boolean): void => {
  for (const request of sentRequests(rpc)) {
    if (isOver || !request.mayRepeat) end(rpc, request, { error: requestErrors.disconnected() })
    else rpc.window.leave(request)
  }
}
