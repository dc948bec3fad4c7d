import { createSlice, type PayloadAction } from '@reduxjs/toolkit'
import { socketChanged, socketClosed, socketDropped, socketMessage, socketReleased } from '../../../src/index.js'
import { isHandle } from './handle.js'

export type Stage = 'queued' | 'sending' | 'echoed' | 'dropped' | 'lost'

/** A file that is sent to the server, which sends it back. */
export interface Transfer {
  /** The id of the message, which `socketDropped` refers to. */
  readonly id: string
  readonly name: string
  readonly byteLength: number
  readonly stage: Stage
  /** Why it was dropped. */
  readonly reason?: string
  /** Bytes that the socket still buffers; all of them until `buffered` in the state changes. */
  readonly left: number
}

/** Received bytes. The store contains only their handle. */
export interface Received {
  /** The id of the handle. */
  readonly id: string
  readonly byteLength: number
  /** The name of the file whose echo they are. */
  readonly name: string
  /** Whether the middleware removed them to make room for newer ones. */
  readonly isEvicted: boolean
}

interface PicturesState {
  /** The newest first. */
  readonly transfers: readonly Transfer[]
  /** The newest first. */
  readonly received: readonly Received[]
}

const MAX_TRANSFERS = 4
const MAX_RECEIVED = 6

const initialState: PicturesState = { transfers: [], received: [] }

/** Spreads the buffered bytes over the transfers. The socket sends in order, so it buffers the bytes sent last. */
function withBuffered(transfers: readonly Transfer[], buffered: number): readonly Transfer[] {
  let rest = buffered
  return transfers.map((transfer) => {
    if (transfer.stage !== 'sending') return transfer
    // Heartbeats are in the buffer, too: what was sent does not come back.
    const left = Math.min(transfer.left, rest)
    rest -= left
    return { ...transfer, left }
  })
}

const isPending = ({ stage }: Transfer): boolean => stage === 'sending' || stage === 'queued'

const withStage = (transfers: readonly Transfer[], from: Stage, stage: Stage): readonly Transfer[] =>
  transfers.map((transfer) => (transfer.stage === from ? { ...transfer, stage } : transfer))

/** Adds received bytes. Other messages change nothing. */
function withReceived(state: PicturesState, message: unknown): PicturesState {
  if (!isHandle(message)) return state
  const { id, byteLength } = message
  // Echoes arrive in order, so this is the echo of the oldest pending transfer of the same size.
  const original = state.transfers.findLast((transfer) => isPending(transfer) && transfer.byteLength === byteLength)
  const name = original?.name ?? 'bytes from the server'
  return {
    transfers: state.transfers.map((sent) => (sent === original ? { ...sent, stage: 'echoed', left: 0 } : sent)),
    received: [{ id, byteLength, name, isEvicted: false }, ...state.received].slice(0, MAX_RECEIVED),
  }
}

const picturesSlice = createSlice({
  name: 'pictures',
  initialState,
  reducers: {
    transferStarted(state: PicturesState, { payload }: PayloadAction<Omit<Transfer, 'left'>>) {
      const transfer = { ...payload, left: payload.byteLength }
      return { ...state, transfers: [transfer, ...state.transfers].slice(0, MAX_TRANSFERS) }
    },
    receivedRemoved(state: PicturesState, { payload }: PayloadAction<string>) {
      return { ...state, received: state.received.filter(({ id }) => id !== payload) }
    },
  },
  extraReducers: (builder) => {
    builder
      .addMatcher(socketChanged.match, (state: PicturesState, { payload: { buffered, queued } }) => {
        const { transfers } = state
        // Other sends cause these actions too, up to once a frame.
        if (!transfers.some(isPending)) return state
        const started = queued === 0 ? withStage(transfers, 'queued', 'sending') : transfers
        return { ...state, transfers: buffered === undefined ? started : withBuffered(started, buffered) }
      })
      .addMatcher(socketDropped.match, (state: PicturesState, { payload: { ids, reason } }) => ({
        ...state,
        transfers: state.transfers.map((transfer) => {
          if (!ids.includes(transfer.id)) return transfer
          // `indeterminate`: it was sent, and the connection was lost before the echo.
          return { ...transfer, stage: reason === 'indeterminate' ? ('lost' as const) : ('dropped' as const), reason }
        }),
      }))
      .addMatcher(socketClosed.match, (state: PicturesState) => ({
        ...state,
        transfers: withStage(state.transfers, 'sending', 'lost'),
      }))
      .addMatcher(socketMessage.match, (state: PicturesState, { payload }) => withReceived(state, payload))
      .addMatcher(socketReleased.match, (state: PicturesState, { payload: { ids } }) => ({
        ...state,
        received: state.received.map((bytes) => (ids.includes(bytes.id) ? { ...bytes, isEvicted: true } : bytes)),
      }))
  },
  selectors: {
    selectTransfers: ({ transfers }) => transfers,
    selectReceived: ({ received }) => received,
  },
})

export const picturesReducer = picturesSlice.reducer
export const { transferStarted, receivedRemoved } = picturesSlice.actions
export const { selectTransfers, selectReceived } = picturesSlice.selectors
