import { byteLength, type ReceivedFrame } from '../internal/bytes.js'
import { codedError } from '../internal/errors.js'
import type { Wire } from './types.js'

/** Frames that a handshake may leave unread, before it counts as failed. */
const MAX_UNREAD = 1_000

/** And their bytes; a single frame may have more, if the app lets it in. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024

/** The frames of a handshake: each is read once, in order, or goes in after it. */
export interface HandshakeFrames {
  /** A frame came. Whether there is room for it. */
  readonly push: (frame: ReceivedFrame) => boolean
  readonly receive: Wire['receive']
  /** The socket has closed: what came before can still be read, and whoever waits for more is rejected. */
  readonly end: () => void
  /** The handshake is done: hands over what was not read; nobody reads any more. */
  readonly finish: () => readonly ReceivedFrame[]
}

interface Reader {
  readonly take: (frame: ReceivedFrame) => void
  readonly reject: (reason: unknown) => void
}

/** Creates the frames of one handshake. */
export const createHandshakeFrames = (): HandshakeFrames => {
  const unread: ReceivedFrame[] = []
  const readers = new Set<Reader>()
  let bytes = 0
  let over: Error | undefined

  /** Waits for a frame, for as long as `signal` lets it. */
  const wait = (resolve: (frame: ReceivedFrame) => void, reject: (reason: unknown) => void, signal?: AbortSignal) => {
    const settle = (how: () => void) => {
      readers.delete(reader)
      signal?.removeEventListener('abort', abort)
      how()
    }
    const reader: Reader = {
      take: (frame) => settle(() => resolve(frame)),
      reject: (reason) => settle(() => reject(reason)),
    }
    const abort = () => reader.reject(signal?.reason)
    readers.add(reader)
    signal?.addEventListener('abort', abort)
  }
  const end = (reason: Error) => {
    over ??= reason
    for (const reader of readers) reader.reject(over)
  }
  return {
    push: (frame) => {
      const [reader] = readers
      if (reader) reader.take(frame)
      else {
        unread.push(frame)
        bytes += byteLength(frame)
      }
      return unread.length <= MAX_UNREAD && (unread.length <= 1 || bytes <= MAX_UNREAD_BYTES)
    },
    receive: ({ signal } = {}) => {
      const promise = new Promise<ReceivedFrame>((resolve, reject) => {
        // With whatever reason it has.
        if (signal?.aborted) return reject(signal.reason as Error)
        const frame = unread.shift()
        if (frame !== undefined) {
          bytes -= byteLength(frame)
          resolve(frame)
        } else if (over) reject(over)
        else wait(resolve, reject, signal)
      })
      // A handshake may not wait for what it asked for.
      promise.catch(() => {})
      return promise
    },
    end: () => end(new Error(__DEV__ ? 'The socket was closed during the handshake.' : '')),
    finish: () => {
      end(codedError('handshake_over', __DEV__ ? 'The handshake is over: what comes now goes to the store.' : ''))
      return unread.splice(0)
    },
  }
}
