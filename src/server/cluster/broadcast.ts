import type { Channels } from '../connection/channels.js'
import { createSharedPackets } from '../connection/packets.js'
import type { ServerOutbound } from '../connection/outbound.js'
import type { ConnectionRegistry } from '../connection/registry.js'
import type { ServerContext } from '../context.js'
import { encodeFailed } from '../report.js'
import { validateOrReport } from '../schema.js'
import type { ChannelHistory } from '../history/channelHistory.js'
import type { Except, PublishResult, ServerConnection } from '../types.js'
import type { Cluster } from './cluster.js'

/** Sends to the clients of this node. Nothing here throws: what fails is reported, and reaches no client. */
export interface LocalDelivery {
  /** Sends to all clients. Returns the number of those that were reached. */
  readonly toAll: (value: unknown, except?: Except) => number
  /** Sends to the subscriptions of a channel. Returns the number of those that were reached. */
  readonly toChannel: (channel: string, data: unknown) => number
}

/** What {@link createLocalDelivery} needs. */
export interface LocalDeliveryConfig extends Pick<ServerContext, 'report' | 'guardFor'> {
  readonly registry: ConnectionRegistry
  readonly channels: Channels
}

/** Creates the delivery to the clients of this node. */
export const createLocalDelivery = (config: LocalDeliveryConfig): LocalDelivery => {
  const { registry, channels, report, guardFor } = config

  const createExceptTest = (except: Except | undefined): ((connection: ServerConnection) => boolean) | undefined => {
    if (except === undefined) return undefined
    if (typeof except === 'function') {
      // A predicate that throws leaves the connection out: a message to the wrong client would be worse.
      return (connection) => guardFor(connection)('The predicate "except"', () => except(connection)) ?? true
    }
    const excepted = new Set(([] as ServerConnection[]).concat(except as ServerConnection[]))
    return (connection) => excepted.has(connection)
  }

  return {
    toAll: (value, except) => {
      const packetFor = createSharedPackets(value, (error) => report(encodeFailed(error)))
      const isExcepted = createExceptTest(except)
      let reached = 0
      const send = (outbound: ServerOutbound): void => {
        const packet = packetFor(outbound.codec)
        if (packet && outbound.sendPacket(packet)) reached++
      }
      if (isExcepted) {
        for (const { view, outbound } of registry.all()) if (!isExcepted(view)) send(outbound)
      } else {
        for (const outbound of registry.outbounds()) send(outbound)
      }
      return reached
    },
    toChannel: channels.publish,
  }
}

/** Sends to the clients of all nodes. Nothing here throws. */
export interface Broadcaster {
  /** Sends to all clients. Returns the number of those of this node that were reached. */
  readonly broadcast: (value: unknown, except?: Except) => number
  /**
   * Sends to the subscriptions of a channel. Resolves with the number of those of this node that were reached, once the bus has the message. Rejects with
   * what the bus rejects with.
   */
  readonly publish: (channel: string, data: unknown) => Promise<PublishResult>
  /** Resolves when the bus has all that was sent so far. Rejects with the first failure since the last call. */
  readonly flush: () => Promise<void>
}

/** Creates the sending to all nodes. */
export const createBroadcaster = (
  context: Pick<ServerContext, 'sendSchema' | 'report'>,
  local: LocalDelivery,
  cluster: Pick<Cluster, 'send'>,
  history: ChannelHistory,
): Broadcaster => {
  const pending = new Set<Promise<unknown>>()
  let failure: { readonly error: unknown } | undefined
  /** Lets `flush` wait for it. */
  const track = <Sent extends Promise<unknown>>(sent: Sent): Sent => {
    pending.add(sent)
    sent.then(
      () => pending.delete(sent),
      (error: unknown) => {
        pending.delete(sent)
        failure ??= { error }
      },
    )
    return sent
  }
  const send = (value: unknown, channel?: string): Promise<void> => {
    const sent = cluster.send(value, channel)
    return sent ? track(sent) : Promise.resolve()
  }
  const publish = async (channel: string, data: unknown): Promise<PublishResult> => {
    if (!history.has(channel)) {
      const reached = local.toChannel(channel, data)
      await send(data, channel)
      return { reached }
    }
    const stored = track(history.publish(channel, data))
    // Nodes that do not share their histories get the data, and store it themselves.
    if (!history.isShared) await send(data, channel)
    return await stored
  }
  return {
    broadcast: (value, except) => {
      const valid = validateOrReport(context, value)
      if (!valid) return 0
      const reached = local.toAll(valid.value, except)
      // A predicate cannot be sent to other nodes, and without it the message would reach clients that it leaves out.
      if (typeof except !== 'function') void send(valid.value)
      return reached
    },
    publish: (channel, data) => {
      const published = publish(channel, data)
      // Reported, also when nobody awaits it.
      published.catch(() => {})
      return published
    },
    flush: async () => {
      await Promise.allSettled(pending)
      const { error } = failure ?? {}
      const hasFailed = failure !== undefined
      failure = undefined
      if (hasFailed) throw error
    },
  }
}
