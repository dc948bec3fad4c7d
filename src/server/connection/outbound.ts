import { createAsyncSequencer, type AsyncSequencer } from '../../internal/asyncSequencer.js'
import { after } from '../../internal/clock.js'
import { messageOf } from '../../internal/errors.js'
import { isPromiseLike } from '../../internal/maybePromise.js'
import { encodeValue } from '../codecs.js'
import type { Limits } from '../limits.js'
import type { MetricsFeed } from '../operations/metricsFeed.js'
import { encodeFailed } from '../report.js'
import type { ServerCodec } from '../types.js'
import { closeWithin, OPEN_STATE } from './closing.js'
import { sizeOfPacket, toPacket, type Packet, type PendingPacket } from './packets.js'
import { isKept, type ServerSocket } from './serverSocket.js'

/** How many packets of one connection may wait for an asynchronous codec. */
const MAX_WAITING = 1_000

/** What {@link ServerOutbound} needs. */
export interface ServerOutboundConfig {
  readonly ws: ServerSocket
  readonly codec: ServerCodec
  readonly limits: Limits
  readonly report: (code: string, message: string, error?: unknown) => void
  /** Called for each packet that was given to the socket. */
  readonly onSent: () => void
  /** Counts the packets that were dropped. */
  readonly counters: { dropped: number }
  readonly metrics: MetricsFeed | undefined
}

interface OutboundState extends ServerOutboundConfig {
  /** Whether packets are dropped because the client reads too slowly; reported once. */
  isSlow: boolean
  /** Set on a connection whose codec is asynchronous. */
  sequencer: AsyncSequencer | undefined
  acceptsMore: boolean
}

const dropPacket = (state: OutboundState): false => {
  const { ws, limits, report } = state
  state.counters.dropped++
  state.metrics?.onDropped('slow_consumer')
  if (state.isSlow) return false
  state.isSlow = true
  const closes = limits.slowConsumer === 'close'
  const consequence = closes ? 'its connection is closed' : 'messages to it are dropped'
  report(
    'slow_consumer',
    `A client reads too slowly: more than ${limits.maxBufferedBytes} bytes wait for it ("maxBufferedBytes"), so ${consequence}.`,
  )
  if (closes) closeWithin(ws, 1013, 'reads too slowly', limits.closeTimeout)
  return false
}

/** Whether a packet is one too many. A session that is above its bound is lost, unless packets are dropped: before it gets a number. */
const isAboveLimit = ({ ws, limits }: OutboundState, packet: Packet): boolean =>
  isKept(ws)
    ? limits.slowConsumer === 'drop' && ws.isFull(sizeOfPacket(packet))
    : ws.bufferedAmount > limits.maxBufferedBytes

/** Asked before and after a packet: a session may be lost by it. */
const isOpen = ({ readyState }: ServerSocket): boolean => readyState === OPEN_STATE

const writeToSocket = (state: OutboundState, packet: Packet): boolean => {
  const { ws } = state
  if (!isOpen(ws)) return false
  if (isAboveLimit(state, packet)) return dropPacket(state)
  if (state.isSlow) state.isSlow = false
  try {
    ws.send(packet.data as never, packet.options)
  } catch (error) {
    state.report('encode_failed', `The socket cannot send a frame: ${messageOf(error)}`, error)
    return false
  }
  state.onSent()
  state.metrics?.onSent(packet.data)
  return isOpen(ws)
}

const writeInOrder = (state: OutboundState, packet: PendingPacket): boolean => {
  const sequencer = (state.sequencer ??= createAsyncSequencer((task) => task()))
  if (sequencer.size() === 0 && !isPromiseLike(packet)) return writeToSocket(state, packet)
  if (!state.acceptsMore || state.ws.readyState !== OPEN_STATE) return false
  if (sequencer.size() >= MAX_WAITING) return dropPacket(state)
  // A failure of the codec has been reported where the packet was created; it resolves with `undefined` then.
  sequencer.push(
    packet,
    (ready) => void (ready && writeToSocket(state, ready as Packet)),
    () => {},
  )
  return true
}

const sendPacket = (state: OutboundState, packet: PendingPacket): boolean =>
  state.sequencer !== undefined || isPromiseLike(packet) ? writeInOrder(state, packet) : writeToSocket(state, packet)

const encode = (state: OutboundState, value: unknown): PendingPacket | undefined => {
  const reportFailure = (thrown: unknown): void => {
    const { code, message, error } = encodeFailed(thrown)
    state.report(code, message, error)
  }
  try {
    const frame = encodeValue(state.codec, value)
    if (!isPromiseLike(frame)) return toPacket(frame)
    return frame.then(toPacket).then(undefined, (error: unknown) => {
      reportFailure(error)
      return undefined
    })
  } catch (error) {
    reportFailure(error)
    return undefined
  }
}

const sendValue = (state: OutboundState, value: unknown): boolean => {
  const packet = encode(state, value)
  return packet !== undefined && sendPacket(state, packet)
}

const runAfterPending = (state: OutboundState, task: () => void): void => {
  const pending = state.sequencer?.pending()
  if (!pending) return task()
  state.acceptsMore = false
  const cancel = after(state.limits.closeTimeout, task)
  void pending.then(() => {
    cancel()
    task()
  })
}

/**
 * What is sent to one client. Nothing here throws. At most `maxBufferedBytes` wait for a client that does not read. A class because of its prototype: a broadcast calls a
 * function of each connection, and has to load each object that it passes on the way from memory.
 */
export class ServerOutbound implements OutboundState {
  readonly ws: ServerSocket
  readonly codec: ServerCodec
  readonly limits: Limits
  readonly report: ServerOutboundConfig['report']
  readonly onSent: () => void
  readonly counters: { dropped: number }
  readonly metrics: MetricsFeed | undefined
  isSlow = false
  sequencer: AsyncSequencer | undefined = undefined
  acceptsMore = true

  constructor(config: ServerOutboundConfig) {
    this.ws = config.ws
    this.codec = config.codec
    this.limits = config.limits
    this.report = config.report
    this.onSent = config.onSent
    this.counters = config.counters
    this.metrics = config.metrics
  }

  /** Gives a packet to the socket, after those that wait. Returns false when the socket is closed, or the client reads too slowly. */
  sendPacket(packet: PendingPacket): boolean {
    return sendPacket(this, packet)
  }

  /** Encodes a value. A value that cannot be encoded is reported, and returns `undefined`. */
  encode(value: unknown): PendingPacket | undefined {
    return encode(this, value)
  }

  /** Encodes a value and sends it. A value that cannot be encoded is reported, and returns false. */
  sendValue(value: unknown): boolean {
    return sendValue(this, value)
  }

  /** Accepts no more packets, and runs `task` when those that wait have been sent, or after `closeTimeout`. */
  runAfterPending(task: () => void): void {
    runAfterPending(this, task)
  }
}
