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
  returned: unknown
}

/** Reads the next result, as soon as there is credit for a chunk. What the iterator throws has ended it. */
const readNext = async (run: Run): Promise<IteratorResult<unknown>> => {
  const check = (): void => {
    if (run.signal.aborted) throw new RpcError(REQUEST_CANCELLED, 'Request cancelled')
  }
  check()
  await run.credit.wait()
  check()
  try {
    const read = await run.iterator.next()
    run.hasEnded = read.done === true
    if (read.done) run.returned = read.value
    check()
    return read
  } catch (error) {
    run.hasEnded ||= !run.signal.aborted
    throw error
  }
}

/** Sends chunks until the iterator returns. Resolves with the result of the final reply. */
const sendChunks = async (run: Run): Promise<unknown> => {
  const chunks = { [Symbol.asyncIterator]: () => ({ next: async () => await readNext(run) }) }
  for await (const data of chunks) run.credit.spend(await run.sendChunk(toResult(data)))
  return toResult(run.returned)
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
  const credit = openCredit(window)
  const run: Run = {
    iterator,
    signal: signal(),
    credit,
    sendChunk: async (data) => await caller.sendChunk!(call.id!, data),
    hasEnded: false,
    returned: undefined,
  }
  const onAbort = (): void => {
    credit.end()
    // An iterator that waits for its source learns it now. A generator does so at its next `yield`: its code has `context.signal` for that.
    if (!run.hasEnded) iterator.return?.().catch(() => {})
  }
  run.signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await sendChunks(run)
  } finally {
    run.signal.removeEventListener('abort', onAbort)
    credit.end()
    if (!run.hasEnded) await iterator.return?.()
  }
}
