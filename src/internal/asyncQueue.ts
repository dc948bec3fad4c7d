import type { MaybePromise } from './maybePromise.js'

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

type Result<Value> = IteratorResult<Value, undefined>
type Read<Value> = (result: MaybePromise<Result<Value>>) => void

/** A value in a linked list: an array would move all the others at every `shift()`. */
interface Item<Value> {
  readonly value?: Value
  readonly bytes: number
  next?: Item<Value>
}

const done = { done: true, value: undefined } as const

/** Waits among `readers` for the result that `read` is called with. */
const wait = <Value>(readers: Set<Read<Value>>, signal?: AbortSignal): Promise<Result<Value>> =>
  new Promise((resolve) => {
    const read: Read<Value> = (result) => {
      readers.delete(read)
      signal?.removeEventListener('abort', abort)
      resolve(result)
    }
    const abort = () => read(Promise.reject(signal?.reason as Error))
    readers.add(read)
    signal?.addEventListener('abort', abort)
  })

/** Creates a queue. Nothing in it is copied. */
export const createAsyncQueue = <Value>(options: AsyncQueueOptions): AsyncQueue<Value> => {
  const { maxItems, maxBytes = Infinity, onOverflow, onEnd } = options
  const readers = new Set<Read<Value>>()
  /** The item that was read last, and the newest. */
  let first: Item<Value> = { bytes: 0 }
  let last = first
  let size = 0
  let totalBytes = 0
  let hasEnded = false
  let error: Error | undefined

  const take = () => {
    first = first.next!
    size--
    totalBytes -= first.bytes
    return first.value as Value
  }
  const drain = () => Array.from({ length: size }, take)
  /** The error is thrown once, as a generator does. */
  const finish = async () => {
    const thrown = error
    error = undefined
    if (thrown) throw thrown
    return done
  }
  const end = (reason?: Error) => {
    if (hasEnded) return
    hasEnded = true
    error = reason
    onEnd?.()
    for (const read of readers) read(finish())
  }
  const next = async (signal?: AbortSignal): Promise<Result<Value>> => {
    if (signal?.aborted) throw signal.reason
    if (size) return { done: false, value: take() }
    return hasEnded ? finish() : wait(readers, signal)
  }
  const push = (value: Value, bytes = 0) => {
    const [read] = readers
    if (read) read({ done: false, value })
    if (read || hasEnded) return true
    const isFull = size >= maxItems || (size > 0 && totalBytes + bytes > maxBytes)
    if (isFull) {
      end(onOverflow())
      return false
    }
    last = last.next = { value, bytes }
    size++
    totalBytes += bytes
    return true
  }
  const stop = async () => {
    drain()
    end()
    error = undefined
    return done
  }
  const iterator = { next: () => next(), return: stop, [Symbol.asyncIterator]: () => iterator }
  return { iterator, next, push, end, drain, hasEnded: () => hasEnded }
}
