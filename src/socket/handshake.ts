import type { ReceivedFrame } from '../internal/bytes.js'

/** Frames that a handshake may leave unread, before it counts as failed. */
const MAX_UNREAD = 1_000

/** The frames of a handshake: each is read once, in order, or goes in after it. */
export interface HandshakeFrames {
  /** A frame came. Whether there is room for it. */
  readonly push: (frame: ReceivedFrame) => boolean
  /** The next frame; rejects when the socket closes first. */
  readonly receive: () => Promise<ReceivedFrame>
  /** Ends it; whoever waits is rejected with `reason`. */
  readonly end: (reason: Error) => void
  /** What was not read. */
  readonly unread: () => readonly ReceivedFrame[]
}

/** Creates the frames of one handshake. */
export const createHandshakeFrames = (): HandshakeFrames => {
  const unread: ReceivedFrame[] = []
  const readers: { resolve: (frame: ReceivedFrame) => void; reject: (reason: Error) => void }[] = []
  let ended: Error | undefined
  return {
    push: (frame) => {
      const reader = readers.shift()
      if (reader) reader.resolve(frame)
      else unread.push(frame)
      return unread.length <= MAX_UNREAD
    },
    receive: () => {
      const promise = new Promise<ReceivedFrame>((resolve, reject) => {
        const frame = unread.shift()
        if (frame !== undefined) resolve(frame)
        else if (ended) reject(ended)
        else readers.push({ resolve, reject })
      })
      // A handshake may not wait for what it asked for.
      promise.catch(() => {})
      return promise
    },
    end: (reason) => {
      ended = reason
      for (const reader of readers.splice(0)) reader.reject(reason)
    },
    unread: () => unread.splice(0),
  }
}
