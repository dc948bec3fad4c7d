import { createAsyncQueue, type AsyncQueue } from '../../internal/asyncQueue.js'
import { after, now, type Cancel } from '../../internal/clock.js'
import { codedError } from '../../internal/errors.js'

/** What waits for one loop over messages. */
export interface ReaderQueue<Item> {
  /** Starts the loop. Until then messages are kept, and above a bound the loop will throw. */
  readonly read: () => AsyncIterableIterator<Item>
  readonly push: (item: Item, bytes: number) => void
  /** Whether as much waits as may: further messages have to wait where they come from. */
  readonly isFull: () => boolean
  /** Ends the loop once it has read what waits. */
  readonly end: () => void
}

/** What a reader queue calls. */
export interface ReaderQueueEvents {
  /** The loop has read something. */
  readonly onRead: () => void
  /** The loop has ended, by `end`, by `break`, or because it reads too slowly. */
  readonly onEnd: () => void
}

/** How much waits for a loop; half of it must be read before more comes. */
const MAX_UNREAD = 256
const MAX_UNREAD_BYTES = 1024 * 1024
/** How much is kept for a loop that has not started. */
const MAX_KEPT = 1000
const MAX_KEPT_BYTES = 4 * 1024 * 1024
/** How long a loop that holds up its senders may read nothing. */
const MAX_STALL_MS = 30_000

interface Waiting<Item> {
  readonly item: Item
  readonly bytes: number
}

const keptTooMany = (): Error =>
  codedError(
    'reader_too_slow',
    `Expected a loop over messages to start before ${MAX_KEPT} messages or ${MAX_KEPT_BYTES} bytes wait for it. Start it earlier, or use forEach.`,
  )

const stalled = (): Error =>
  codedError(
    'reader_too_slow',
    `Expected a loop over messages to read one within ${MAX_STALL_MS} ms while its senders wait for it. Read faster, or end the loop.`,
  )

interface ReaderBounds {
  readonly queue: Pick<AsyncQueue<unknown>, 'end'>
  readonly onRead: () => void
  count: number
  bytes: number
  /** Whether the loop has started. */
  isRead: boolean
  isFull: boolean
  lastRead: number
  cancelStall: Cancel
}

interface ReaderState<Item> extends ReaderBounds {
  readonly queue: AsyncQueue<Waiting<Item>>
}

const isOverBound = ({ count, bytes }: ReaderBounds, part = 1): boolean =>
  count >= MAX_UNREAD * part || bytes >= MAX_UNREAD_BYTES * part

const watchStall = (state: ReaderBounds, ms: number): void => {
  state.cancelStall = after(ms, () => {
    const left = state.lastRead + MAX_STALL_MS - now()
    if (left > 0) watchStall(state, Math.min(left, MAX_STALL_MS))
    else state.queue.end(stalled())
  })
}

const setFull = (state: ReaderBounds, isFull: boolean): void => {
  if (isFull === state.isFull) return
  state.isFull = isFull
  state.cancelStall()
  state.lastRead = now()
  if (isFull) watchStall(state, MAX_STALL_MS)
}

const onTaken = (state: ReaderBounds, bytes: number): void => {
  state.count--
  state.bytes -= bytes
  state.lastRead = now()
  if (!isOverBound(state, 0.5)) setFull(state, false)
  state.onRead()
}

const push = <Item>(state: ReaderState<Item>, item: Item, bytes: number): void => {
  const { queue, isRead } = state
  if (queue.hasEnded()) return
  const isKeptTooLong = state.count >= MAX_KEPT || state.bytes + bytes > MAX_KEPT_BYTES
  if (!isRead && state.count > 0 && isKeptTooLong) return queue.end(keptTooMany())
  state.count++
  state.bytes += bytes
  queue.push({ item, bytes })
  if (isRead && isOverBound(state)) setFull(state, true)
}

const createIterator = <Item>(state: ReaderState<Item>): AsyncIterableIterator<Item> => {
  const source = state.queue.iterator
  const iterator: AsyncIterableIterator<Item> = {
    next: async () => {
      const result = await source.next()
      if (result.done) return { done: true, value: undefined }
      const { item, bytes } = result.value
      onTaken(state, bytes)
      return { done: false, value: item }
    },
    return: async () => {
      await source.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}

/** Creates an empty queue. */
export const createReaderQueue = <Item>({ onRead, onEnd }: ReaderQueueEvents): ReaderQueue<Item> => {
  const state: ReaderState<Item> = {
    queue: createAsyncQueue({
      maxItems: Infinity,
      onOverflow: keptTooMany,
      onEnd: () => {
        state.cancelStall()
        state.isFull = false
        onEnd()
      },
    }),
    onRead,
    count: 0,
    bytes: 0,
    isRead: false,
    isFull: false,
    lastRead: 0,
    cancelStall: () => {},
  }
  return {
    read: () => {
      state.isRead = true
      if (isOverBound(state)) setFull(state, true)
      return createIterator(state)
    },
    push: (item, bytes) => push(state, item, bytes),
    isFull: () => state.isFull,
    end: () => state.queue.end(),
  }
}
