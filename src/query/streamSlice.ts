import { createSlice } from '@reduxjs/toolkit'
import { isSocketAction, prefixOf } from '../actions/creators.js'
import { createEvent } from '../actions/events.js'
import { sizeOf, toPlain } from '../middleware/plain.js'
import { textOf } from '../rpc/sharedName.js'
import type { StreamProblem } from './problems.js'
import type { StreamStatus } from './stream.js'

/** What the store knows of one cache entry's stream. */
export interface StreamState {
  /** The subscription's connection. */
  readonly socket: string
  /**
   * `connecting` until the server knows of the subscription and the first data is there; then `live`, or `stale` while something may have been missed:
   * without a connection, and after it until the entry has been fetched anew. `error` when the server refused.
   */
  readonly status: StreamStatus
  /** Why it failed. */
  readonly error?: StreamProblem
}

/** What the store knows of streams, by cache entry. */
export type StreamsState = Readonly<Record<string, StreamState & { readonly id: string }>>

/** An endpoint of `createApi`, or its name. */
export type StreamEndpoint = string | { readonly name: string }

/** The name of a cache entry, as RTK Query has it unless an endpoint has its own `serializeQueryArgs`. */
export const entryKey = (endpoint: StreamEndpoint, arg: unknown): string =>
  `${typeof endpoint === 'string' ? endpoint : endpoint.name}(${textOf(toPlain(arg, sizeOf)) ?? ''})`

interface Changed {
  /** The cache entry's. */
  readonly key: string
  /** The stream's own. */
  readonly id: string
  readonly status: StreamStatus
  readonly error?: StreamProblem
}

/** What happens to the streams of one connection. */
export const createStreamEvents = (name: string) => {
  const prefix = prefixOf(name)
  return {
    changed: createEvent<Changed>(name, `${prefix}/streamChanged`),
    ended: createEvent<Pick<Changed, 'key' | 'id'>>(name, `${prefix}/streamEnded`),
  }
}

const initialState: Record<string, StreamState & { readonly id: string }> = {}

const isOf = (verb: string) => (action: { type: string }) => action.type.endsWith(verb) && isSocketAction(action)

type Seen<Payload> = { readonly type: string; readonly payload: Payload; readonly meta: { readonly socket: string } }

/** The slice of all streams. `streamSlice` goes into `combineSlices`, `streamReducer` into a `reducer` map, both under `streams`. */
export const streamSlice = /* @__PURE__ */ createSlice({
  name: 'streams',
  initialState,
  reducers: {},
  extraReducers: (builder) => {
    builder
      .addMatcher(isOf('/streamChanged'), (streams, action) => {
        const { payload, meta } = action as unknown as Seen<Changed>
        const { key, ...stream } = payload
        streams[key] = { socket: meta.socket, ...stream }
      })
      .addMatcher(isOf('/streamEnded'), (streams, action) => {
        const { key, id } = (action as unknown as Seen<Changed>).payload
        // An entry that was removed and added again has another one by now.
        if (streams[key]?.id === id) delete streams[key]
      })
  },
})

/** Remembers what streams are doing; for the key `streams` of the store. */
export const streamReducer = streamSlice.reducer

/** Selectors of one mount. */
export interface StreamSelectors<Root> {
  /** The stream of a cache entry, by its endpoint and the query's argument; `undefined` when it has none. */
  readonly selectStream: (state: Root, endpoint: StreamEndpoint, arg?: unknown) => StreamState | undefined
}

/** Creates the selectors for a slice that is mounted elsewhere than under `streams`. One that is not there yet reads as empty. */
export const getStreamSelectors = <Root>(
  selectState: (state: Root) => StreamsState | undefined,
): StreamSelectors<Root> => ({
  selectStream: (state, endpoint, arg) => selectState(state)?.[entryKey(endpoint, arg)],
})

/** A root state with the slice where it usually is. */
export interface WithStreams {
  /** What `streamReducer` keeps. */
  readonly streams: StreamsState
}

const atStreams = /* @__PURE__ */ getStreamSelectors((state: WithStreams) => state.streams)

/** The stream of a cache entry: `selectStream(state, api.endpoints.getPost, 7)` is `{ status, error?, socket }`, or `undefined`. */
export const selectStream = atStreams.selectStream
