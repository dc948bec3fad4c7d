import { createSlice } from '@reduxjs/toolkit'
import { socketReducer } from './socketReducer.js'
import type { Problem } from '../internal/errors.js'
import type { Phase } from '../connection/lifecycle.js'
import type { CloseInfo } from '../connection/types.js'

/** What the store knows of one connection. Times are milliseconds since the epoch. */
export interface SocketState {
  /** What the connection is doing. */
  readonly status: Phase
  /** Where to, query and credentials redacted; `null` before the first attempt. */
  readonly url: string | null
  /** The subprotocol that the server chose; empty when none. */
  readonly protocol: string
  /** The number of the retry under way or waited for; 0 for a first attempt and while open. */
  readonly attempt: number
  /** When the next attempt is due; `null` when none is. */
  readonly retryAt: number | null
  /** Since when the connection is ready; `null` when it is not. */
  readonly openedAt: number | null
  /** How the last socket ended. */
  readonly lastClose: CloseInfo | null
  /** The last thing that went wrong since the connection was open, or while it is. */
  readonly error: Pick<Problem, 'code' | 'message'> | null
  /** How many sends wait. */
  readonly queued: number
  /** Bytes handed over and not yet gone. */
  readonly buffered: number
  /** Whether the peer reads more slowly than we send, so that sends wait. */
  readonly congested: boolean
  /** The last round trip of the heartbeat, in milliseconds. */
  readonly latency: number | null
}

/** One entry a connection, by name. */
export type SocketsState = Readonly<Record<string, SocketState>>

export { idleSocket, socketReducer } from './socketReducer.js'

/** The slice of all connections. `socketSlice` goes into `combineSlices`, `socketReducer` into a `reducer` map, both under `socket`. */
export const socketSlice = /* @__PURE__ */ createSlice({
  name: 'socket',
  initialState: {} as SocketsState,
  reducers: {},
  extraReducers: (builder) => builder.addDefaultCase((state, action) => socketReducer(state, action) as never),
})
