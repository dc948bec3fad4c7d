import type { Buffer } from 'node:buffer'
import { byteLength, type ReceivedFrame } from '../../internal/bytes.js'
import { after, type Cancel } from '../../internal/clock.js'
import { isPromiseLike } from '../../internal/maybePromise.js'
import type { Overrun, Pace } from './pace.js'

/** Processes the frames of a connection one after the other, in the order in which they arrived. */
export interface FrameQueue {
  /** Adds a frame. It is processed now, or after those that wait. */
  readonly push: (frame: ReceivedFrame) => void
  /**
   * Starts the processing; until then all frames wait. `process` must not throw or reject. When it returns a promise, the next frame waits for that.
   */
  readonly start: (process: (frame: ReceivedFrame) => unknown) => void
  /** Counts further messages of the frame that is being processed. */
  readonly charge: (messages: number) => void
  /** The connection is closing: what waits is processed without a rate. */
  readonly hurry: () => void
  /** Drops the frames that wait, and all further ones. */
  readonly stop: () => void
  /** Calls `onIdle` once no frame waits or is being processed. */
  readonly whenIdle: (onIdle: () => void) => void
}

/** What a frame queue needs. */
export interface FrameQueueConfig {
  /** Frames are processed at this pace. @default no limit */
  readonly pace?: Pace | undefined
  readonly overrun?: Overrun | undefined
  /** The bytes that may wait although the socket is paused. What arrives then is a part of a chunk that was read before. */
  readonly maxBytes: number
  /** Stops reading from the socket. */
  readonly pause: () => void
  /** Reads from the socket again. */
  readonly resume: () => void
  /** Called when frames begin to wait because of the rate, and have not for 10 s. */
  readonly onOverRate: () => void
  /** Called when the client has been above its rate for too long. */
  readonly onImpatient: () => void
  /** Called when more than `maxBytes` wait. */
  readonly onOverflow: () => void
}

/** The frames and bytes that may wait before the socket is paused. */
const PAUSE_AT_FRAMES = 64
const PAUSE_AT_BYTES = 256 * 1024

/** Converts a message of `ws` to the frame that codecs take. The `binaryType` of the socket must be `arraybuffer`. */
export const toReceivedFrame = (data: unknown, isBinary: boolean): ReceivedFrame =>
  isBinary ? (data as ArrayBuffer) : (data as Buffer).toString()

/** The size of a frame, close enough for a limit: a text counts its UTF-16 units. */
export const approximateSize = (frame: ReceivedFrame): number =>
  typeof frame === 'string' ? frame.length : byteLength(frame)

interface QueueState {
  readonly config: FrameQueueConfig
  process: ((frame: ReceivedFrame) => unknown) | undefined
  /** The frames that wait, from `first` on: `shift` would move all others for each frame. */
  waiting: ReceivedFrame[]
  first: number
  waitingBytes: number
  isProcessing: boolean
  /** Set while the first frame waits for its rate. */
  cancelDelay: Cancel | undefined
  isPaused: boolean
  isHurried: boolean
  isStopped: boolean
  idleListeners: (() => void)[]
}

const countOf = ({ waiting, first }: QueueState): number => waiting.length - first

const shift = (state: QueueState): ReceivedFrame => {
  const frame = state.waiting[state.first++]!
  state.waitingBytes -= approximateSize(frame)
  if (state.first === state.waiting.length || state.first >= 1024) {
    state.waiting = state.waiting.slice(state.first)
    state.first = 0
  }
  return frame
}

/** Whether a frame may be processed now, as far as this queue is concerned. */
const isFree = ({ process, isProcessing, cancelDelay }: QueueState): boolean =>
  process !== undefined && !isProcessing && cancelDelay === undefined

const setPaused = (state: QueueState): void => {
  const count = countOf(state)
  const isPaused = state.isPaused ? count > 0 : count >= PAUSE_AT_FRAMES || state.waitingBytes >= PAUSE_AT_BYTES
  if (isPaused === state.isPaused) return
  state.isPaused = isPaused
  if (isPaused) state.config.pause()
  else state.config.resume()
}

const checkIdle = (state: QueueState): void => {
  if (state.idleListeners.length === 0 || (!state.isStopped && (state.isProcessing || countOf(state) > 0))) return
  const listeners = state.idleListeners
  state.idleListeners = []
  for (const listener of listeners) listener()
}

/** Lets the first frame wait for its rate, or for the end of the client's time above it. */
const waitForRate = (state: QueueState, delay: number): void => {
  const { overrun, onOverRate, onImpatient } = state.config
  if (overrun?.begin()) onOverRate()
  const left = overrun?.left() ?? Infinity
  state.cancelDelay = after(Math.min(delay, Math.max(0, left)), () => {
    state.cancelDelay = undefined
    overrun?.end()
    if (delay > left) onImpatient()
    else proceed(state)
  })
}

/** Whether a frame of so many bytes has to wait for its rate; then it waits. */
const isOverRate = (state: QueueState, bytes: number): boolean => {
  const delay = state.isHurried ? 0 : (state.config.pace?.take(bytes) ?? 0)
  if (delay > 0) waitForRate(state, delay)
  return delay > 0
}

const processFrame = (state: QueueState, frame: ReceivedFrame): void => {
  const result = state.process?.(frame)
  if (!isPromiseLike(result)) return
  state.isProcessing = true
  const onDone = () => {
    state.isProcessing = false
    proceed(state)
  }
  result.then(onDone, onDone)
}

const proceed = (state: QueueState): void => {
  while (countOf(state) > 0 && isFree(state)) {
    if (isOverRate(state, approximateSize(state.waiting[state.first]!))) break
    processFrame(state, shift(state))
  }
  setPaused(state)
  checkIdle(state)
}

const push = (state: QueueState, frame: ReceivedFrame): void => {
  if (state.isStopped) return
  const bytes = approximateSize(frame)
  if (countOf(state) === 0 && isFree(state) && !isOverRate(state, bytes)) return processFrame(state, frame)
  state.waiting.push(frame)
  state.waitingBytes += bytes
  setPaused(state)
  if (state.waitingBytes <= state.config.maxBytes || countOf(state) === 1) return
  stop(state)
  state.config.onOverflow()
}

const stop = (state: QueueState): void => {
  state.isStopped = true
  state.waiting = []
  state.first = 0
  state.waitingBytes = 0
  state.cancelDelay?.()
  state.cancelDelay = undefined
  setPaused(state)
  checkIdle(state)
}

/** Creates a queue that has not started. */
export const createFrameQueue = (config: FrameQueueConfig): FrameQueue => {
  const state: QueueState = {
    config,
    process: undefined,
    waiting: [],
    first: 0,
    waitingBytes: 0,
    isProcessing: false,
    cancelDelay: undefined,
    isPaused: false,
    isHurried: false,
    isStopped: false,
    idleListeners: [],
  }
  return {
    push: (frame) => push(state, frame),
    start: (process) => {
      state.process = process
      proceed(state)
    },
    charge: (messages) => config.pace?.charge(messages),
    hurry: () => {
      state.isHurried = true
      if (!state.cancelDelay) return
      state.cancelDelay()
      state.cancelDelay = undefined
      config.overrun?.end()
      proceed(state)
    },
    stop: () => stop(state),
    whenIdle: (onIdle) => {
      state.idleListeners.push(onIdle)
      checkIdle(state)
    },
  }
}
