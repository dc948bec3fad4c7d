import { after, type Cancel } from '../../internal/clock.js'
import { isPromiseLike } from '../../internal/maybePromise.js'

/** What {@link FrameHandling} needs. */
export interface FrameHandlingConfig {
  /** Milliseconds that the handlers of one frame may take. */
  readonly timeout: number
  /** The handlers of a frame are done, or have taken too long. */
  readonly onHandled: (number: number) => void
  readonly onSlow: () => void
}

/** A frame whose handlers are running. */
interface HandledFrame {
  readonly number: number
  /** How many promises have not settled, and 1 while the frame is processed. 0 when it is handled. */
  open: number
  cancelTimeout: Cancel | undefined
}

/**
 * Knows when the frames of one connection are handled: when they are processed, and the promises that listeners returned have settled. Frames are processed
 * one after the other, so what is tracked belongs to the one that is being processed; its promises do not hold up the next.
 */
export class FrameHandling {
  readonly #config: FrameHandlingConfig
  #current: HandledFrame | undefined

  constructor(config: FrameHandlingConfig) {
    this.#config = config
  }

  /** Processes a frame. Returns what `process` returns. */
  run(number: number, process: () => unknown): unknown {
    const frame: HandledFrame = { number, open: 1, cancelTimeout: undefined }
    this.#current = frame
    const result = process()
    if (isPromiseLike(result)) this.#await(frame, result)
    this.#settle(frame)
    return result
  }

  /** The frame that is being processed is not handled before this promise has settled. */
  track(result: unknown): void {
    const frame = this.#current
    if (frame && frame.open > 0 && isPromiseLike(result)) this.#await(frame, result)
  }

  #await(frame: HandledFrame, promise: PromiseLike<unknown>) {
    frame.open++
    frame.cancelTimeout ??= after(this.#config.timeout, () => {
      if (frame.open === 0) return
      frame.open = 0
      this.#config.onSlow()
      this.#config.onHandled(frame.number)
    })
    const settle = () => this.#settle(frame)
    promise.then(settle, settle)
  }

  #settle(frame: HandledFrame) {
    if (frame.open === 0 || --frame.open > 0) return
    frame.cancelTimeout?.()
    this.#config.onHandled(frame.number)
  }
}
