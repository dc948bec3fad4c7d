import type { StandardSchemaV1 } from '@standard-schema/spec'
import { messageOf } from '../../internal/errors.js'
import type { Channels } from '../connection/channels.js'
import type { Cluster } from './cluster.js'
import { createPackets } from '../codecs.js'
import type { Peer } from '../connection/serverConnection.js'
import { encodeProblem, type Guard, type Report } from '../problems.js'
import { checkNow } from '../schema.js'
import type { Except, ServerConnection } from '../types.js'

/** Sending to many. Nothing here throws: what fails is reported, and reaches nobody. */
export interface Broadcasting {
  /** To all on this node, and through the bus to all others. Returns how many connections of this node were reached. */
  readonly broadcast: (value: unknown, except?: Except) => number
  /** To the subscriptions of a channel, likewise. */
  readonly publish: (channel: string, data: unknown) => number
  /** What came over the bus. */
  readonly deliver: (value: unknown, channel: string | undefined) => void
}

/** What it works on. */
export interface BroadcastConfig {
  readonly peers: () => Iterable<Peer>
  readonly channels: Channels
  readonly cluster: () => Cluster
  readonly sendSchema: StandardSchemaV1 | undefined
  readonly guard: Guard
  readonly report: Report
}

/** Creates it. */
export const createBroadcasting = (config: BroadcastConfig): Broadcasting => {
  const { peers, channels, cluster, sendSchema, guard, report } = config

  const failed = (error: unknown): void => report(encodeProblem(error))

  const leavesOut = (except: Except | undefined): ((connection: ServerConnection) => boolean) | undefined => {
    if (except === undefined) return undefined
    if (typeof except === 'function') {
      // One that throws leaves everybody out: better too few than the wrong ones.
      return (connection) => guard('The predicate "except"', connection, () => except(connection)) ?? true
    }
    const left = new Set(([] as ServerConnection[]).concat(except as ServerConnection[]))
    return (connection) => left.has(connection)
  }

  const toAll = (value: unknown, except?: Except): number => {
    const packets = createPackets(value, failed)
    const isLeftOut = leavesOut(except)
    let reached = 0
    for (const peer of peers()) {
      if (isLeftOut?.(peer.connection)) continue
      const packet = packets(peer.codec)
      if (packet && peer.deliver(packet)) reached++
    }
    return reached
  }

  return {
    broadcast: (value, except) => {
      let checked
      try {
        checked = checkNow(sendSchema, value)
      } catch (error) {
        report({ code: 'encode_failed', message: messageOf(error), error })
        return 0
      }
      const reached = toAll(checked, except)
      // A predicate cannot cross to where the other connections are, and without it the message would reach those it is not for.
      if (typeof except !== 'function') cluster().send(checked)
      return reached
    },
    publish: (channel, data) => {
      const reached = channels.publish(channel, data)
      cluster().send(data, channel)
      return reached
    },
    deliver: (value, channel) => {
      if (channel === undefined) toAll(value)
      else channels.publish(channel, value)
    },
  }
}
