import { createSlice, original, type UnknownAction } from '@reduxjs/toolkit'
import { isSocketAction } from '../actions/creators.js'
import { socketSelectors } from './socketSelectors.js'
import { noSockets, socketReducer } from './socketReducer.js'

/**
 * The slice of all connections, with its selectors: for `combineSlices`, `injectInto` and `socketSlice.selectors`. Where none of these is used,
 * `socketReducer` alone is smaller.
 */
export const socketSlice = /* @__PURE__ */ createSlice({
  name: 'socket',
  initialState: noSockets,
  reducers: {},
  selectors: socketSelectors,
  extraReducers: (builder) => {
    builder.addMatcher(
      (action): action is UnknownAction => isSocketAction(action),
      // Past Immer: the reducer copies what it changes, and the rest keeps its identity.
      (sockets, action) => socketReducer(original(sockets), action) as never,
    )
  },
})
