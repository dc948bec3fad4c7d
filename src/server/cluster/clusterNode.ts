import type { Channels } from '../connection/channels.js'
import type { ConnectionRegistry } from '../connection/registry.js'
import { createBusCodec } from '../codecs.js'
import type { ServerContext } from '../context.js'
import { createBroadcaster, createLocalDelivery, type Broadcaster } from './broadcast.js'
import { createCluster, type Cluster } from './cluster.js'
import { missedNotification } from '../rpc/messages.js'
import { createPresence } from './presence.js'

/** This server as a node of its cluster: sends to the clients of all nodes, and counts them. */
export interface ClusterNode extends Broadcaster, Pick<Cluster, 'announceSoon' | 'close'> {
  /** Returns the number of connections of all nodes. */
  readonly count: () => number
  /** Emits `presence` if the connections of this node have changed the count. */
  readonly reportOwnChange: () => void
}

/** Tells the clients that have subscriptions that pushes may be missing: this node was cut off from the others. */
const tellMissed = (registry: ConnectionRegistry): void => {
  for (const { subscriptions, sendValue } of registry.all())
    if (subscriptions.list().length > 0) sendValue(missedNotification)
}

/** Creates the node of a server. Without the option `bus` it is the only one of its cluster. */
export const createClusterNode = (
  context: ServerContext,
  registry: ConnectionRegistry,
  channels: Channels,
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
    onValue: (value, channel) => void (channel === undefined ? local.toAll(value) : local.toChannel(channel, value)),
    onStatus: (status) => emit('bus', status),
    onReconnected: () => tellMissed(registry),
    report,
  })
  return {
    ...createBroadcaster(context, local, cluster),
    announceSoon: cluster.announceSoon,
    close: cluster.close,
    count: presence.count,
    reportOwnChange: presence.reportChange,
  }
}
