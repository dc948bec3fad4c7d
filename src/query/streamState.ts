import { defaultSerializeQueryArgs } from '@reduxjs/toolkit/query'
import { socketOf } from '../state/socketSelectors.js'
import type { WithSockets } from '../state/selectors.js'
import type { SocketsState, SocketState } from '../state/socketState.js'
import type { StreamProblem } from './problems.js'
import type { StreamStatus } from './streamModel.js'

/** What the store knows of the stream of one cache entry. */
export interface StreamState {
  /** Names this stream: an entry that is removed and added again gets another one. */
  readonly id: string
  /**
   * `connecting` until the server has accepted the subscription and the first data is there; then `live`, or `stale` while pushes may be missing: without a
   * connection, and after it until the entry was fetched. `error` when the server refused.
   */
  readonly status: StreamStatus
  /** Why it failed. */
  readonly error?: StreamProblem
}

/** The streams of a connection, by cache entry. */
export type StreamTable = Readonly<Record<string, StreamState>>

/** The state of a connection that has streams: `state.socket[name] as StreamSocketState`. */
export interface StreamSocketState extends SocketState {
  /** The streams, by cache entry. */
  readonly streams: StreamTable
}

/** An endpoint of `createApi`, or its name. */
export type StreamEndpoint = string | { readonly name: string }

/** The key of a cache entry: RTK Query's own, unless an endpoint has a `serializeQueryArgs`. */
export const entryKey = (endpoint: StreamEndpoint, queryArgs: unknown): string => {
  const endpointName = typeof endpoint === 'string' ? endpoint : endpoint.name
  return defaultSerializeQueryArgs({ endpointName, queryArgs, endpointDefinition: {} as never })
}

/** Selectors of one mount point of `socketReducer`. */
export interface StreamSelectors<Root> {
  /** The stream of a cache entry, by its endpoint and the query's argument, on the connection `name`; `undefined` when it has none. */
  readonly selectStream: (
    state: Root,
    endpoint: StreamEndpoint,
    arg?: unknown,
    name?: string,
  ) => StreamState | undefined
}

/** Creates the selectors for a `socketReducer` that is not mounted under `socket`. A slice that is not there yet reads as empty. See docs/rtk-query.md. */
export const getStreamSelectors = <Root>(
  selectSockets: (state: Root) => SocketsState | undefined,
): StreamSelectors<Root> => ({
  selectStream: (state, endpoint, arg, name) =>
    (socketOf(selectSockets(state), name) as Partial<StreamSocketState>).streams?.[entryKey(endpoint, arg)],
})

const selectors = /* @__PURE__ */ getStreamSelectors((state: WithSockets) => state.socket)

/** The stream of a cache entry: `selectStream(state, api.endpoints.getPost, 7, name?)` is `{ status, error?, id }`, or `undefined`. */
export const selectStream = selectors.selectStream
