import { createPackets, type Packing } from '../codecs.js'
import type { ServerCodec } from '../types.js'

/** A subscription, as far as publishing goes. */
export interface Member {
  readonly id: string
  readonly channel: string
  readonly codec: ServerCodec
  readonly deliver: (packet: Packing) => boolean
}

/** Who subscribed to what, over all connections of this node. */
export interface Channels {
  readonly join: (member: Member) => void
  readonly leave: (member: Member) => void
  /** Delivers to this node's subscriptions; returns to how many. */
  readonly publish: (channel: string, data: unknown) => number
}

/** The notification that brings data of a channel. */
export const pushOf = (channel: string, data: unknown, id?: string): object => ({
  jsonrpc: '2.0',
  method: '$/push',
  params: { ...(id !== undefined && { id }), channel, data },
})

/** Creates an empty index. */
export const createChannels = (onEncodeError: (error: unknown) => void): Channels => {
  const channels = new Map<string, Set<Member>>()
  return {
    join: (member) => {
      const members = channels.get(member.channel) ?? new Set()
      channels.set(member.channel, members.add(member))
    },
    leave: (member) => {
      const members = channels.get(member.channel)
      members?.delete(member)
      if (members?.size === 0) channels.delete(member.channel)
    },
    publish: (channel, data) => {
      // Ids are short and alike (`posts#1` is everybody's first), so that one encoding mostly serves all.
      const byId = new Map<string, (codec: ServerCodec) => Packing | undefined>()
      let reached = 0
      for (const { id, codec, deliver } of channels.get(channel) ?? []) {
        const packets = byId.get(id) ?? createPackets(pushOf(channel, data, id), onEncodeError)
        byId.set(id, packets)
        const packet = packets(codec)
        if (packet && deliver(packet)) reached++
      }
      return reached
    },
  }
}
