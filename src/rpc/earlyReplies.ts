import type { ReceivedFrame } from '../internal/bytes.js'
import type { RpcReply } from '../internal/jsonRpc.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import { isWithinSizeLimit } from '../middleware/inbound.js'
import { failure } from './failures.js'
import { isReply, numberOf } from './messages.js'
import { giveUp, settleRequest } from './requests.js'
import type { Rpc } from './rpc.js'

/** Takes the reply to a request of a handshake, or to a batch of such requests, out of the frames that arrive before the connection is ready. Returns whether the frame was that. */
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
      for (const request of early) giveUp(rpc, request, failure('unsupported', text))
      return false
    }
    const replies = ([] as unknown[]).concat(message) as RpcReply[]
    const isOurs = replies.every((reply) => isReply(reply, dialect) && pending.get(numberOf(reply))?.isEarly)
    if (isOurs) for (const reply of replies) settleRequest(rpc, reply)
    return isOurs && replies.length > 0
  } catch {
    // Reported when the frame is delivered.
  }
  return false
}
