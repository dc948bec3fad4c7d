import { messageOf } from '../../internal/errors.js'
import type { Channels, Subscriber } from '../connection/channels.js'
import { createSharedPackets } from '../connection/packets.js'
import type { ServerContext } from '../context.js'
import type { SocketServerOptions } from '../options.js'
import { encodeFailed } from '../report.js'
import { pushNotification } from '../rpc/messages.js'
import type { ChannelMember } from '../types.js'
import { createMemberBus, type MemberBus } from './memberBus.js'
import { toMember } from './memberMessages.js'
import { createMemberTable, type MemberChange, type MemberTable } from './memberTable.js'

/** The members of the channels of all nodes. */
export interface ChannelPresence {
  /** A subscription has started. */
  readonly onJoin: (subscriber: Subscriber) => void
  /** A subscription has ended. */
  readonly onLeave: (subscriber: Subscriber) => void
  /** Returns who is subscribed to a channel, on all nodes. */
  readonly members: (channel: string) => readonly ChannelMember[]
  readonly close: () => Promise<void>
}

/** What {@link createChannelPresence} needs. */
export interface ChannelPresenceConfig {
  readonly context: Pick<ServerContext, 'options' | 'limits' | 'report' | 'emit'>
  /** Publishes to the subscriptions of this node. */
  readonly publish: (channel: string, data: unknown) => number
}

/** The channel with this prefix reports who is in the channel that follows it. */
const PREFIX = '$presence/'

/** Returns the channel whose members a channel reports; `undefined` for any other channel. */
const watchedChannel = (channel: string): string | undefined =>
  channel.startsWith(PREFIX) ? channel.slice(PREFIX.length) : undefined

/** Returns the option `authorizeChannel`. With members it is asked about a channel when a client wants to watch them. */
export const channelAuthorization = ({
  authorizeChannel,
  presence,
}: Pick<SocketServerOptions, 'authorizeChannel' | 'presence'>): SocketServerOptions['authorizeChannel'] =>
  authorizeChannel && presence
    ? (connection, channel, params) => authorizeChannel(connection, watchedChannel(channel) ?? channel, params)
    : authorizeChannel

interface PresenceState extends ChannelPresenceConfig {
  readonly table: MemberTable
  readonly exchange: MemberBus
  /** The member of each subscription that has one. */
  readonly members: Map<Subscriber, ChannelMember>
  /** How many subscriptions of this node a member has, by channel and id. */
  readonly counts: Map<string, number>
}

/** Changes the number of a member's subscriptions to a channel, and returns it. */
const count = ({ counts }: PresenceState, channel: string, { id }: ChannelMember, step: 1 | -1): number => {
  const key = JSON.stringify([channel, id])
  const total = (counts.get(key) ?? 0) + step
  if (total > 0) counts.set(key, total)
  else counts.delete(key)
  return total
}

/** Asks the app who a connection is in a channel. What it throws is reported, and the connection is not shown. */
const memberOf = ({ context }: PresenceState, { connection, channel }: Subscriber): ChannelMember | undefined => {
  try {
    const member: unknown = context.options.presence?.(connection, channel)
    return member === undefined ? undefined : toMember(member)
  } catch (error) {
    const message = `"presence" failed for a subscription, which is not shown: ${messageOf(error)}`
    context.report({ code: 'handler_failed', message, error, connection })
    return undefined
  }
}

/** Sends the members of a channel to a subscription that watches them. Later changes are published to it. */
const sendMembers = (state: PresenceState, watched: string, { id, channel, codec, sendPacket }: Subscriber): void => {
  const data = { members: state.table.list(watched) }
  const packetFor = createSharedPackets(pushNotification(channel, data, id), (error) =>
    state.context.report(encodeFailed(error)),
  )
  const packet = packetFor(codec)
  if (packet) sendPacket(packet)
}

const startSubscription = (state: PresenceState, subscriber: Subscriber): void => {
  const { channel } = subscriber
  const watched = watchedChannel(channel)
  if (watched !== undefined) return sendMembers(state, watched, subscriber)
  const member = memberOf(state, subscriber)
  if (!member) return
  state.members.set(subscriber, member)
  if (count(state, channel, member, 1) === 1) state.exchange.join(channel, member)
}

const endSubscription = (state: PresenceState, subscriber: Subscriber): void => {
  const member = state.members.get(subscriber)
  if (!member || !state.members.delete(subscriber)) return
  if (count(state, subscriber.channel, member, -1) === 0) state.exchange.leave(subscriber.channel, member)
}

const noPresence: ChannelPresence = {
  onJoin: () => {},
  onLeave: () => {},
  members: () => [],
  close: async () => {},
}

/** Creates the members of the channels of a server. The channels have no members without the option `presence`. */
export const createChannelPresence = (config: ChannelPresenceConfig): ChannelPresence => {
  const { context, publish } = config
  const { options, limits, report, emit } = context
  if (!options.presence) return noPresence
  const table = createMemberTable(({ kind, channel, member }: MemberChange) => {
    emit(kind, channel, member)
    publish(PREFIX + channel, { [kind]: member })
  })
  const exchange = createMemberBus({ bus: options.bus, table, nodeTimeout: limits.nodeTimeout, report })
  const state: PresenceState = { ...config, table, exchange, members: new Map(), counts: new Map() }
  return {
    onJoin: (subscriber) => startSubscription(state, subscriber),
    onLeave: (subscriber) => endSubscription(state, subscriber),
    members: table.list,
    close: exchange.close,
  }
}

/** Returns the channels, with their subscriptions reported to `presence`. */
export const observeChannels = (channels: Channels, { onJoin, onLeave }: ChannelPresence): Channels => ({
  prepare: channels.prepare,
  join: (subscriber) => {
    channels.join(subscriber)
    onJoin(subscriber)
  },
  leave: (subscriber) => {
    channels.leave(subscriber)
    onLeave(subscriber)
  },
  publish: channels.publish,
})
