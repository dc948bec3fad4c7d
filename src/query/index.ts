// The public names of `reduplex/query`, listed one by one.
export type { StreamProblem } from './problems.js'
export {
  socketBaseQuery,
  type SocketBaseQueryOptions,
  type SocketQueryArgs,
  type SocketQueryError,
  type SocketQueryExtraOptions,
  type SocketQueryMeta,
} from './socketBaseQuery.js'
export type { EntryState, StreamStatus } from './stream.js'
export { streamMiddleware, type StreamedApi } from './streamMiddleware.js'
export {
  getStreamSelectors,
  selectStream,
  streamReducer,
  streamSlice,
  type StreamEndpoint,
  type StreamSelectors,
  type StreamsState,
  type StreamState,
  type WithStreams,
} from './streamSlice.js'
export { streamUpdates, type StreamActions, type StreamEntryApi, type StreamUpdatesOptions } from './streamUpdates.js'
