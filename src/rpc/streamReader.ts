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

/** Creates a reader. `onRead` is called for each chunk that is read, `onCancel` when the reader wants no more. */
export const createStreamReader = (onRead: () => void, onCancel: () => void): StreamReader => {
  let chunks: unknown[] = []
  const waiting: ((read: Read | Promise<Read>) => void)[] = []
  let ended: RequestResult<unknown> | undefined
  let isCancelled = false
  let settle!: (result: RequestResult<unknown>) => void
  const result = new Promise<RequestResult<unknown>>((resolve) => {
    settle = resolve
  })
  /** An error is thrown once, as by a generator. */
  const finish = async (): Promise<Read> => {
    const { data, error } = ended!
    ended = {} as RequestResult<unknown>
    if (error && !isCancelled) throw toError(error)
    return { done: true, value: data }
  }
  const readNow = (value: unknown): Read => {
    onRead()
    return { done: false, value }
  }
  const stream: RequestStream = {
    next: async () =>
      chunks.length
        ? readNow(chunks.shift())
        : ended
          ? finish()
          : new Promise((resolve) => {
              waiting.push(resolve)
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
      const read = waiting.shift()
      if (read) read(readNow(chunk))
      else chunks.push(chunk)
    },
    end: (final) => {
      ended = final
      settle(final)
      for (const read of waiting.splice(0)) read(finish())
    },
  }
}
