import type { Codec } from '../codec/types.js'
import type { ConnectionSettings } from '../connection/core.js'
import { encodeEntry, reencode } from '../connection/encodings.js'
import { createSendQueue } from '../connection/sendQueue.js'
import { createAsyncSequencer } from '../internal/asyncSequencer.js'
import { byteLength, type Frame } from '../internal/bytes.js'
import { codedError } from '../internal/errors.js'
import { isPromiseLike, mapMaybePromise, type MaybePromise } from '../internal/maybePromise.js'
import { aCodecList, checkMembers } from '../middleware/checkOptions.js'
import type { ConnectionContext, CreateInbound, Feature, Pipeline } from '../middleware/feature.js'
import { claimOf, isWithinSizeLimit, refuseFrame } from '../middleware/inbound.js'
import type { SocketMiddlewareOptions } from '../middleware/options.js'
import * as order from '../middleware/order.js'
import { toFrame } from '../middleware/pipeline.js'
import { toPlain } from '../middleware/plain.js'
import { toQueueLimits } from './queue.js'

/** Frames that wait for an async codec or schema, and their bytes: an endless peer must not fill the memory. */
const MAX_WAITING = 10_000
const MAX_WAITING_BYTES = 64 * 1024 * 1024

const backlog = (size: number): Error =>
  codedError(
    'receive_backlog',
    __DEV__ ? `${size} messages wait for the async codec or schema: this one is refused. Make them faster.` : '',
  )

/** The inbound step of an async pipeline. Decoding and checks run ahead; messages are delivered in the order of their frames. */
export const createAsyncInbound: CreateInbound = (context, deliver) => {
  const { hooks, pipeline, taskQueue } = context
  const sequencer = createAsyncSequencer(taskQueue.enqueue)
  return {
    onLost: sequencer.cancelPending,
    onClosing: sequencer.cancelPending,
    decoding: sequencer.pending,
    receive: (frame) => {
      if (!isWithinSizeLimit(context, frame)) return
      if (sequencer.size() >= MAX_WAITING || sequencer.bytes() >= MAX_WAITING_BYTES) {
        return refuseFrame(context, frame, backlog(sequencer.size()))
      }
      const fail = (error: unknown) => refuseFrame(context, frame, error)
      let take: ((message: unknown) => void) | undefined
      const deliverOrTake = (value: unknown) => (take ? take(value) : deliver(value, frame))
      let message: MaybePromise<unknown>
      try {
        const decoded = pipeline.decode(frame)
        message = mapMaybePromise(decoded, (value) => {
          const isTaken = isPromiseLike(decoded) && hooks.some('onDecoded', frame, value)
          take = claimOf(context, isTaken ? undefined : value)
          return take || !pipeline.check ? value : pipeline.check(value)
        })
      } catch (error) {
        return sequencer.push(undefined, () => fail(error), fail)
      }
      sequencer.push(message, deliverOrTake, fail, isPromiseLike(message) || sequencer.size() ? byteLength(frame) : 0)
    },
  }
}

/** A queue whose frames may still be encoded. */
export const asyncQueueSettings = ({ queue }: SocketMiddlewareOptions): Partial<ConnectionSettings> => ({
  createQueue: (context) => createSendQueue(context, toQueueLimits(queue), encodeEntry),
})

const toFrameLater = (encoded: unknown): MaybePromise<Frame> =>
  isPromiseLike(encoded) ? encoded.then(toFrameLater) : toFrame(encoded)

/** The codecs of one connection. Of several, the server chooses one; the last one is used when it chooses none. */
const codecsOf = ({ options: { codec, codecs = codec ? [codec] : [] } }: ConnectionContext) => {
  const all = codecs as readonly Codec[]
  let current = all[0]
  return {
    all,
    current: () => current,
    /** Returns whether the codec has changed. */
    choose: (protocol: string): boolean => {
      const before = current
      current = all.find(({ subprotocol }) => subprotocol === protocol) ?? all.at(-1)
      return current !== before
    },
  }
}

const asyncPipeline = (_base: Pipeline, context: ConnectionContext): Partial<Pipeline> => {
  const { all, current } = context.part(codecsOf)
  const common = { createInbound: createAsyncInbound, toPlain }
  if (!all.length) return common
  const codec = () => current()!
  const encode = (value: unknown) => toFrameLater(codec().encode(value))
  return {
    ...common,
    encode,
    decode: (frame) => codec().decode(frame),
    toFrame: encode,
    isPlain: () => !!codec().isPlain,
    isPlainText: all.some(({ plainText }) => plainText),
    mayChange: all.length > 1,
  }
}

/** Codecs that are asynchronous, that return other values than plain data, or that the server chooses from a list (`codecs`). See docs/codecs.md. */
export const asyncFeature: Feature<'codecs'> = {
  options: ['codecs'],
  order: order.codec,
  check: __DEV__
    ? ({ codec, codecs }) => {
        checkMembers({ codecs }, { codecs: aCodecList })
        if (!codec || !codecs) return
        throw codedError('invalid_option', 'createSocketMiddleware: expected "codec" or "codecs", got both.')
      }
    : undefined,
  settings: asyncQueueSettings,
  pipeline: asyncPipeline,
  create: ({ connection, part }) => {
    const { all, current, choose } = part(codecsOf)
    return {
      offer: () => (all.length > 1 ? all.flatMap(({ subprotocol = [] }) => subprotocol) : []),
      onSocketOpen: ({ socket }) => {
        const hasChanged = choose(socket.protocol)
        socket.binaryType = current()?.binaryType ?? 'arraybuffer'
        if (hasChanged && connection.queue) reencode(connection.queue)
      },
    }
  },
}
