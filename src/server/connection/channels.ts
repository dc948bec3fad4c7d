import type { ChannelPosition } from '../../internal/channelPosition.js'
import type { MaybePromise } from '../../internal/maybePromise.js'
import type { Report } from '../problems.js'
import { encodeFailed } from '../report.js'
import { pushNotification } from '../rpc/messages.js'
import type { ServerCodec, ServerConnection } from '../types.js'
import { createSharedPackets, type PendingPacket } from './packets.js'

/** A subscription as a channel sees it. */
export interface Subscriber {
  /** The id of the subscription. */
  readonly id: string
  readonly channel: string
  readonly connection: ServerConnection
  readonly codec: ServerCodec
  readonly sendPacket: (packet: PendingPacket) => boolean
}

/** What a client that subscribes to a channel with history is told. */
export interface JoinAnswer extends ChannelPosition {
  /** Whether everything after the position that it gave follows. */
  readonly recovered: boolean
}

/** The subscriptions of all connections of this node, by channel. */
export interface Channels {
  /**
   * For a channel with history: keeps what is published from now on until `join`, and reads what was published after `since`. Returns the answer for the
   * client; `undefined` for any other channel. Rejects when the history cannot be read.
   */
  readonly prepare: (subscriber: Subscriber, since: ChannelPosition | undefined) => MaybePromise<JoinAnswer> | undefined
  /** The client knows its subscription: sends what was kept for it, and from now on what is published. */
  readonly join: (subscriber: Subscriber) => void
  /** Ends a subscription, also one that was only prepared. */
  readonly leave: (subscriber: Subscriber) => void
  /** Sends data to the subscriptions of a channel. Returns the number of those that were reached. */
  readonly publish: (channel: string, data: unknown) => number
}

/** Creates an empty index. */
export const createChannels = (report: Report): Channels => {
  const onEncodeError = (error: unknown): void => report(encodeFailed(error))
  const channels = new Map<string, Set<Subscriber>>()
  return {
    prepare: () => undefined,
    join: (subscriber) => {
      const subscribers = channels.get(subscriber.channel) ?? new Set()
      channels.set(subscriber.channel, subscribers.add(subscriber))
    },
    leave: (subscriber) => {
      const subscribers = channels.get(subscriber.channel)
      subscribers?.delete(subscriber)
      if (subscribers?.size === 0) channels.delete(subscriber.channel)
    },
    publish: (channel, data) => {
      // Ids are short and alike (`posts#1` is the first of every connection), so one encoding serves most subscriptions.
      const packetsById = new Map<string, (codec: ServerCodec) => PendingPacket | undefined>()
      let reached = 0
      for (const { id, codec, sendPacket } of channels.get(channel) ?? []) {
        const packetFor = packetsById.get(id) ?? createSharedPackets(pushNotification(channel, data, id), onEncodeError)
        packetsById.set(id, packetFor)
        const packet = packetFor(codec)
        if (packet && sendPacket(packet)) reached++
      }
      return reached
    },
  }
}
