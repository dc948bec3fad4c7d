import { byteLength } from '../internal/bytes.js'
import { after, type Cancel } from '../internal/clock.js'
import type { WebSocketLike } from './types.js'
import type { QueueContext } from './writer.js'

/** How often the buffer of a socket is polled, in milliseconds: a WebSocket has no event for bytes that went out. */
const POLL_MS = 16

const bufferedOf = (socket: WebSocketLike | undefined): number => socket?.bufferedAmount ?? 0

/**
 * Watches the socket's buffer. The connection is congested from the moment that more than `highWaterMark` bytes are in it until half of them are
 * gone; then `onRelieved` is called. Returns whether it is congested.
 */
export const createBackpressure = (
  highWaterMark: number,
  { events, hooks, taskQueue, writer }: QueueContext,
  onRelieved: () => void,
): (() => boolean) => {
  let isCongested = false
  let isPolling = false
  let stopPolling: Cancel = () => {}
  /** Bytes in the buffer at the last poll, and bytes that were sent since. */
  let buffered = 0
  let sent = 0

  const setCongested = (congested: boolean) => {
    isCongested = congested
    events.note({ congested })
    // At once: an app that sends in a loop looks at it.
    taskQueue.enqueue(events.flushNoted)
  }
  const pollLater = () => {
    isPolling = true
    stopPolling = after(POLL_MS, () => taskQueue.enqueue(poll))
  }
  const poll = () => {
    const left = bufferedOf(writer.socket())
    // The buffer shrank since the last poll, so the peer is reading. A small send that the system takes at once proves nothing.
    if (buffered > 0 && left < buffered + sent) hooks.run('onDrained')
    if (isCongested && left <= highWaterMark / 2) {
      setCongested(false)
      onRelieved()
    }
    const next = bufferedOf(writer.socket())
    if (next !== buffered) events.note({ buffered: next })
    buffered = next
    sent = 0
    isPolling = next > 0
    if (isPolling) pollLater()
  }
  hooks.attach(0, {
    onSent: (_id, frame, socket) => {
      if (isPolling) sent += byteLength(frame)
      const inBuffer = bufferedOf(socket)
      if (inBuffer > 0 && !isPolling) pollLater()
      if (!isCongested && inBuffer > highWaterMark) setCongested(true)
    },
    onLost: () => {
      stopPolling()
      isPolling = isCongested = false
      buffered = sent = 0
    },
  })
  return () => isCongested
}
