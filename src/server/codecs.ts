import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import { mapMaybePromise, type MaybePromise } from '../internal/maybePromise.js'
import { codecOfSession, isOwnProtocol } from '../internal/sessionFrames.js'
import { isRpcMessage } from './rpc/messages.js'
import type { ServerCodec } from './types.js'

/** What encodes values. */
export type Encoder = Pick<ServerCodec, 'encode'>

/** The codec of values on the bus. A frame is one value. */
export type BusCodec = Pick<ServerCodec, 'encode' | 'decode'>

/** The codec of one connection. */
export interface ConnectionCodec extends ServerCodec {
  /** Creates a codec that shows whether a value can be encoded. Set where encoding changes the state of this one. */
  readonly createTrial?: () => Encoder
}

/** A codec of one socket, as `perSocket` returns it. */
interface SocketCodec extends Encoder {
  readonly decode: (frame: ReceivedFrame) => MaybePromise<readonly unknown[]>
}

/** Encodes a value. @throws what the codec throws */
export const encodeValue = (codec: Encoder, value: unknown): Frame | PromiseLike<Frame> => codec.encode(value as never)

/** Whether a codec serves clients that offer no subprotocol. JSON does, though clients may also ask for it by name. */
const servesWithoutName = ({ subprotocol = 'json' }: ServerCodec): boolean => subprotocol === 'json'

/** Whether a name stands for a session with one of the codecs. A codec that takes any text as data has no sessions. */
const namesSession = (codecs: readonly ServerCodec[], name: string): boolean => {
  const wanted = codecOfSession(name)
  if (wanted === undefined) return false
  return codecs.some((codec) => !codec.plainText && (wanted ? codec.subprotocol === wanted : servesWithoutName(codec)))
}

/**
 * Chooses the subprotocol of a connection: the client's first that names a codec, or a session with one if the server has sessions. `false` selects
 * none.
 */
export const chooseSubprotocol = (
  codecs: readonly ServerCodec[],
  offered: ReadonlySet<string>,
  hasSessions = false,
): string | false => {
  for (const name of offered) {
    if (codecs.some(({ subprotocol }) => subprotocol === name)) return name
    if (hasSessions && namesSession(codecs, name)) return name
  }
  // The app may define names of its own, or send a token as one: such a client gets the codec that needs no name.
  const first = Array.from(offered).find((name) => !isOwnProtocol(name))
  return first !== undefined && codecs.some(servesWithoutName) ? first : false
}

/** Returns the codec of a connection with this subprotocol. */
export const codecFor = (codecs: readonly ServerCodec[], subprotocol: string): ServerCodec =>
  codecs.find((codec) => codec.subprotocol === subprotocol) ?? codecs.find(servesWithoutName) ?? codecs[0]!

const isRpcIn = (codec: ServerCodec, frame: ReceivedFrame): boolean => {
  try {
    return isRpcMessage(codec.decode(frame))
  } catch {
    return false
  }
}

/**
 * The subprotocol of the codec that a client speaks although it did not offer it: `frame` is JSON-RPC in that codec, and not in the codec of the
 * connection. `undefined` for any other frame.
 */
export const findUnofferedCodec = (
  codecs: readonly ServerCodec[],
  codec: ServerCodec,
  frame: ReceivedFrame,
): string | undefined =>
  isRpcIn(codec, frame) ? undefined : codecs.find((other) => other !== codec && isRpcIn(other, frame))?.subprotocol

const socketCodecOf = ({ perSocket }: ServerCodec): SocketCodec | undefined => perSocket?.() as SocketCodec | undefined

/**
 * Creates the codec of a connection. It is the given one, which all connections share, unless `framed(create)` makes one for each socket: that may keep
 * state, also while it encodes.
 */
export const createConnectionCodec = (codec: ServerCodec): ConnectionCodec => {
  const own = socketCodecOf(codec)
  // Two instances with one function: encoding has no state of its own, so a broadcast is encoded once for all connections.
  if (!own || own.encode === codec.encode) return codec
  return {
    ...codec,
    encode: (value) => own.encode(value),
    perSocket: () => own,
    createTrial: () => socketCodecOf(codec) ?? codec,
  }
}

/** Creates the decoder of a connection: a frame is one message, several or none. */
export const createDecoder = (codec: ConnectionCodec): SocketCodec['decode'] => {
  const own = socketCodecOf(codec)
  if (own) return (frame) => own.decode(frame)
  return (frame) => mapMaybePromise(codec.decode(frame), (message) => (message === undefined ? [] : [message]))
}

const onlyOne = (messages: readonly unknown[]): unknown => {
  if (messages.length === 1) return messages[0]
  throw new TypeError(`expected a frame with one message, got ${messages.length}`)
}

/**
 * Creates the codec of values on the bus. Nodes join and leave it at any time, so a codec that is made for each socket is made for each value: a frame does
 * not depend on those before it.
 */
export const createBusCodec = (codec: ServerCodec): BusCodec =>
  codec.perSocket
    ? {
        encode: (value) => socketCodecOf(codec)!.encode(value),
        decode: (frame) => mapMaybePromise(socketCodecOf(codec)!.decode(frame), onlyOne),
      }
    : codec
