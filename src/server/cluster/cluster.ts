import { randomUUID } from 'node:crypto'
import { createAsyncSequencer, type AsyncSequencer } from '../../internal/asyncSequencer.js'
import type { Frame } from '../../internal/bytes.js'
import { after, now, type Cancel } from '../../internal/clock.js'
import { isInstance, messageOf } from '../../internal/errors.js'
import { encodeValue, type BusCodec } from '../codecs.js'
import type { Report } from '../problems.js'
import { encodeFailed } from '../report.js'
import type { BusStatus, Bus } from './bus.js'
import { reportBusFailure } from './busFailure.js'
import { frameIn, frameToMembers, readEnvelope, type Envelope } from './envelope.js'
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
/** The milliseconds between two reports of messages that cannot be read, because anyone who may publish could fill the log. */
const UNREADABLE_PAUSE = 1_000

const noCluster: Cluster = { send: () => undefined, announceSoon: () => {}, close: async () => {} }

interface ClusterState extends Omit<ClusterConfig, 'bus'> {
  readonly bus: Bus
  /** The id of this node. */
  readonly node: string
  // Codecs may be asynchronous; the messages of a node stay in order.
  readonly outbound: AsyncSequencer
  readonly inbound: AsyncSequencer
  readonly reportUnreadable: (error: unknown) => void
  isClosed: boolean
  isConnected: boolean
  cancelSoon: Cancel | undefined
  cancelNext: Cancel
}

/** Creates the report of messages that cannot be read, at most one in a second. */
export const createUnreadableReport = (report: Report): ((error: unknown) => void) => {
  let reportedAt = -Infinity
  let unreported = 0
  return (error) => {
    const time = now()
    if (Math.abs(time - reportedAt) < UNREADABLE_PAUSE) {
      unreported++
      return
    }
    const more = unreported > 0 ? ` (and ${unreported} more since the last report)` : ''
    reportedAt = time
    unreported = 0
    // JSON.parse quotes the text.
    const reason = isInstance(error, SyntaxError) ? 'it is not JSON' : messageOf(error)
    const message = `The bus delivered a message that cannot be read${more}: ${reason}`
    report({ code: 'bus_message_invalid', message, error })
  }
}

/** Calls the bus. What it throws or rejects with is reported, unless the bus has done that. */
const callBus = async ({ report }: ClusterState, failure: string, call: () => unknown): Promise<unknown> => {
  try {
    return await call()
  } catch (error) {
    reportBusFailure(report, failure, error)
    throw error
  }
}

const ignoreReported = (): undefined => undefined

const publish = async (state: ClusterState, envelope: Omit<Envelope, 'node'>): Promise<unknown> =>
  await callBus(state, 'cannot publish', () =>
    state.bus.publish(TOPIC, JSON.stringify({ node: state.node, ...envelope })),
  )

/** Reports this node's count, now and again and again. A new node asks the others for theirs. */
const announce = (state: ClusterState, isNew = false): void => {
  state.cancelNext()
  // While the bus is disconnected nothing is reported: a count that waits would be out of date when it arrives.
  if (!state.isConnected || state.isClosed) return
  const count = state.size()
  publish(state, { ...(isNew && { hello: true }), count }).catch(ignoreReported)
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

const receiveFromBus = (state: ClusterState, message: string): void => {
  try {
    const envelope = readEnvelope(message)
    const { node, count, hello, channel } = envelope
    if (state.isClosed || node === state.node) return
    if (hello) announceSoon(state)
    if (count !== undefined) state.presence.setNode(node, count)
    const frame = frameIn(envelope)
    if (frame === undefined) return
    const onValue = (value: unknown): void => {
      if (!state.isClosed) state.onValue(value, channel)
    }
    state.inbound.push(state.codec.decode(frame), onValue, state.reportUnreadable)
  } catch (error) {
    state.reportUnreadable(error)
  }
}

const sendToBus = (state: ClusterState, value: unknown, channel: string | undefined): Promise<void> => {
  const sent = new Promise<void>((resolve, reject) => {
    const onError = (error: unknown): void => {
      state.report(encodeFailed(error))
      resolve()
    }
    const onFrame = (frame: unknown): void => {
      if (state.isClosed) return resolve()
      const members = frameToMembers(frame as Frame)
      publish(state, { ...(channel !== undefined && { channel }), ...members }).then(() => resolve(), reject)
    }
    try {
      state.outbound.push(encodeValue(state.codec, value), onFrame, onError)
    } catch (error) {
      onError(error)
    }
  })
  // Reported, also when nobody awaits it.
  sent.catch(ignoreReported)
  return sent
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

/** Joins the nodes that share a bus. What the bus does, or fails to do, never affects the clients of this node. */
export const createCluster = (config: ClusterConfig): Cluster => {
  const { bus, report } = config
  if (!bus) return noCluster
  bus.open?.()
  const state: ClusterState = {
    ...config,
    bus,
    node: randomUUID(),
    outbound: createAsyncSequencer((task) => task()),
    inbound: createAsyncSequencer((task) => task()),
    reportUnreadable: createUnreadableReport(report),
    isClosed: false,
    isConnected: true,
    cancelSoon: undefined,
    cancelNext: () => {},
  }
  const stopStatus = listenToStatus(state)
  const stopProblems = bus.onProblem?.(report)
  const subscribed = callBus(state, 'cannot subscribe', () =>
    bus.subscribe(TOPIC, (message) => receiveFromBus(state, message)),
  ).catch(ignoreReported)
  void subscribed.then(() => announce(state, true))

  return {
    send: (value, channel) => sendToBus(state, value, channel),
    announceSoon: () => announceSoon(state),
    close: async () => {
      if (state.isClosed) return
      state.isClosed = true
      state.cancelSoon?.()
      state.cancelNext()
      state.presence.stop()
      if (state.isConnected) await publish(state, { count: 0 }).catch(ignoreReported)
      const unsubscribe = await subscribed
      if (typeof unsubscribe === 'function')
        await callBus(state, 'cannot unsubscribe', unsubscribe as () => unknown).catch(ignoreReported)
      await callBus(state, 'cannot close', () => bus.close()).catch(ignoreReported)
      stopStatus?.()
      stopProblems?.()
    },
  }
}
