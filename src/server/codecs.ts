import { Buffer } from 'node:buffer'
import { byteLength, type Frame, type ReceivedFrame } from '../internal/bytes.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import type { ServerCodec } from './types.js'

/** A message as it goes to a socket. */
export interface Packet {
  readonly data: Frame | Buffer
  readonly options: { readonly binary: boolean }
}

const asText = { binary: false } as const
const asBytes = { binary: true } as const

/** A frame ready to go. */
export const toPacket = (frame: Frame): Packet => ({
  data: frame,
  options: typeof frame === 'string' ? asText : asBytes,
})

/** A frame ready to go to many: a text is turned into bytes once, and not by each socket. */
const toSharedPacket = (frame: Frame): Packet =>
  typeof frame === 'string' ? { data: Buffer.from(frame), options: asText } : { data: frame, options: asBytes }

/** A value through a codec. @throws what the codec throws */
export const encode = (codec: ServerCodec, value: unknown): Frame | PromiseLike<Frame> => codec.encode(value as never)

/** A packet, or one that its codec is still at; `undefined` where it failed. */
export type Packing = Packet | PromiseLike<Packet | undefined>

/** One packet for each codec, made when it is first needed; `undefined` where the codec cannot take the value. `onError` is told once for each. */
export const createPackets = (
  value: unknown,
  onError: (error: unknown) => void,
): ((codec: ServerCodec) => Packing | undefined) => {
  const packets = new Map<ServerCodec, Packing | undefined>()
  const make = (codec: ServerCodec): Packing | undefined => {
    if (packets.has(codec)) return packets.get(codec)
    let packet: Packing | undefined
    try {
      const frame = encode(codec, value)
      packet = isPromiseLike(frame)
        ? Promise.resolve(frame)
            .then(toSharedPacket)
            .catch((error: unknown) => {
              onError(error)
              return undefined
            })
        : toSharedPacket(frame)
    } catch (error) {
      onError(error)
    }
    packets.set(codec, packet)
    return packet
  }
  // Mostly all speak one codec: the last one is looked at before the table.
  let lastCodec: ServerCodec | undefined
  let last: Packing | undefined
  return (codec) => {
    if (codec !== lastCodec) {
      last = make(codec)
      lastCodec = codec
    }
    return last
  }
}

/** What `ws` hands over as the frame that codecs take. Its `binaryType` is `arraybuffer`. */
export const toFrame = (data: unknown, isBinary: boolean): ReceivedFrame =>
  isBinary ? (data as ArrayBuffer) : (data as Buffer).toString()

/** The size of a frame, near enough for a limit: a text counts its UTF-16 units. */
export const roughSize = (frame: ReceivedFrame): number =>
  typeof frame === 'string' ? frame.length : byteLength(frame)

/** Whether a codec is spoken with who asks for none: JSON is, though it can be asked for by its name. */
const isUnnamed = ({ subprotocol = 'json' }: ServerCodec): boolean => subprotocol === 'json'

/** Which codec and which subprotocol a client gets; `false` refuses all that it offered. */
export const chooseProtocol = (codecs: readonly ServerCodec[], offered: ReadonlySet<string>): string | false => {
  for (const protocol of offered) if (codecs.some(({ subprotocol }) => subprotocol === protocol)) return protocol
  // What no codec is called may be the app's own name for its protocol, or a token: spoken in the codec that needs no name.
  const [first] = offered
  return first !== undefined && codecs.some(isUnnamed) ? first : false
}

/** The codec of a connection with this subprotocol. */
export const codecFor = (codecs: readonly ServerCodec[], protocol: string): ServerCodec =>
  codecs.find(({ subprotocol }) => subprotocol === protocol) ?? codecs.find(isUnnamed) ?? codecs[0]!
