import type { ReceivedFrame } from '../../internal/bytes.js'
import { roughSize } from '../codecs.js'
import { isPromiseLike } from '../../internal/maybePromise.js'

/** Frames in the order in which they came, however long one of them takes. */
export interface Line {
  readonly push: (frame: ReceivedFrame) => void
  /** Begins to serve: until then everything waits. */
  readonly open: (serve: (frame: ReceivedFrame) => unknown) => void
}

/** What may wait in line. */
export interface LineLimits {
  readonly maxFrames: number
  readonly maxBytes: number
  /** Told once, when a frame finds no room; the line takes no more then. */
  readonly overflow: () => void
}

/** Creates a closed line. `serve` must not throw or reject; a promise of it is waited for. */
export const createLine = ({ maxFrames, maxBytes, overflow }: LineLimits): Line => {
  const waiting: ReceivedFrame[] = []
  let bytes = 0
  let busyWith: unknown
  let isClosed = false
  let serve: ((frame: ReceivedFrame) => unknown) | undefined

  const isFree = (): boolean => serve !== undefined && busyWith === undefined
  const serveNext = (): void => {
    busyWith = undefined
    while (isFree() && waiting.length > 0) {
      const frame = waiting.shift()!
      bytes -= roughSize(frame)
      take(frame)
    }
  }
  const take = (frame: ReceivedFrame): void => {
    const served = serve?.(frame)
    if (!isPromiseLike(served)) return
    busyWith = served
    served.then(serveNext, serveNext)
  }

  return {
    push: (frame) => {
      if (isClosed) return
      if (isFree()) return take(frame)
      bytes += roughSize(frame)
      if (waiting.length < maxFrames && bytes <= maxBytes) return void waiting.push(frame)
      isClosed = true
      overflow()
    },
    open: (with_) => {
      serve = with_
      serveNext()
    },
  }
}
