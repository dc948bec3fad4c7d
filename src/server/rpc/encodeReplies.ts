import type { Frame } from '../../internal/bytes.js'
import type { RpcReply } from '../../internal/jsonRpc.js'
import { isPromiseLike, type MaybePromise } from '../../internal/maybePromise.js'
import { encodeValue, type ConnectionCodec, type Encoder } from '../codecs.js'
import { internalErrorReply } from './messages.js'

/** Whether the codec can encode a value. `onError` gets what it throws. */
const isEncodable = (codec: Encoder, value: unknown, onError: (error: unknown) => void): MaybePromise<boolean> => {
  const fail = (error: unknown): false => {
    onError(error)
    return false
  }
  try {
    const frame = encodeValue(codec, value)
    return isPromiseLike(frame) ? frame.then(() => true, fail) : true
  } catch (error) {
    return fail(error)
  }
}

/** Returns the replies with an internal error in place of each that the codec cannot encode. */
const replaceUnencodable = async (
  codec: ConnectionCodec,
  reply: RpcReply | RpcReply[],
  onError: (error: unknown) => void,
): Promise<RpcReply | RpcReply[]> => {
  const replace = async (one: RpcReply): Promise<RpcReply> =>
    (await isEncodable(codec.createTrial?.() ?? codec, one, onError)) ? one : internalErrorReply(one.id ?? undefined)
  return Array.isArray(reply) ? await Promise.all(reply.map(replace)) : await replace(reply)
}

/**
 * Encodes the reply to calls: one reply, or a batch. In place of each that the codec cannot encode it has an internal error, because the client would wait
 * for it; `onError` gets what the codec throws. Returns a promise when the codec does, or when it has failed.
 */
export const encodeReplies = (
  codec: ConnectionCodec,
  reply: RpcReply | RpcReply[],
  onError: (error: unknown) => void,
): MaybePromise<Frame> => {
  const encodeRest = async (): Promise<Frame> =>
    await encodeValue(codec, await replaceUnencodable(codec, reply, onError))
  try {
    const frame = encodeValue(codec, reply)
    return isPromiseLike(frame) ? frame.then(undefined, encodeRest) : frame
  } catch {
    return encodeRest()
  }
}
