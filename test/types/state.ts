// The state and its selectors.
import { combineSlices, configureStore, createSelector, createSlice } from '@reduxjs/toolkit'
import { useSelector } from 'react-redux'
import {
  getSocketSelectors,
  isReceived,
  isSocketAction,
  selectIsOpen,
  selectLastClose,
  selectQueued,
  selectRetryAt,
  selectSocket,
  selectSocketError,
  selectSocketStatus,
  socketReducer,
  socketSlice,
  type Phase,
  type SerializedSocketError,
  type SocketsState,
  type SocketState,
} from '../../src/index.js'
import type { Equal, Expect } from './expect.js'

const posts = createSlice({ name: 'posts', initialState: { count: 0 }, reducers: {} })

const store = configureStore({ reducer: { socket: socketReducer, posts: posts.reducer } })
type RootState = ReturnType<typeof store.getState>
export type ASlicesState = Expect<Equal<RootState['socket'], SocketsState>>

const state = store.getState()
const read = () => ({
  socket: selectSocket(state),
  status: selectSocketStatus(state, 'prices'),
  isOpen: selectIsOpen(state),
  error: selectSocketError(state),
  retryAt: selectRetryAt(state),
  lastClose: selectLastClose(state),
  queued: selectQueued(state),
})
type Read = ReturnType<typeof read>
export type Selected = [
  Expect<Equal<Read['socket'], SocketState>>,
  Expect<Equal<Read['status'], Phase>>,
  Expect<Equal<Phase, 'idle' | 'connecting' | 'open' | 'closing' | 'closed' | 'reconnecting' | 'failed'>>,
  Expect<Equal<Read['isOpen'], boolean>>,
  Expect<Equal<Read['error'], Pick<SerializedSocketError, 'code' | 'message'> | null>>,
  Expect<Equal<Read['retryAt'], number | null>>,
  Expect<Equal<Read['lastClose'], SocketState['lastClose']>>,
  Expect<Equal<Read['queued'], number>>,
]
// @ts-expect-error -- no slice under `socket`
export const elsewhere = selectSocket({ posts: { count: 0 } })
// @ts-expect-error -- the name of a connection is a text
export const badName = selectSocket(state, 1)

/** Every phase by name. */
const labels: Record<Phase, string> = {
  idle: 'offline',
  connecting: 'soon',
  open: 'online',
  closing: 'offline',
  closed: 'offline',
  reconnecting: 'soon',
  failed: 'broken',
}

// In components and with reselect.
const useAppSelector = useSelector.withTypes<RootState>()
export const useStatus = (): [Phase, boolean] => [
  useAppSelector(selectSocketStatus),
  useAppSelector((root) => selectIsOpen(root, 'prices')),
]
export const selectBanner = createSelector([selectSocketStatus, selectSocketError], (status, error) =>
  error ? `${status}: ${error.message}` : labels[status],
)
const banner = () => selectBanner(state)
export type Banner = Expect<Equal<ReturnType<typeof banner>, string>>

// Read only, as everything in a store.
export const change = (socket: SocketState): void => {
  // @ts-expect-error -- state is changed by actions
  socket.status = 'open'
}

// combineSlices, at once or lazily, and under another name.
const combinedReducer = combineSlices(posts, socketSlice)
export const combined = configureStore({ reducer: combinedReducer })
export const combinedStatus = () => selectSocketStatus(combined.getState())

const lazy = combineSlices(posts).withLazyLoadedSlices<{ socket: SocketsState }>()
const injected = lazy.inject(socketSlice)
export const injectedStatus = () => selectSocketStatus(injected(undefined, { type: 'x' }))

const nested = configureStore({ reducer: { live: socketReducer } })
const selectors = getSocketSelectors((root: ReturnType<typeof nested.getState>) => root.live)
const nestedStatus = () => selectors.selectSocketStatus(nested.getState(), 'prices')
export type Nested = Expect<Equal<ReturnType<typeof nestedStatus>, Phase>>
// @ts-expect-error -- those of the usual mount do not fit
export const notNested = () => selectSocket(nested.getState())

// How actions are distinguished.
export const distinguish = (action: unknown): string | undefined => {
  if (isSocketAction(action, 'prices')) return action.meta.socket + action.type
  if (isReceived(action)) return action.meta.receivedFrom
  // @ts-expect-error -- nothing is known about any other
  void action.type
  return undefined
}
