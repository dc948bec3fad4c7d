import type { Frame, ReceivedFrame } from '../../internal/bytes.js'
import { isPromiseLike } from '../../internal/maybePromise.js'
import type { BusCodec } from '../codecs.js'
import { createSharedPackets, type PendingPacket } from '../connection/packets.js'
import { pushNotification } from '../rpc/messages.js'
import type { ServerCodec } from '../types.js'

/** Converts an encoded frame to the one that is stored. @throws for a Blob */
export const toStoredFrame = (frame: Frame): ReceivedFrame => {
  if (typeof frame === 'string') return frame
  if (frame instanceof Blob)
    throw new TypeError(
      'Expected the codec to encode to a text or to bytes, got a Blob, which cannot be kept in a history.',
    )
  const bytes = ArrayBuffer.isView(frame) ? new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength) : frame
  // A copy: the app may reuse the buffer.
  return bytes instanceof Uint8Array ? bytes.slice().buffer : bytes.slice(0)
}

/** A publication of a channel with history, on its way to subscriptions. */
export interface Publication {
  readonly offset: number
  /** Returns the packet for a subscription of that id; `undefined` when it cannot be made, which is reported. */
  readonly packetFor: (id: string, codec: ServerCodec) => PendingPacket | undefined
}

/** What {@link createPublication} needs beside the publication. */
export interface PublicationConfig {
  readonly channel: string
  readonly codec: BusCodec
  readonly onEncodeError: (error: unknown) => void
}

type PacketFor = (codec: ServerCodec) => PendingPacket | undefined

/** Creates a publication out of the frame that is stored. It is decoded when the first subscription gets it, and encoded once for each id and codec. */
export const createPublication = (
  { channel, codec, onEncodeError }: PublicationConfig,
  offset: number,
  frame: ReceivedFrame,
): Publication => {
  let decoded: unknown
  let isDecoded = false
  const decode = (): unknown => {
    if (!isDecoded) decoded = codec.decode(frame)
    isDecoded = true
    return decoded
  }
  // Ids are short and alike (`posts#1` is the first of every connection), so one encoding serves most subscriptions.
  const packetsById = new Map<string, PacketFor>()
  const createPackets = (id: string, data: unknown): PacketFor =>
    createSharedPackets(pushNotification(channel, data, id, offset), onEncodeError)
  const packetsOf = (id: string, data: unknown): PacketFor => {
    const packets = packetsById.get(id) ?? createPackets(id, data)
    packetsById.set(id, packets)
    return packets
  }
  return {
    offset,
    packetFor: (id, target) => {
      try {
        const data = decode()
        if (!isPromiseLike(data)) return packetsOf(id, data)(target)
        return data.then(
          (value) => packetsOf(id, value)(target),
          (error: unknown) => {
            onEncodeError(error)
            return undefined
          },
        )
      } catch (error) {
        onEncodeError(error)
        return undefined
      }
    },
  }
}
