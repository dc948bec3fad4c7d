import { byteLength, type ReceivedFrame } from '../../internal/bytes.js'
import { after, type Cancel } from '../../internal/clock.js'
import { isPromiseLike } from '../../internal/maybePromise.js'
import type { Limits } from '../limits.js'
import { createOverrun, createPace, type Overrun, type Pace } from './pace.js'

/** Processes the frames of a connection one after the other, in the order in which they arrived. */
export interface FrameQueue {
  /** Adds a frame. It is processed now, or after those that wait. */
  push(frame: ReceivedFrame): void
  /**
   * Starts the processing; until then all frames wait. `process` must not throw or reject. When it returns a promise, the next frame waits for that.
   */
  start(process: (frame: ReceivedFrame) => unknown): void
  /** Whether a frame of so many bytes may wait. */
  accepts(bytes: number): boolean
  /** Counts further messages of the frame that is being processed. */
  charge(messages: number): void
  /** The connection is closing: what waits is processed without a rate. */
  hurry(): void
  /** Drops the frames that wait, and all further ones. */
  stop(): void
  /** Calls `onIdle` once no frame waits or is being processed. */
  whenIdle(onIdle: () => void): void
}

/** What the frame queues of a server share. `Owner` is what a queue belongs to. */
export interface FrameQueueConfig<Owner> {
  /** The rate of each queue. */
  readonly rate: Limits['rate']
  /** The bytes that may wait although the socket is paused. What arrives then is a part of a chunk that was read before. */
  readonly maxBytes: number
  /** Stops reading from the socket. */
  readonly pause: (owner: Owner) => void
  /** Reads from the socket again. */
  readonly resume: (owner: Owner) => void
  /** Called when frames begin to wait because of the rate, and have not for 10 s. */
  readonly onOverRate: (owner: Owner) => void
  /** Called when the client has been above its rate for too long. */
  readonly onImpatient: (owner: Owner) => void
  /** Called when more than `maxBytes` wait. */
  readonly onOverflow: (owner: Owner) => void
}

/** The frames and bytes that may wait before the socket is paused. */
const PAUSE_AT_FRAMES = 64
const PAUSE_AT_BYTES = 256 * 1024

/** The size of a frame, close enough for a limit: a text counts its UTF-16 units. */
export const approximateSize = (frame: ReceivedFrame): number =>
  typeof frame === 'string' ? frame.length : byteLength(frame)

interface QueueState {
  readonly config: FrameQueueConfig<unknown>
  readonly owner: unknown
  process: ((frame: ReceivedFrame) => unknown) | undefined
  /** Created with the first frame, and with the first one above the rate: many connections never have one. */
  pace: Pace | undefined
  overrun: Overrun | undefined
  /** The frames that wait, from `first` on: `shift` would move all others for each frame. */
  waiting: ReceivedFrame[] | undefined
  first: number
  waitingBytes: number
  isProcessing: boolean
  /** Set while the first frame waits for its rate. */
  cancelDelay: Cancel | undefined
  isPaused: boolean
  isHurried: boolean
  isStopped: boolean
  idleListeners: (() => void)[] | undefined
}

const countOf = ({ waiting, first }: QueueState): number => (waiting ? waiting.length - first : 0)

const shift = (state: QueueState): ReceivedFrame => {
  const waiting = state.waiting!
  const frame = waiting[state.first++]!
  state.waitingBytes -= approximateSize(frame)
  if (state.first === waiting.length || state.first >= 1024) {
    state.waiting = waiting.slice(state.first)
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
  const { config, owner } = state
  if (isPaused) config.pause(owner)
  else config.resume(owner)
}

const checkIdle = (state: QueueState): void => {
  if (!state.idleListeners || (!state.isStopped && (state.isProcessing || countOf(state) > 0))) return
  const listeners = state.idleListeners
  state.idleListeners = undefined
  for (const listener of listeners) listener()
}

/** Lets the first frame wait for its rate, or for the end of the client's time above it. */
const waitForRate = (state: QueueState, delay: number): void => {
  const { config, owner } = state
  const overrun = (state.overrun ??= createOverrun(config.rate?.patience ?? Infinity))
  if (overrun.begin()) config.onOverRate(owner)
  const left = overrun.left()
  state.cancelDelay = after(Math.min(delay, Math.max(0, left)), () => {
    state.cancelDelay = undefined
    overrun.end()
    if (delay > left) {
      state.overrun = undefined
      config.onImpatient(owner)
    }
    proceed(state)
  })
}

/** Whether a frame of so many bytes has to wait for its rate; then it waits. */
const isOverRate = (state: QueueState, bytes: number): boolean => {
  const { rate } = state.config
  if (!rate || state.isHurried) return false
  const delay = (state.pace ??= createPace(rate)).take(bytes)
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
    if (isOverRate(state, approximateSize(state.waiting![state.first]!))) break
    processFrame(state, shift(state))
  }
  setPaused(state)
  checkIdle(state)
}

const push = (state: QueueState, frame: ReceivedFrame): void => {
  if (state.isStopped) return
  const bytes = approximateSize(frame)
  if (countOf(state) === 0 && isFree(state) && !isOverRate(state, bytes)) return processFrame(state, frame)
  ;(state.waiting ??= []).push(frame)
  state.waitingBytes += bytes
  setPaused(state)
  if (state.waitingBytes <= state.config.maxBytes || countOf(state) === 1) return
  stop(state)
  state.config.onOverflow(state.owner)
}

const stop = (state: QueueState): void => {
  state.isStopped = true
  state.waiting = undefined
  state.first = 0
  state.waitingBytes = 0
  state.cancelDelay?.()
  state.cancelDelay = undefined
  setPaused(state)
  checkIdle(state)
}

const hurry = (state: QueueState): void => {
  state.isHurried = true
  if (!state.cancelDelay) return
  state.cancelDelay()
  state.cancelDelay = undefined
  state.overrun?.end()
  proceed(state)
}

/** A class because of its prototype: functions of its own would take more memory for an idle connection than all that is in the queue. */
class ConnectionFrames<Owner> implements FrameQueue {
  readonly #state: QueueState

  constructor(config: FrameQueueConfig<Owner>, owner: Owner) {
    this.#state = {
      config: config as FrameQueueConfig<unknown>,
      owner,
      process: undefined,
      pace: undefined,
      overrun: undefined,
      waiting: undefined,
      first: 0,
      waitingBytes: 0,
      isProcessing: false,
      cancelDelay: undefined,
      isPaused: false,
      isHurried: false,
      isStopped: false,
      idleListeners: undefined,
    }
  }

  push(frame: ReceivedFrame) {
    push(this.#state, frame)
  }

  start(process: (frame: ReceivedFrame) => unknown) {
    this.#state.process = process
    proceed(this.#state)
  }

  accepts(bytes: number) {
    return countOf(this.#state) === 0 || this.#state.waitingBytes + bytes <= this.#state.config.maxBytes
  }

  charge(messages: number) {
    this.#state.pace?.charge(messages)
  }

  hurry() {
    hurry(this.#state)
  }

  stop() {
    stop(this.#state)
  }

  whenIdle(onIdle: () => void) {
    ;(this.#state.idleListeners ??= []).push(onIdle)
    checkIdle(this.#state)
  }
}

/** Creates a queue that has not started. */
export const createFrameQueue = <Owner>(config: FrameQueueConfig<Owner>, owner: Owner): FrameQueue =>
  new ConnectionFrames(config, owner)
