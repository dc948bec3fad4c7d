import { Buffer } from 'node:buffer'
import { ownCopy, type Frame } from '../../internal/bytes.js'
import { isPromiseLike, type MaybePromise } from '../../internal/maybePromise.js'
import { encodeValue } from '../codecs.js'
import type { ServerCodec } from '../types.js'

/** A frame as `ws` sends it. */
export interface Packet {
  readonly data: Frame | Buffer
  readonly options: { readonly binary: boolean }
}

/** A packet, or the promise of an asynchronous codec; it resolves with `undefined` when the codec failed. */
export type PendingPacket = Packet | PromiseLike<Packet | undefined>

/** The size of a packet, in bytes. */
export const sizeOfPacket = ({ data }: Packet): number =>
  typeof data === 'string' ? Buffer.byteLength(data) : 'size' in data ? data.size : data.byteLength

const TEXT = { binary: false } as const
const BINARY = { binary: true } as const

/** Creates the packet of a frame. A copy: `ws` may still read the bytes when the caller has changed them. */
export const toPacket = (frame: Frame): Packet => ({
  data: ownCopy(frame),
  options: typeof frame === 'string' ? TEXT : BINARY,
})

/** Creates a packet for many sockets: a text is converted to bytes once, and not by each socket. */
const toSharedPacket = (frame: Frame): Packet =>
  typeof frame === 'string' ? { data: Buffer.from(frame), options: TEXT } : toPacket(frame)

/**
 * Encodes a value for many connections, once for each codec, when it is first needed. The function returned gives the packet for a codec;
 * `undefined` when the codec cannot encode the value, which is reported to `onError` once.
 */
export const createSharedPackets = (
  value: unknown,
  onError: (error: unknown) => void,
): ((codec: ServerCodec) => PendingPacket | undefined) => {
  const packets = new Map<ServerCodec, PendingPacket | undefined>()
  const encodeFor = (codec: ServerCodec): PendingPacket | undefined => {
    if (packets.has(codec)) return packets.get(codec)
    let packet: PendingPacket | undefined
    try {
      packet = toPendingPacket(encodeValue(codec, value), onError)
    } catch (error) {
      onError(error)
    }
    packets.set(codec, packet)
    return packet
  }
  // Most often all connections have the same codec, so the last one is compared before the table is searched.
  let lastCodec: ServerCodec | undefined
  let lastPacket: PendingPacket | undefined
  return (codec) => {
    if (codec !== lastCodec) {
      lastPacket = encodeFor(codec)
      lastCodec = codec
    }
    return lastPacket
  }
}

const toPendingPacket = (frame: MaybePromise<Frame>, onError: (error: unknown) => void): PendingPacket =>
  isPromiseLike(frame)
    ? Promise.resolve(frame)
        .then(toSharedPacket)
        .catch((error: unknown) => {
          onError(error)
          return undefined
        })
    : toSharedPacket(frame)
