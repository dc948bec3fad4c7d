import type { WebSocket } from 'ws'
import { after } from '../../internal/clock.js'
import { messageOf } from '../../internal/errors.js'
import { createAsyncSequencer, type AsyncSequencer } from '../../internal/asyncSequencer.js'
import { isPromiseLike } from '../../internal/maybePromise.js'
import { fitReason } from '../../connection/closeCodes.js'
import { encode, toPacket, type Packet, type Packing } from '../codecs.js'
import type { Limits } from '../options.js'
import type { ServerCodec } from '../types.js'

const OPEN = 1
const noop = (): void => {}
/** How many packets of one connection may wait for an asynchronous codec. */
const MAX_WAITING = 1_000

/** Closes a socket; a peer that does not answer in time is cut off. */
export const closeSoftly = (ws: WebSocket, code: number, reason: string, closeTimeout: number): void => {
  if (ws.readyState > OPEN) return
  const cancel = after(closeTimeout, () => ws.terminate())
  ws.once('close', cancel)
  ws.close(code, fitReason(reason))
}

/** The way out to one socket. */
export interface Outbound {
  /** Hands a packet to the socket, after those that wait; false when it is closed or reads too slowly. Never throws. */
  readonly deliver: (packet: Packing) => boolean
  /** Encodes a value and hands it over. What cannot be encoded is reported, and returns false; where that shows later, `failed` is called. */
  readonly post: (value: unknown, failed?: () => void) => boolean
  /** Lets what waits for its codec go out, not for ever, then runs the task; takes no more. */
  readonly finish: (task: () => void) => void
  readonly dropped: () => number
}

/** What the way out tells. */
export interface OutboundEvents {
  readonly onSent: () => void
  readonly report: (code: string, message: string, error?: unknown) => void
}

/** Creates the way out: no more than `maxBufferedBytes` ever wait for a client that does not read. */
export const createOutbound = (ws: WebSocket, codec: ServerCodec, limits: Limits, events: OutboundEvents): Outbound => {
  const { onSent } = events
  let dropped = 0
  let isSlow = false

  const refuse = (): false => {
    dropped++
    // Told once, until it has caught up.
    if (isSlow) return false
    isSlow = true
    const what = limits.slowConsumer === 'close' ? 'it is closed' : 'what does not fit is dropped'
    const message = `A client reads too slowly: over ${limits.maxBufferedBytes} bytes wait for it ("maxBufferedBytes"), ${what}.`
    events.report('slow_consumer', message)
    if (limits.slowConsumer === 'close') closeSoftly(ws, 1013, 'reads too slowly', limits.closeTimeout)
    return false
  }

  const hand = (packet: Packet): boolean => {
    if (ws.readyState !== OPEN) return false
    if (ws.bufferedAmount > limits.maxBufferedBytes) return refuse()
    if (isSlow) isSlow = false
    try {
      ws.send(packet.data as never, packet.options)
    } catch (error) {
      events.report('encode_failed', `The socket cannot send a frame: ${messageOf(error)}`, error)
      return false
    }
    onSent()
    return true
  }

  // Only connections whose codec is asynchronous have one.
  let sequencer: AsyncSequencer | undefined
  let isFinishing = false
  const handInTurn = (packet: Packing): boolean => {
    sequencer ??= createAsyncSequencer((task) => task())
    if (sequencer.size() === 0 && !isPromiseLike(packet)) return hand(packet)
    if (isFinishing || ws.readyState !== OPEN) return false
    if (sequencer.size() >= MAX_WAITING) return refuse()
    // One that could not be encoded has been told of, and is none.
    sequencer.push(packet, (ready) => void (ready && hand(ready as Packet)), noop)
    return true
  }
  const deliver = (packet: Packing): boolean =>
    sequencer !== undefined || isPromiseLike(packet) ? handInTurn(packet) : hand(packet)

  return {
    deliver,
    post: (value, failed) => {
      const fail = (error: unknown): void =>
        events.report('encode_failed', `The codec cannot encode a message: ${messageOf(error)}`, error)
      try {
        const frame = encode(codec, value)
        if (!isPromiseLike(frame)) return deliver(toPacket(frame))
        const packing = frame.then(toPacket).then(undefined, (error: unknown) => {
          fail(error)
          failed?.()
        })
        return deliver(packing as Packing)
      } catch (error) {
        fail(error)
        return false
      }
    },
    finish: (task) => {
      const pending = sequencer?.pending()
      if (!pending) return task()
      isFinishing = true
      const cancel = after(limits.closeTimeout, task)
      void pending.then(() => {
        cancel()
        task()
      })
    },
    dropped: () => dropped,
  }
}
