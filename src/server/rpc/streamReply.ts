import {
  INVALID_REQUEST,
  isObject,
  REQUEST_CANCELLED,
  toResult,
  type RpcCall,
  type RpcId,
} from '../../internal/jsonRpc.js'
import { RpcError } from './RpcError.js'
import type { StreamCredit } from './streamCredits.js'

/** The unread chunks that a client may have at most, and when it names no number. */
const MAX_WINDOW = 1_000
const DEFAULT_WINDOW = 32

/** What the caller of a reply in chunks offers. HTTP has no `sendChunk`. */
export interface ChunkSender {
  /** Sends a chunk of the reply to a request. Resolves with its bytes. @throws RpcError when it was not sent */
  readonly sendChunk?: (id: RpcId, data: unknown) => Promise<number>
}

/** What a call offers for a reply in chunks. */
export interface StreamableCall {
  /** Returns the signal of the call: aborted when the client cancels it or disconnects. */
  readonly signal: () => AbortSignal
  /** Creates the credit of its chunks. */
  readonly openCredit: (window: number) => StreamCredit
}

/** Whether a method has returned chunks: an async generator, or another async iterable. */
export const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function'

/** Reads `stream: { window }` of a request. @throws RpcError */
const windowOf = ({ id, stream }: RpcCall, { sendChunk }: ChunkSender): number => {
  if (!sendChunk)
    throw new RpcError(INVALID_REQUEST, 'The method answers in chunks, which need a WebSocket (socketRequestStream)')
  if (id === undefined || stream === undefined)
    throw new RpcError(
      INVALID_REQUEST,
      'The method answers in chunks: expected a request with "stream" (socketRequestStream)',
    )
  const { window = DEFAULT_WINDOW } = isObject(stream) ? stream : { window: NaN }
  if (Number.isInteger(window) && (window as number) > 0) return Math.min(window as number, MAX_WINDOW)
  throw new RpcError(INVALID_REQUEST, 'Expected "stream" to be an object whose "window" is a whole number above 0')
}

/** One run of an iterable. */
interface Run {
  readonly iterator: AsyncIterator<unknown>
  readonly signal: AbortSignal
  readonly credit: StreamCredit
  readonly sendChunk: (data: unknown) => Promise<number>
  /** Whether the iterator has returned or thrown. */
  hasEnded: boolean
  /** Set once the iterator was told to return. */
  ending: Promise<unknown> | undefined
  /** What the iterator returned. */
  returned: unknown
}

const cancelled = () => new RpcError(REQUEST_CANCELLED, 'Request cancelled')

const checkSignal = ({ signal }: Run): void => {
  if (signal.aborted) throw cancelled()
}

/** Tells the iterator that nothing more is read. A generator that has not ended runs its `finally`. */
const endIterator = async (run: Run): Promise<void> => {
  if (!run.hasEnded) await (run.ending ??= Promise.resolve(run.iterator.return?.()))
}

/** Reads the next result. What the iterator throws has ended it. */
const readNow = async (run: Run): Promise<IteratorResult<unknown>> => {
  try {
    const read = await run.iterator.next()
    if (read.done) {
      run.hasEnded = true
      run.returned = read.value
    }
    return read
  } catch (error) {
    run.hasEnded = true
    throw error
  }
}

/** Reads the next result as soon as there is credit for a chunk. `stopped` rejects when the iterator was told to return, and has. */
const readNext = async (run: Run, stopped: Promise<never>): Promise<IteratorResult<unknown>> => {
  checkSignal(run)
  await run.credit.wait()
  checkSignal(run)
  const read = await Promise.race([readNow(run), stopped])
  checkSignal(run)
  return read
}

/** Sends chunks until the iterator returns. Resolves with the result of the final reply. */
const sendChunks = async (run: Run, stopped: Promise<never>): Promise<unknown> => {
  const chunks = { [Symbol.asyncIterator]: () => ({ next: async () => await readNext(run, stopped) }) }
  for await (const data of chunks) run.credit.spend(await run.sendChunk(toResult(data)))
  return toResult(run.returned)
}

/** Sends chunks, and ends the iterator when the call is cancelled. */
const runToEnd = async (run: Run): Promise<unknown> => {
  const { credit, signal } = run
  let onAbort = (): void => {}
  const stopped = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      credit.end()
      // A generator that waits for something does so first: its code has `context.signal` for that.
      const stop = (): void => reject(cancelled())
      endIterator(run).then(stop, stop)
    }
  })
  stopped.catch(() => {})
  signal.addEventListener('abort', onAbort)
  try {
    return await sendChunks(run, stopped)
  } finally {
    signal.removeEventListener('abort', onAbort)
    credit.end()
    await endIterator(run)
  }
}

/**
 * Answers a request in chunks: calls `next()` only while the client has room for a chunk. Resolves with the result of the final reply. When the call is
 * cancelled or its client disconnects, the iterator's `return()` is called.
 * @throws RpcError for a request that did not ask for chunks; what the iterable throws
 */
export const streamReply = async (
  iterable: AsyncIterable<unknown>,
  call: RpcCall,
  caller: ChunkSender,
  { signal, openCredit }: StreamableCall,
): Promise<unknown> => {
  const iterator = iterable[Symbol.asyncIterator]()
  let window
  try {
    window = windowOf(call, caller)
  } catch (error) {
    await iterator.return?.()
    throw error
  }
  return await runToEnd({
    iterator,
    signal: signal(),
    credit: openCredit(window),
    sendChunk: async (data) => await caller.sendChunk!(call.id!, data),
    hasEnded: false,
    ending: undefined,
    returned: undefined,
  })
}
