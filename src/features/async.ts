import type { Codec } from '../codec/types.js'
import type { ConnectionSettings } from '../connection/settings.js'
import { encodings } from '../connection/encodings.js'
import { createSendQueue } from '../connection/sendQueue.js'
import { byteLength, isFrame, type Frame } from '../internal/bytes.js'
import { codedError, show } from '../internal/errors.js'
import { createAsyncSequencer } from '../internal/asyncSequencer.js'
import { isPromiseLike, mapMaybePromise, type MaybePromise } from '../internal/maybePromise.js'
import type { ConnectionContext, Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { claimOf, type CreateInbound } from '../middleware/inbound.js'
import type { Pipeline } from '../middleware/pipeline.js'
import { toPlain } from '../middleware/plain.js'
import { withDefaults } from './queue.js'

/** Frames that wait for an async codec or schema, and their bytes: an endless peer must not fill the memory. */
const MAX_WAITING = 10_000
const MAX_WAITING_BYTES = 64 * 1024 * 1024

/** The way in of an asynchronous pipeline: as the synchronous one, and what is decoded earlier waits for what arrived earlier. */
export const createAsyncInbound: CreateInbound = ({ pipeline, hooks, router, frameGuard, taskQueue }) => {
  const sequence = createAsyncSequencer(taskQueue.enqueue)
  const isFull = () => sequence.size() >= MAX_WAITING || sequence.bytes() >= MAX_WAITING_BYTES
  const backlog = () =>
    codedError(
      'receive_backlog',
      __DEV__
        ? `${sequence.size()} messages wait for the codec or the schema, which are async: this one is refused. Make them faster.`
        : '',
    )
  return {
    onLost: sequence.cancelPending,
    onClosing: sequence.cancelPending,
    receive: (frame) => {
      if (!frameGuard.isWithinSizeLimit(frame)) return undefined
      if (isFull()) return frameGuard.refuse(frame, backlog())
      const failed = (error: unknown) => frameGuard.refuse(frame, error)
      let take: ((message: unknown) => void) | undefined
      const deliver = (message: unknown) => (take ? take(message) : router.deliver(message, frame))
      let message: MaybePromise<unknown>
      try {
        message = mapMaybePromise(pipeline.decode(frame), (value) => {
          take = claimOf(hooks, value)
          return take || !pipeline.check ? value : pipeline.check(value)
        })
      } catch (error) {
        sequence.push(undefined, () => failed(error), failed)
        return sequence.pending()
      }
      sequence.push(message, deliver, failed, isPromiseLike(message) || sequence.size() ? byteLength(frame) : 0)
      return sequence.pending()
    },
  }
}

/** A queue whose frames may be pending. Where the option `queue` is off, nothing waits in it for a connection. */
export const withQueue = ({
  queueLimits = withDefaults({ maxMessages: 0 }),
}: ConnectionSettings): Partial<ConnectionSettings> => ({
  createSends: (context) => createSendQueue(context, queueLimits, encodings),
})

const toFrame = (encoded: unknown): MaybePromise<Frame> => {
  if (isFrame(encoded)) return encoded
  if (isPromiseLike(encoded)) return encoded.then(toFrame)
  throw new TypeError(__DEV__ ? `The codec's encode gave ${show(encoded)}, expected a string or bytes.` : '')
}

/** The codecs of one connection: of several, the one that the server chose, the last one when it chose none. */
const codecsOf = ({ options }: ConnectionContext) => {
  const codecs = ([] as unknown[]).concat(options.codec ?? []) as Codec[]
  let current = codecs[0]
  return {
    codecs,
    current: () => current,
    /** Returns whether the codec is another one than before. */
    choose: (protocol: string): boolean => {
      const before = current
      current = codecs.find(({ subprotocol }) => subprotocol === protocol) ?? codecs.at(-1)
      return current !== before
    },
  }
}

const asyncPipeline = (base: Pipeline, context: ConnectionContext): Partial<Pipeline> => {
  const { codecs, current } = context.part(codecsOf)
  const first = codecs[0]
  if (!first) return { createInbound: createAsyncInbound, toPlain }
  const codec = () => current() ?? first
  const encode = (value: unknown) => toFrame(codec().encode(value))
  const decode: Pipeline['decode'] = (frame) => codec().decode(frame)
  return {
    encode,
    decode,
    toFrame: encode,
    toMessage: decode,
    isPlain: () => codec().isPlain === true,
    isPlainText: codecs.some(({ plainText }) => plainText),
    mayChange: codecs.length > 1,
    createInbound: createAsyncInbound,
    toPlain,
  }
}

/** Codecs that are async, make values that are not plain data, or are chosen by the server out of a list. */
export const asyncFeature: Feature<never> = {
  options: [],
  order: order.codec,
  settings: (_options, base) => withQueue(base),
  pipeline: asyncPipeline,
  create: ({ connection, part }) => {
    const { codecs, current, choose } = part(codecsOf)
    if (!codecs.length) return undefined
    return {
      offer: () => (codecs.length > 1 ? codecs.flatMap(({ subprotocol = [] }) => subprotocol) : []),
      onSocketOpen: ({ socket }) => {
        const hasChanged = choose(socket.protocol)
        socket.binaryType = current()?.binaryType ?? 'arraybuffer'
        if (hasChanged) connection.sends.reencode()
      },
    }
  },
}
