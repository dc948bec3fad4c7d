import type { Buffer } from 'node:buffer'
import { byteLength, type ReceivedFrame } from '../../internal/bytes.js'
import { isPromiseLike } from '../../internal/maybePromise.js'

/** Processes the frames of a connection one after the other, in the order in which they arrived. */
export interface FrameQueue {
  /** Adds a frame. It is processed now, or after those that wait. */
  readonly push: (frame: ReceivedFrame) => void
  /**
   * Starts the processing; until then all frames wait. `process` must not throw or reject. When it returns a promise, the next frame waits for that.
   */
  readonly start: (process: (frame: ReceivedFrame) => unknown) => void
}

/** The limits of what may wait in a frame queue. */
export interface FrameQueueLimits {
  readonly maxFrames: number
  readonly maxBytes: number
  /** Called once, when a frame does not fit. The queue accepts no more frames then. */
  readonly onOverflow: () => void
}

/** Converts a message of `ws` to the frame that codecs take. The `binaryType` of the socket must be `arraybuffer`. */
export const toReceivedFrame = (data: unknown, isBinary: boolean): ReceivedFrame =>
  isBinary ? (data as ArrayBuffer) : (data as Buffer).toString()

/** The size of a frame, close enough for a limit: a text counts its UTF-16 units. */
export const approximateSize = (frame: ReceivedFrame): number =>
  typeof frame === 'string' ? frame.length : byteLength(frame)

/** Creates a queue that has not started. */
export const createFrameQueue = ({ maxFrames, maxBytes, onOverflow }: FrameQueueLimits): FrameQueue => {
  const waiting: ReceivedFrame[] = []
  let waitingBytes = 0
  let underWay: unknown
  let hasOverflowed = false
  let process: ((frame: ReceivedFrame) => unknown) | undefined

  const isFree = (): boolean => process !== undefined && underWay === undefined
  const processWaiting = (): void => {
    underWay = undefined
    while (isFree() && waiting.length > 0) {
      const frame = waiting.shift()!
      waitingBytes -= approximateSize(frame)
      processFrame(frame)
    }
  }
  const processFrame = (frame: ReceivedFrame): void => {
    const result = process?.(frame)
    if (!isPromiseLike(result)) return
    underWay = result
    result.then(processWaiting, processWaiting)
  }

  return {
    push: (frame) => {
      if (hasOverflowed) return
      if (isFree()) return processFrame(frame)
      waitingBytes += approximateSize(frame)
      if (waiting.length < maxFrames && waitingBytes <= maxBytes) return void waiting.push(frame)
      hasOverflowed = true
      onOverflow()
    },
    start: (given) => {
      process = given
      processWaiting()
    },
  }
}
