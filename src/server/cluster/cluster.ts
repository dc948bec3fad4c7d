import { randomUUID } from 'node:crypto'
import type { Frame } from '../../internal/bytes.js'
import { after, now, type Cancel } from '../../internal/clock.js'
import { messageOf } from '../../internal/errors.js'
import { createAsyncSequencer } from '../../internal/asyncSequencer.js'
import type { Bus, BusStatus } from './bus.js'
import { encode } from '../codecs.js'
import { bodyOf, frameOf, readEnvelope, type Envelope } from './envelope.js'
import { createPresence } from './presence.js'
import { encodeProblem, type Report } from '../problems.js'
import type { ServerCodec } from '../types.js'

/** This node's link to the others. */
export interface Cluster {
  /** Hands a broadcast, or with a channel a publication, to the other nodes. */
  readonly send: (value: unknown, channel?: string) => void
  /** How many connections the other nodes have, as they last said. */
  readonly others: () => number
  /** This node's count has changed. */
  readonly changed: () => void
  readonly close: () => Promise<void>
}

/** What a cluster needs to know. */
export interface ClusterConfig {
  readonly bus: Bus | undefined
  /** What values cross the bus in. */
  readonly codec: ServerCodec
  /** A node that is silent for so long is gone. */
  readonly nodeTimeout: number
  readonly size: () => number
  readonly deliver: (value: unknown, channel: string | undefined) => void
  /** What `others` gives may be another. */
  readonly othersChanged: () => void
  readonly onStatus: (status: BusStatus) => void
  readonly report: Report
}

const TOPIC = 'reduplex'
/** So often within its timeout a node says its count: two of them may get lost. */
const BEATS = 3
/** Counts change in bursts; the bus is told at most so often. */
const COUNT_PAUSE = 200
/** Whoever may publish could fill a log with rubbish: it is told so often, with the number of those left out. */
const RUBBISH_PAUSE = 1_000

const alone: Cluster = { send: () => {}, others: () => 0, changed: () => {}, close: async () => {} }

/** Tells of what cannot be read, but not of each in a flood. */
const createRubbishReport = (report: Report): ((error: unknown) => void) => {
  let toldAt = -Infinity
  let untold = 0
  return (error) => {
    const time = now()
    if (Math.abs(time - toldAt) < RUBBISH_PAUSE) {
      untold++
      return
    }
    const more = untold > 0 ? ` (and ${untold} more since the last report)` : ''
    toldAt = time
    untold = 0
    // JSON.parse would show a piece of it.
    const why = error instanceof SyntaxError ? 'it is no JSON' : messageOf(error)
    const message = `The bus delivered what cannot be read${more}: ${why}`
    report({ code: 'bus_message_invalid', message, error })
  }
}

/** Joins the nodes that share a bus. What the bus does, or fails to do, never stands in the way of this node's own clients. */
export const createCluster = (config: ClusterConfig): Cluster => {
  const { bus, codec, nodeTimeout, size, report } = config
  if (!bus) return alone
  const node = randomUUID()
  const presence = createPresence(nodeTimeout, config.othersChanged)
  const rubbish = createRubbishReport(report)
  let isOver = false
  let isConnected = true
  let waiting: Cancel | undefined
  let beat: Cancel = () => {}

  const attempt = async (what: string, task: () => unknown): Promise<unknown> => {
    try {
      return await task()
    } catch (error) {
      report({ code: 'bus_failed', message: `The bus ${what}: ${messageOf(error)}`, error })
      return undefined
    }
  }
  const write = (envelope: Omit<Envelope, 'node'>): string => JSON.stringify({ node, ...envelope })
  const post = (envelope: Omit<Envelope, 'node'>) =>
    void attempt('cannot publish', () => bus.publish(TOPIC, write(envelope)))

  const announce = (isNew = false) => {
    beat()
    // A count that waited would be wrong when it arrives; once connected again it is said anew.
    if (!isConnected || isOver) return
    post({ ...(isNew && { hello: true }), count: size() })
    // A node without connections is not counted, so it need not say so again and again.
    if (size() > 0) beat = after(nodeTimeout / BEATS, announce)
  }
  const announceSoon = () => {
    if (isOver) return
    waiting ??= after(COUNT_PAUSE, () => {
      waiting = undefined
      announce()
    })
  }

  // Codecs may be asynchronous; what one node says stays in order all the same.
  const outbound = createAsyncSequencer((task) => task())
  const inbound = createAsyncSequencer((task) => task())
  const unsendable = (error: unknown): void => report(encodeProblem(error))

  const take = (message: string) => {
    try {
      const envelope = readEnvelope(message)
      if (isOver || envelope.node === node) return
      if (envelope.hello) announceSoon()
      if (envelope.count !== undefined) presence.heard(envelope.node, envelope.count)
      const { channel } = envelope
      const frame = frameOf(envelope)
      if (frame === undefined) return
      const deliver = (value: unknown): void => {
        if (!isOver) config.deliver(value, channel)
      }
      inbound.push(codec.decode(frame), deliver, rubbish)
    } catch (error) {
      rubbish(error)
    }
  }

  const endStatus = bus.onStatus?.((status) => {
    const wasConnected = isConnected
    isConnected = status.isConnected
    config.onStatus(status)
    if (isConnected && !wasConnected) announce(true)
  })
  const endProblems = bus.onProblem?.(report)
  const joined = attempt('cannot subscribe', () => bus.subscribe(TOPIC, take))
  void joined.then(() => announce(true))

  return {
    send: (value, channel) => {
      try {
        const publish = (frame: unknown): void => {
          if (!isOver) post({ ...(channel !== undefined && { channel }), ...bodyOf(frame as Frame) })
        }
        outbound.push(encode(codec, value), publish, unsendable)
      } catch (error) {
        unsendable(error)
      }
    },
    others: presence.total,
    changed: announceSoon,
    close: async () => {
      if (isOver) return
      isOver = true
      waiting?.()
      beat()
      presence.stop()
      if (isConnected) await attempt('cannot publish', () => bus.publish(TOPIC, write({ count: 0 })))
      const leave = await joined
      if (typeof leave === 'function') await attempt('cannot unsubscribe', leave as () => unknown)
      await attempt('cannot close', () => bus.close())
      endStatus?.()
      endProblems?.()
    },
  }
}
