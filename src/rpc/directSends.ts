import type { Entry } from '../connection/sendQueue.js'
import type { SendResult } from '../connection/types.js'
import { isFrame } from '../internal/bytes.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import type { DirectSend, PendingRequest, Rpc } from './rpc.js'

// What goes out past the queue: requests of a handshake, subscriptions and repeated requests of a connection that resumes. Some servers expect the
// numbers of requests to rise on each connection, so a request that was numbered before those is numbered again when it goes out after them.

const renumber = (rpc: Rpc, request: PendingRequest): void => {
  rpc.pending.delete(request.id)
  request.message.id = request.id = ++rpc.lastId
  rpc.pending.set(request.id, request)
}

/** Sends past the queue. What the codec throws, or rejects with, drops the send. */
export const sendDirectly = ({ connection }: Rpc, id: string, message: unknown, direct: DirectSend): SendResult => {
  const drop = () => connection.events.refuse('invalid', id)
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
  if (request.id < rpc.lastDirect) renumber(rpc, request)
  rpc.lastDirect = request.id
  return sendDirectly(rpc, request.sendId, request.message, direct)
}

/** What waits in the queue, by the ids of the sends. */
const waitingEntries = ({ connection }: Rpc) =>
  new Map(Array.from(connection.queue?.entries ?? [], (entry) => [entry.id, entry]))

/** The requests that were sent on the socket, not those that wait in the queue. */
export const sentRequests = (rpc: Rpc): readonly PendingRequest[] => {
  const waiting = waitingEntries(rpc)
  return Array.from(rpc.pending.values()).filter(({ sendId }) => !waiting.has(sendId))
}

/** Gives a request that waits a number above those that went out directly, if it has a smaller one. */
const raise = (rpc: Rpc, request: PendingRequest, entry: Entry): void => {
  // The calls of a batch keep their numbers.
  if (entry.encoded === undefined || request.onTakenBack) return
  if (request.id < rpc.lastDirect) {
    const message = { ...request.message, id: rpc.lastId + 1 }
    const frame = rpc.guard('codec', () => rpc.pipeline.encode(message))
    // With a codec that is asynchronous it keeps its number.
    if (!isFrame(frame)) return
    renumber(rpc, request)
    // It has a digit more at most: its bytes stay as they were counted.
    entry.encoded = frame
  }
  rpc.lastDirect = request.id
}

/** Sends a request again when the window has room for it: on its own, also if it was part of a batch. */
const repeat = (rpc: Rpc, request: PendingRequest): void => {
  request.onTakenBack = undefined
  rpc.window.enter(request, () => {
    if (rpc.direct) requestDirectly(rpc, request, rpc.direct)
    else {
      // Others have gone out while it waited.
      renumber(rpc, request)
      request.sendId = rpc.prefix + request.id
      rpc.send(request.message, { id: request.sendId })
    }
  })
}

/**
 * The connection resumes, right before the queue is flushed: sends again what was sent on a socket that is gone and may be repeated, and sees to the numbers of
 * what waits, which was asked for later.
 */
export const resumeRequests = (rpc: Rpc): void => {
  const waiting = waitingEntries(rpc)
  for (const request of Array.from(rpc.pending.values())) {
    const entry = waiting.get(request.sendId)
    if (entry) raise(rpc, request, entry)
    else if (request.mayRepeat) repeat(rpc, request)
  }
}
