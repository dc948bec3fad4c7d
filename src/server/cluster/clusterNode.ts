import type { Channels } from '../connection/channels.js'
import type { ConnectionRegistry } from '../connection/registry.js'
import { createBusCodec } from '../codecs.js'
import type { ServerContext } from '../context.js'
import { createBroadcaster, createLocalDelivery, type Broadcaster } from './broadcast.js'
import { createCluster, type Cluster } from './cluster.js'
import { missedNotification } from '../rpc/messages.js'
import type { ChannelHistory } from '../history/channelHistory.js'
import { createPresence } from './presence.js'

/** This server as a node of its cluster: sends to the clients of all nodes, and counts them. */
export interface ClusterNode extends Broadcaster, Pick<Cluster, 'announceSoon' | 'close'> {
  /** Returns the number of connections of all nodes. */
  readonly count: () => number
  /** Emits `presence` if the connections of this node have changed the count. */
  readonly reportOwnChange: () => void
}

/** Tells the clients that have subscriptions without history that pushes may be missing: this node was cut off from the others. */
const tellMissed = (registry: ConnectionRegistry, { has }: ChannelHistory): void => {
  for (const { subscriptions, sendValue } of registry.all())
    if (subscriptions.list().some(({ channel }) => !has(channel))) sendValue(missedNotification)
}

/** Creates the node of a server. Without the option `bus` it is the only one of its cluster. */
export const createClusterNode = (
  context: ServerContext,
  registry: ConnectionRegistry,
  channels: Channels,
  history: ChannelHistory,
): ClusterNode => {
  const { options, limits, codecs, emit, report, guardFor } = context
  const { nodeTimeout } = limits
  const local = createLocalDelivery({ registry, channels, report, guardFor })
  const presence = createPresence({
    own: registry.size,
    nodeTimeout,
    onChange: (count) => emit('presence', count),
  })
  const cluster = createCluster({
    bus: options.bus,
    codec: createBusCodec(codecs[0]!),
    nodeTimeout,
    size: registry.size,
    presence,
    onValue: (value, channel) => {
      if (channel === undefined) local.toAll(value)
      else if (history.has(channel) && !history.isShared) void history.publish(channel, value)
      else local.toChannel(channel, value)
    },
    onStatus: (status) => emit('bus', status),
    onReconnected: () => {
      history.onMissed()
      tellMissed(registry, history)
    },
    report,
  })
  return {
    ...createBroadcaster(context, local, cluster, history),
    announceSoon: cluster.announceSoon,
    close: cluster.close,
    count: presence.count,
    reportOwnChange: presence.reportChange,
  }
}
