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

/** The state of one queue. */
interface State<Value> {
  readonly options: AsyncQueueOptions
  items: { readonly value: Value; readonly bytes: number }[]
  /** The index of the first unread item: `shift()` would move all the others. */
  head: number
  /** The bytes of the unread items. */
  bytes: number
  readonly readers: Set<Reader<Value>>
  ended: { readonly error: Error | undefined } | undefined
}

const done = { done: true, value: undefined } as const

/** Tells one reader of the end. The error is thrown once, as a generator does. */
const finish = <Value>(state: State<Value>, { resolve, reject }: Reader<Value>): void => {
  const error = state.ended?.error
  state.ended = { error: undefined }
  if (error) reject(error)
  else resolve(done)
}

const end = <Value>(state: State<Value>, error?: Error): void => {
  if (state.ended) return
  state.ended = { error }
  state.options.onEnd?.()
  const waiting = Array.from(state.readers)
  state.readers.clear()
  for (const reader of waiting) finish(state, reader)
}

const take = <Value>(state: State<Value>): Value => {
  const { value, bytes } = state.items[state.head++]!
  state.bytes -= bytes
  if (state.head * 2 > state.items.length) {
    state.items = state.items.slice(state.head)
    state.head = 0
  }
  return value
}

const drain = <Value>(state: State<Value>): Value[] => {
  const left = state.items.slice(state.head).map(({ value }) => value)
  state.items = []
  state.head = state.bytes = 0
  return left
}

const wait = <Value>({ readers }: State<Value>, signal: AbortSignal | undefined, reader: Reader<Value>): void => {
  const settle =
    <Outcome>(how: (outcome: Outcome) => void) =>
    (outcome: Outcome) => {
      readers.delete(waiting)
      signal?.removeEventListener('abort', abort)
      how(outcome)
    }
  const waiting: Reader<Value> = { resolve: settle(reader.resolve), reject: settle(reader.reject) }
  const abort = () => waiting.reject(signal?.reason)
  readers.add(waiting)
  signal?.addEventListener('abort', abort)
}

const next = <Value>(state: State<Value>, signal?: AbortSignal): Promise<IteratorResult<Value, undefined>> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) reject(signal.reason as Error)
    else if (state.head < state.items.length) resolve({ done: false, value: take(state) })
    else if (state.ended) finish(state, { resolve, reject })
    else wait(state, signal, { resolve, reject })
  })

const push = <Value>(state: State<Value>, value: Value, bytes: number): boolean => {
  if (state.ended) return true
  const [reader] = state.readers
  if (reader) {
    reader.resolve({ done: false, value })
    return true
  }
  const { maxItems, maxBytes = Infinity, onOverflow } = state.options
  const size = state.items.length - state.head
  if (size >= maxItems || (size > 0 && state.bytes + bytes > maxBytes)) {
    end(state, onOverflow())
    return false
  }
  state.items.push({ value, bytes })
  state.bytes += bytes
  return true
}

/** Creates a queue. Nothing in it is copied. */
export const createAsyncQueue = <Value>(options: AsyncQueueOptions): AsyncQueue<Value> => {
  const state: State<Value> = { options, items: [], head: 0, bytes: 0, readers: new Set(), ended: undefined }
  const iterator: AsyncIterableIterator<Value> = {
    next: () => next(state),
    return: () => {
      drain(state)
      end(state)
      state.ended = { error: undefined }
      return Promise.resolve(done)
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return {
    iterator,
    next: (signal) => next(state, signal),
    push: (value, bytes = 0) => push(state, value, bytes),
    end: (error) => end(state, error),
    hasEnded: () => state.ended !== undefined,
    drain: () => drain(state),
  }
}
