import type { RequestStream } from './streamTypes.js'
import type { RequestResult } from './types.js'
import { toError } from './failures.js'

/** The chunks of one reply, and who reads them. At most a window of them waits. */
export interface StreamReader {
  /** What the app reads. */
  readonly stream: RequestStream
  /** Adds a chunk. */
  readonly push: (chunk: unknown) => void
  /** The reply has ended: the reader learns it after the chunks that wait. */
  readonly end: (result: RequestResult<unknown>) => void
}

type Read = IteratorResult<unknown, unknown>

/** A call of `next` that waits. */
interface WaitingRead {
  readonly resolve: (read: Read) => void
  readonly reject: (error: Error) => void
}

/** Creates a reader. `onRead` is called for each chunk that is read, `onCancel` when the reader wants no more. */
export const createStreamReader = (onRead: () => void, onCancel: () => void): StreamReader => {
  let chunks: unknown[] = []
  const waiting: WaitingRead[] = []
  let ended: Partial<RequestResult<unknown>> | undefined
  let isCancelled = false
  let settle!: (result: RequestResult<unknown>) => void
  const result = new Promise<RequestResult<unknown>>((resolve) => {
    settle = resolve
  })
  /** Settles the reads that can be, in the order of their calls. */
  const flush = () => {
    while (waiting.length && (chunks.length || ended)) {
      const { resolve, reject } = waiting.shift()!
      if (chunks.length) {
        resolve({ done: false, value: chunks.shift() })
        onRead()
        continue
      }
      const { data, error } = ended!
      // An error is thrown once, as by a generator.
      ended = {}
      if (error && !isCancelled) reject(toError(error))
      else resolve({ done: true, value: data })
    }
  }
  const stream: RequestStream = {
    next: () =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        flush()
      }),
    return: async () => {
      stream.cancel()
      return { done: true, value: undefined }
    },
    cancel: () => {
      isCancelled = true
      chunks = []
      onCancel()
    },
    result: result as RequestStream['result'],
    [Symbol.asyncIterator]: () => stream,
  }
  return {
    stream,
    push: (chunk) => {
      chunks.push(chunk)
      flush()
    },
    end: (final) => {
      ended = final
      settle(final)
      flush()
    },
  }
}
