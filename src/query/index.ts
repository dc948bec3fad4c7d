// The public names of `reduplex/query`, listed one by one.
export { refetch } from './apply.js'
export type { StreamProblem } from './problems.js'
export {
  socketBaseQuery,
  type SocketBaseQueryOptions,
  type SocketQueryArgs,
  type SocketQueryError,
  type SocketQueryExtraOptions,
  type SocketQueryMeta,
} from './socketBaseQuery.js'
export type { EntryState, StreamStatus } from './streamModel.js'
export {
  getStreamSelectors,
  selectStream,
  type StreamEndpoint,
  type StreamSelectors,
  type StreamSocketState,
  type StreamState,
  type StreamTable,
} from './streamState.js'
export {
  streamUpdates,
  type StreamActions,
  type StreamedApi,
  type StreamEntryApi,
  type StreamUpdatesOptions,
} from './streamUpdates.js'
