/** A bounded queue that is read as an async iterator. */
export interface AsyncQueue<Value> {
  /** Reads the values in order, those that were pushed before the end included. */
  readonly iterator: AsyncIterableIterator<Value>
  /** Adds a value. Without room for it, the queue ends with the error of `onOverflow`. Returns whether there was room. */
  readonly push: (value: Value, bytes?: number) => boolean
  /** Reads one value. Rejects with the reason of `signal` when that is aborted first; the value then stays in the queue. */
  readonly next: (signal?: AbortSignal) => Promise<IteratorResult<Value, undefined>>
  /** Ends the queue once everything in it has been read. An error is thrown to the reader, once. */
  readonly end: (error?: Error) => void
  /** Whether the queue has ended, by `end`, an overflow or the reader's `break`. */
  readonly hasEnded: () => boolean
  /** Removes and returns what has not been read. */
  readonly drain: () => Value[]
}

/** The bounds of a queue, and what it calls. */
export interface AsyncQueueOptions {
  /** The number of values that may wait. */
  readonly maxItems: number
  /** The bytes that may wait; a single value may have more. @default Infinity */
  readonly maxBytes?: number
  /** Creates the error of a queue that is full. */
  readonly onOverflow: () => Error
  /** Called once when the queue ends. */
  readonly onEnd?: () => void
}

interface Reader<Value> {
  readonly resolve: (result: IteratorResult<Value, undefined>) => void
  readonly reject: (reason: unknown) => void
}

const done = { done: true, value: undefined } as const

/** Creates a queue. Nothing in it is copied. */
export const createAsyncQueue = <Value>(options: AsyncQueueOptions): AsyncQueue<Value> => {
  const { maxItems, maxBytes = Infinity, onOverflow, onEnd } = options
  let items: { readonly value: Value; readonly bytes: number }[] = []
  /** The index of the first unread item: `shift()` would move all the others. */
  let head = 0
  let totalBytes = 0
  const readers = new Set<Reader<Value>>()
  let ended: { readonly error: Error | undefined } | undefined

  /** The error is thrown once, as a generator does. */
  const finish = ({ resolve, reject }: Reader<Value>) => {
    const error = ended?.error
    ended = { error: undefined }
    if (error) reject(error)
    else resolve(done)
  }
  const end = (error?: Error) => {
    if (ended) return
    ended = { error }
    onEnd?.()
    const waiting = Array.from(readers)
    readers.clear()
    for (const reader of waiting) finish(reader)
  }
  const take = (): Value => {
    const { value, bytes } = items[head++]!
    totalBytes -= bytes
    if (head * 2 > items.length) {
      items = items.slice(head)
      head = 0
    }
    return value
  }
  const drain = () => {
    const left = items.slice(head).map(({ value }) => value)
    items = []
    head = totalBytes = 0
    return left
  }
  const wait = (
    signal: AbortSignal | undefined,
    resolve: Reader<Value>['resolve'],
    reject: Reader<Value>['reject'],
  ) => {
    const settle =
      <Outcome>(how: (outcome: Outcome) => void) =>
      (outcome: Outcome) => {
        readers.delete(reader)
        signal?.removeEventListener('abort', abort)
        how(outcome)
      }
    const reader = { resolve: settle(resolve), reject: settle(reject) }
    const abort = () => reader.reject(signal?.reason)
    readers.add(reader)
    signal?.addEventListener('abort', abort)
  }
  const next = (signal?: AbortSignal) =>
    new Promise<IteratorResult<Value, undefined>>((resolve, reject) => {
      if (signal?.aborted) reject(signal.reason as Error)
      else if (head < items.length) resolve({ done: false, value: take() })
      else if (ended) finish({ resolve, reject })
      else wait(signal, resolve, reject)
    })
  const iterator: AsyncIterableIterator<Value> = {
    next: () => next(),
    return: () => {
      drain()
      end()
      ended = { error: undefined }
      return Promise.resolve(done)
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return {
    iterator,
    next,
    end,
    drain,
    hasEnded: () => ended !== undefined,
    push: (value, bytes = 0) => {
      if (ended) return true
      const [reader] = readers
      if (reader) {
        reader.resolve({ done: false, value })
        return true
      }
      const isEmpty = head === items.length
      if (items.length - head >= maxItems || (!isEmpty && totalBytes + bytes > maxBytes)) {
        end(onOverflow())
        return false
      }
      items.push({ value, bytes })
      totalBytes += bytes
      return true
    },
  }
}
