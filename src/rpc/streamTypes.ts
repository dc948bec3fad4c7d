import type { SafePromise } from '@reduxjs/toolkit'
import type { Command } from '../actions/command.js'
import type { Delivery } from '../connection/types.js'
import type { RpcId } from '../internal/jsonRpc.js'
import type { IsStreaming, ParamsOf, SentOf } from './contract.js'
import type { CallPayload, RpcCommandCreator } from './rpcActions.js'
import type { RequestOptions, RequestResult } from './types.js'

/** What a function returns, once its promise has resolved. */
type AwaitedResultOf<Method> = Method extends (...args: never) => infer Result ? Awaited<Result> : never

/** The type of the chunks of a server's function that is an async generator, at the client; `unknown` for one that is not typed. */
export type ChunkOf<Method> =
  unknown extends AwaitedResultOf<Method>
    ? unknown
    : AwaitedResultOf<Method> extends AsyncIterable<infer Chunk>
      ? SentOf<Chunk>
      : never

/** The type of what an async generator of the server returns, at the client; `unknown` for a function that is not typed. */
export type ReturnedOf<Method> =
  unknown extends AwaitedResultOf<Method>
    ? unknown
    : AwaitedResultOf<Method> extends AsyncGenerator<unknown, infer Returned, infer _Given>
      ? SentOf<Returned>
      : null

/** The names of the functions that answer in chunks. */
export type StreamingNames<Methods> = {
  [Name in keyof Methods & string]: IsStreaming<Methods[Name]> extends true ? Name : never
}[keyof Methods & string]

/** How a request for a reply in chunks is treated. */
export interface StreamOptions extends Pick<RequestOptions, 'signal' | 'whenOffline'> {
  /** The unread chunks that the server may be ahead of the reader, 1 to 1000. The server waits with further ones. @default 32 */
  readonly window?: number | undefined
  /**
   * Milliseconds without a chunk or the end of the reply until it fails with `request_timeout`; the wait for a connection counts, the time in which
   * the reader has not read the last `window` chunks does not. `Infinity` is never. @default 10000
   */
  readonly timeout?: number | undefined
}

/**
 * A reply in chunks. It is read once, in order, by `for await` or `next()`. After the chunks that arrived before, reading throws an Error with the
 * `code` and the `data` of the `RpcProblem` with which the reply has failed.
 */
export interface RequestStream<Chunk = unknown, Returned = unknown> {
  /** Reads a chunk. The result that is `done` has what the server's function has returned; `undefined` after `cancel`. */
  readonly next: () => Promise<IteratorResult<Chunk, Returned | undefined>>
  /** The same as `cancel`, for `break` in a loop. */
  readonly return: () => Promise<IteratorResult<Chunk, undefined>>
  /** The reply itself. */
  readonly [Symbol.asyncIterator]: () => RequestStream<Chunk, Returned>
  /**
   * Ends the reply: chunks that are unread are dropped, reading ends without an error, `result` is `request_aborted`. A request that still waits is not
   * sent; for one that was sent, the server is asked to cancel it.
   */
  readonly cancel: () => void
  /** How the reply has ended: what the server's function has returned, or the error. It never rejects. Without a reader it ends only if all chunks fit the window. */
  readonly result: SafePromise<RequestResult<Returned>>
}

/** The `meta` of a request for a reply in chunks, as reducers get it: its options without the signal, and the result. */
export interface StreamMeta extends Omit<StreamOptions, 'signal'> {
  /** Set once the middleware has carried it out. */
  readonly delivery?: Delivery['delivery']
}

/** Creates a request for a reply in chunks: `dispatch` returns a {@link RequestStream}. */
export interface RequestStreamCreator<Methods> extends RpcCommandCreator<CallPayload, RequestStream, StreamMeta> {
  /** A method of the contract that is an async generator. */
  <Method extends StreamingNames<Methods>>(
    method: Method,
    ...rest: readonly [...ParamsOf<Methods[Method]>, options?: StreamOptions]
  ): Command<CallPayload, RequestStream<ChunkOf<Methods[Method]>, ReturnedOf<Methods[Method]>>, StreamMeta>
  /** Any method, without a contract. The types of the chunks and of the result are not checked. */
  <Chunk = unknown, Returned = unknown>(
    method: keyof Methods extends never ? RpcId : never,
    params?: unknown,
    options?: StreamOptions,
  ): Command<CallPayload, RequestStream<Chunk, Returned>, StreamMeta>
}
