import { closeWithout } from '../connection/closeInfo.js'
import { reencode } from '../connection/encodings.js'
import type { Link } from '../connection/hooks.js'
import { createAsyncSequencer } from '../internal/asyncSequencer.js'
import { byteLength, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { codedError, problemOf, show } from '../internal/errors.js'
import { mapMaybePromise } from '../internal/maybePromise.js'
import type { Codec } from '../codec/types.js'
import type { ConnectionContext, Feature, FeatureContext } from '../middleware/feature.js'
import { isWithinSizeLimit, refuseFrame } from '../middleware/inbound.js'
import * as order from '../middleware/order.js'
import { toFrame } from '../middleware/pipeline.js'
import { asyncQueueSettings } from './async.js'
import { formerFrames } from './formerFrames.js'

/** A codec of which a frame has any number of messages: what `framed` takes. */
export interface MultiMessageCodec<Send = unknown, Receive = unknown, Sent extends Frame = Frame> extends Omit<
  Codec<Send, Receive, Sent>,
  'decode' | 'feature' | 'perSocket'
> {
  /**
   * Decodes one frame to its messages, in their order. An empty array is a frame without a message: a keep-alive, or a part of a message that is not
   * complete yet. May return a promise: later frames wait for it.
   */
  decode(this: void, frame: ReceivedFrame): readonly Receive[] | Promise<readonly Receive[]>
}

/** One message of a frame. It takes the place of the frame in every later step. */
class Part {
  readonly message: unknown
  readonly byteLength: number
  constructor(message: unknown, bytes: number) {
    this.message = message
    this.byteLength = bytes
  }
}

/** The codec of one connection. One that is made for each socket is replaced when a socket opens. */
interface CurrentCodec {
  codec: MultiMessageCodec
}

const toMessages = (decoded: unknown): readonly unknown[] => {
  if (Array.isArray(decoded)) return decoded
  throw codedError(
    'invalid_frame',
    __DEV__ ? `framed(): expected decode to return an array of messages, got ${show(decoded)}.` : '',
  )
}

/** Passes the messages of a frame on, each as if it had come in a frame of its own. The first one counts the bytes. */
const passOn = (
  { connection }: FeatureContext,
  frame: ReceivedFrame,
  messages: readonly unknown[],
  isHandled: (part: never) => boolean,
): void => {
  let bytes = byteLength(frame)
  for (const message of messages) {
    const part = new Part(message, bytes) as never
    bytes = 0
    if (!isHandled(part)) connection.deliver(part)
  }
}

type CurrentOf = (context: ConnectionContext) => CurrentCodec

/** Converts values by the codec of the connection, not by the one of the options, which all connections share. */
const codecFeature = (currentOf: CurrentOf, isPerSocket: boolean): Feature<never> => ({
  options: [],
  order: order.framedCodec,
  settings: asyncQueueSettings,
  pipeline: (_base, context) => {
    const current = context.part(currentOf)
    const encode = (value: unknown) => mapMaybePromise(current.codec.encode(value), toFrame)
    return { encode, toFrame: encode, decode: (frame) => (frame as unknown as Part).message, mayChange: isPerSocket }
  },
})

const messagesFeature = (currentOf: CurrentOf, create?: () => MultiMessageCodec): Feature<never> => ({
  options: [],
  order: order.framing,
  create: (context) => {
    const { connection, hooks, part, taskQueue } = context
    const current = part(currentOf)
    const sequencer = createAsyncSequencer(taskQueue.enqueue)
    const codecs = new WeakMap<Link, MultiMessageCodec>()
    const isTaken = (frame: ReceivedFrame) => hooks.some('onFrame', frame)
    const decode = (codec: MultiMessageCodec, frame: ReceivedFrame, isHandled = isTaken) => {
      if (!isWithinSizeLimit(context, frame)) return
      const fail = (error: unknown) => refuseFrame(context, frame, error)
      try {
        const onDecoded = (decoded: unknown) => passOn(context, frame, toMessages(decoded), isHandled)
        sequencer.push(codec.decode(frame), onDecoded, fail, byteLength(frame))
      } catch (error) {
        sequencer.push(undefined, () => fail(error), fail)
      }
    }
    // A handshake of the present socket must not read messages of a former one.
    part(formerFrames).deliver = (link, frame, isHandled) => decode(codecs.get(link) ?? current.codec, frame, isHandled)
    return {
      onSocketOpen: (link) => {
        try {
          if (create) current.codec = create()
        } catch (error) {
          link.lose({ problem: problemOf(error, 'callback_failed'), close: closeWithout('abandoned') })
        }
        codecs.set(link, current.codec)
        link.socket.binaryType = current.codec.binaryType ?? 'arraybuffer'
      },
      onFrame: (frame) => {
        if ((frame as unknown) instanceof Part) return false
        decode(current.codec, frame)
        return true
      },
      // After the handshake and the protocol: what waits is encoded in the order in which it goes out.
      resume: () => {
        if (create && connection.queue) reencode(connection.queue)
      },
      decoding: sequencer.pending,
      onLost: sequencer.cancelPending,
      onClosing: sequencer.cancelPending,
    }
  },
})

/**
 * A codec of which a frame has several messages, one or none. They are delivered one by one, in their order, and each passes handshake, protocol, schema and
 * `accept` by itself. When `decode` throws, the whole frame is reported as `invalid_frame`. A function is called for each connection and for each socket
 * that opens: its codec may keep state, such as the beginning of a message whose end comes in a later frame. Not for the option `codecs`. Functions of
 * `respondToPing` and `heartbeat.reply` see each message as `message`; their `frame` is then no text or bytes. See docs/messages.md.
 *
 * @example
 * const lines = framed({
 *   encode: (line: string) => line,
 *   decode: (frame) => String(frame).split('\n'),
 *   isPlain: true,
 * })
 */
export const framed = <Send, Receive, Sent extends Frame = Frame>(
  codec: MultiMessageCodec<Send, Receive, Sent> | (() => MultiMessageCodec<Send, Receive, Sent>),
): Codec<Send, Receive, Sent> => {
  const perSocket = (typeof codec === 'function' ? codec : () => codec) as () => MultiMessageCodec
  const currentOf = (): CurrentCodec => ({ codec: perSocket() })
  const isPerSocket = typeof codec === 'function'
  const first = perSocket() as MultiMessageCodec<Send, Receive, Sent>
  return {
    ...first,
    // The features decode. Where they are missing, a frame is refused: its messages are not one message.
    decode: () => {
      throw codedError(
        'invalid_option',
        __DEV__ ? 'framed(): expected to be the option "codec". A list of codecs cannot contain it.' : '',
      )
    },
    feature: [codecFeature(currentOf, isPerSocket), messagesFeature(currentOf, isPerSocket ? perSocket : undefined)],
    perSocket,
  }
}
