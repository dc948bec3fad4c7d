import type { SendResult } from '../actions/commands.js'
import { byteLength, type Frame } from '../internal/bytes.js'
import { ignoreRejection, isPromiseLike } from '../internal/maybePromise.js'
import type { DirectSend, PendingRequest, Rpc } from './rpc.js'

// What goes out past the queue: requests of a handshake, subscriptions and repeated requests of a connection that resumes. Some servers expect the
// numbers of requests to rise on each connection, so a request that was numbered before those is numbered again when it goes out after them.

const renumber = ({ pending }: Rpc, request: PendingRequest, id: number): void => {
  pending.delete(request.id)
  request.id = id
  // Not copied: the queue keeps a function that encodes this object again.
  Object.assign(request.message, { id })
  pending.set(id, request)
}

/** Sends past the queue. What the codec throws, or rejects with, drops the send. */
export const sendDirectly = ({ connection }: Rpc, id: string, message: unknown, direct: DirectSend): SendResult => {
  const drop = () => ({ id, ...connection.events.refuse('invalid', id) })
  try {
    const sending = direct(message)
    if (isPromiseLike(sending)) sending.then(undefined, drop)
    return { id, delivery: 'sent' }
  } catch {
    return drop()
  }
}

/** Sends a request past the queue. */
export const requestDirectly = (rpc: Rpc, request: PendingRequest, direct: DirectSend): SendResult => {
  if (request.id < rpc.lastDirect) renumber(rpc, request, ++rpc.lastId)
  rpc.lastDirect = request.id
  return sendDirectly(rpc, request.sendId, request.message, direct)
}

/** The requests that were sent on the socket, not those that wait in the queue. */
export const sentRequests = ({ connection, pending }: Rpc): readonly PendingRequest[] => {
  const waiting = new Set(Array.from(connection.queue?.entries ?? [], ({ id }) => id))
  return Array.from(pending.values()).filter(({ sendId }) => !waiting.has(sendId))
}

/** Sends again what was sent on a socket that is gone and may be repeated. */
export const repeat = (rpc: Rpc, direct: DirectSend): void => {
  for (const request of sentRequests(rpc)) {
    if (request.mayRepeat) requestDirectly(rpc, request, direct)
  }
}

/**
 * Right before the queue is flushed: gives what waits numbers above those that went out directly. The calls of a batch keep theirs, and so do all calls where
 * the codec is asynchronous.
 */
export const renumberWaiting = (rpc: Rpc): void => {
  const { connection, guard, lastDirect, pending, pipeline } = rpc
  const { queue } = connection
  if (!queue || !lastDirect) return
  const requests = new Map(Array.from(pending.values(), (request) => [request.sendId, request]))
  for (const entry of queue.entries) {
    const request = requests.get(entry.id)
    if (!request || request.onTakenBack || entry.encoded === undefined) continue
    if (request.id < rpc.lastDirect) {
      const frame = guard('codec', () => pipeline.encode({ ...request.message, id: rpc.lastId + 1 }))
      if (frame === undefined || ignoreRejection(frame)) continue
      renumber(rpc, request, ++rpc.lastId)
      entry.encoded = frame as Frame
      queue.bytes -= entry.bytes
      queue.bytes += entry.bytes = byteLength(entry.encoded)
    }
    rpc.lastDirect = request.id
  }
}
