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

/** The state of one queue. */
interface State<Value> {
  readonly options: AsyncQueueOptions
  items: (readonly [value: Value, bytes: number])[]
  /** The index of the first unread item: `shift()` would move all the others. */
  head: number
  /** The bytes of the unread items. */
  bytes: number
  /** Those who wait for a value. */
  readonly readers: Set<(result: MaybePromise<Result<Value>>) => void>
  hasEnded: boolean
  error: Error | undefined
}

const done = { done: true, value: undefined } as const

/** What a reader gets after the end. The error is thrown once, as a generator does. */
const finish = async <Value>(state: State<Value>): Promise<Result<Value>> => {
  const { error } = state
  state.error = undefined
  if (error) throw error
  return done
}

const end = <Value>(state: State<Value>, error?: Error): void => {
  if (state.hasEnded) return
  state.hasEnded = true
  state.error = error
  state.options.onEnd?.()
  for (const read of state.readers) read(finish(state))
}

const take = <Value>(state: State<Value>): Result<Value> => {
  const [value, bytes] = state.items[state.head++]!
  state.bytes -= bytes
  if (state.head * 2 > state.items.length) {
    state.items = state.items.slice(state.head)
    state.head = 0
  }
  return { done: false, value }
}

const drain = <Value>(state: State<Value>): Value[] => {
  const left = state.items.slice(state.head).map(([value]) => value)
  state.items = []
  state.head = state.bytes = 0
  return left
}

const next = async <Value>(state: State<Value>, signal?: AbortSignal): Promise<Result<Value>> => {
  if (signal?.aborted) throw signal.reason
  if (state.head < state.items.length) return take(state)
  if (state.hasEnded) return finish(state)
  return new Promise((resolve) => {
    const read = (result: MaybePromise<Result<Value>>) => {
      state.readers.delete(read)
      signal?.removeEventListener('abort', abort)
      resolve(result)
    }
    const abort = () => read(Promise.reject(signal?.reason as Error))
    state.readers.add(read)
    signal?.addEventListener('abort', abort)
  })
}

const push = <Value>(state: State<Value>, value: Value, bytes: number): boolean => {
  const { head, items, options, readers } = state
  const { maxItems, maxBytes = Infinity, onOverflow } = options
  const [read] = readers
  const size = items.length - head
  if (state.hasEnded) return true
  if (read) read({ done: false, value })
  else if (size >= maxItems || (size && state.bytes + bytes > maxBytes)) {
    end(state, onOverflow())
    return false
  } else {
    items.push([value, bytes])
    state.bytes += bytes
  }
  return true
}

/** Creates a queue. Nothing in it is copied. */
export const createAsyncQueue = <Value>(options: AsyncQueueOptions): AsyncQueue<Value> => {
  const state: State<Value> = {
    options,
    items: [],
    head: 0,
    bytes: 0,
    readers: new Set(),
    hasEnded: false,
    error: undefined,
  }
  const iterator: AsyncIterableIterator<Value> = {
    next: () => next(state),
    return: async () => {
      drain(state)
      end(state)
      state.error = undefined
      return done
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return {
    iterator,
    next: (signal) => next(state, signal),
    push: (value, bytes = 0) => push(state, value, bytes),
    end: (error) => end(state, error),
    hasEnded: () => state.hasEnded,
    drain: () => drain(state),
  }
}
