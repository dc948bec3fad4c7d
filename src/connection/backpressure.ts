import { byteLength } from '../internal/bytes.js'
import { after, type Cancel } from '../internal/clock.js'
import type { SendsContext } from './sends.js'
import type { WebSocketLike } from './types.js'

/** How often the backlog of a socket is polled, in milliseconds. */
const POLL_MS = 16

const bufferedOf = (socket: WebSocketLike | undefined): number => socket?.bufferedAmount ?? 0

/** Holds sends back from the moment that more than `highWaterMark` bytes wait in the socket, until half of them are gone. */
export const createBackpressure = (
  highWaterMark: number,
  { events, hooks, taskQueue, writer }: SendsContext,
  flush: () => void,
) => {
  let isCongested = false
  /** Bytes that waited at the last poll, and bytes handed over since. */
  let stuck = 0
  let handed = 0
  let toldBuffered = 0
  let isPolling = false
  let stopPolling: Cancel = () => {}

  const setCongested = (congested: boolean) => {
    isCongested = congested
    events.note({ congested })
    // At once: an app that sends in a loop looks at it.
    events.flushCounters()
  }
  const pollLater = () => {
    isPolling = true
    stopPolling = after(POLL_MS, () => taskQueue.enqueue(poll))
  }
  /** A WebSocket has no event for bytes that went out. */
  const poll = () => {
    const buffered = bufferedOf(writer.socket())
    // bufferedAmount shrank since the last poll, so the peer is reading. A small send that the system takes at once says nothing.
    if (stuck > 0 && buffered < stuck + handed) hooks.run('onDrained')
    if (isCongested && buffered <= highWaterMark / 2) {
      setCongested(false)
      flush()
    }
    const left = bufferedOf(writer.socket())
    if (left !== toldBuffered) events.note({ buffered: left })
    stuck = toldBuffered = left
    handed = 0
    isPolling = left > 0
    if (isPolling) pollLater()
  }
  hooks.attach(0, {
    onSent: (_id, frame, socket) => {
      if (isPolling) handed += byteLength(frame)
      const buffered = bufferedOf(socket)
      if (buffered > 0 && !isPolling) pollLater()
      if (!isCongested && buffered > highWaterMark) setCongested(true)
    },
    onLost: () => {
      stopPolling()
      isPolling = isCongested = false
      stuck = handed = toldBuffered = 0
    },
  })
  return { isCongested: () => isCongested }
}
