import { after, type Cancel } from '../../internal/clock.js'
import type { BusCodec } from '../codecs.js'
import type { Report } from '../problems.js'
import type { BusStatus, Bus } from './bus.js'
import { reportBusFailure } from './busFailure.js'
import { createBusTopic, type BusTopic } from './busTopic.js'
import { createBusValues, type BusValues } from './busValues.js'
import { readEnvelope, type Envelope } from './envelope.js'
import type { Presence } from './presence.js'

/** The link of this node to the others. */
export interface Cluster {
  /**
   * Sends a broadcast to the other nodes, or with a channel a publication. Resolves when the bus has it, also when it could not be encoded. Rejects with what
   * the bus rejects with. `undefined` without a bus.
   */
  readonly send: (value: unknown, channel?: string) => Promise<void> | undefined
  /** Reports the number of this node's connections to the others, soon. */
  readonly announceSoon: () => void
  readonly close: () => Promise<void>
}

/** What {@link createCluster} needs. */
export interface ClusterConfig {
  readonly bus: Bus | undefined
  /** The codec of values on the bus. */
  readonly codec: BusCodec
  /** Milliseconds without a message after which the other nodes count this one as dead. */
  readonly nodeTimeout: number
  /** Returns the connections of this node. */
  readonly size: () => number
  readonly presence: Pick<Presence, 'setNode' | 'stop'>
  /** Called with the values of other nodes. */
  readonly onValue: (value: unknown, channel: string | undefined) => void
  readonly onStatus: (status: BusStatus) => void
  /** Called when the bus is connected again: messages of other nodes may have been missed. */
  readonly onReconnected: () => void
  readonly report: Report
}

const TOPIC = 'reduplex'
/** How many times within its timeout a node reports its count: two reports may get lost. */
const ANNOUNCEMENTS = 3
/** Counts change in bursts; the milliseconds between two reports. */
const ANNOUNCE_PAUSE = 200

const noCluster: Cluster = { send: () => undefined, announceSoon: () => {}, close: async () => {} }

interface ClusterState extends Omit<ClusterConfig, 'bus'> {
  readonly bus: Bus
  readonly topic: BusTopic<Envelope>
  readonly values: BusValues<Envelope>
  isClosed: boolean
  isConnected: boolean
  cancelSoon: Cancel | undefined
  cancelNext: Cancel
}

const ignoreReported = (): undefined => undefined

/** Reports this node's count, now and again and again. A new node asks the others for theirs. */
const announce = (state: ClusterState, isNew = false): void => {
  state.cancelNext()
  // While the bus is disconnected nothing is reported: a count that waits would be out of date when it arrives.
  if (!state.isConnected || state.isClosed) return
  const count = state.size()
  state.topic.publish({ ...(isNew && { hello: true }), count }).catch(ignoreReported)
  // A node without connections is not counted, so it does not have to repeat its count.
  if (count > 0) state.cancelNext = after(state.nodeTimeout / ANNOUNCEMENTS, () => announce(state))
}

const announceSoon = (state: ClusterState): void => {
  if (state.isClosed) return
  state.cancelSoon ??= after(ANNOUNCE_PAUSE, () => {
    state.cancelSoon = undefined
    announce(state)
  })
}

const receive = (state: ClusterState, envelope: Envelope): void => {
  const { node, count, hello, channel, text, base64 } = envelope
  if (state.isClosed) return
  if (hello) announceSoon(state)
  if (count !== undefined) state.presence.setNode(node, count)
  if (text === undefined && base64 === undefined) return
  state.values.receive(envelope, (value) => state.onValue(value, channel))
}

const listenToStatus = (state: ClusterState): (() => void) | undefined =>
  state.bus.onStatus?.((status) => {
    const wasConnected = state.isConnected
    state.isConnected = status.isConnected
    state.onStatus(status)
    if (!state.isConnected || wasConnected) return
    announce(state, true)
    state.onReconnected()
  })

const closeBus = async ({ bus, report }: ClusterState): Promise<void> => {
  try {
    await bus.close()
  } catch (error) {
    reportBusFailure(report, 'cannot close', error)
  }
}

/** Joins the nodes that share a bus. What the bus does, or fails to do, never affects the clients of this node. */
export const createCluster = (config: ClusterConfig): Cluster => {
  const { bus, codec, report } = config
  if (!bus) return noCluster
  bus.open?.()
  const topic = createBusTopic({ bus, name: TOPIC, read: readEnvelope, report })
  const state: ClusterState = {
    ...config,
    bus,
    topic,
    values: createBusValues({ topic, codec, report, isClosed: () => state.isClosed }),
    isClosed: false,
    isConnected: true,
    cancelSoon: undefined,
    cancelNext: () => {},
  }
  const stopStatus = listenToStatus(state)
  const stopProblems = bus.onProblem?.(report)
  void topic.subscribe((envelope) => receive(state, envelope)).then(() => announce(state, true))

  return {
    send: (value, channel) => state.values.publish(value, channel === undefined ? {} : { channel }),
    announceSoon: () => announceSoon(state),
    close: async () => {
      if (state.isClosed) return
      state.isClosed = true
      state.cancelSoon?.()
      state.cancelNext()
      state.presence.stop()
      if (state.isConnected) await topic.publish({ count: 0 }).catch(ignoreReported)
      await topic.unsubscribe()
      await closeBus(state)
      stopStatus?.()
      stopProblems?.()
    },
  }
}
