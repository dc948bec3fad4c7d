import { createSlice, type PayloadAction } from '@reduxjs/toolkit'
import { socketChanged, socketClosed, socketDropped, socketMessage, socketReleased } from '../../../src/index.js'
import { isHandle } from './handle.js'

export type Stage = 'queued' | 'sending' | 'back' | 'dropped' | 'lost'

/** A file on its way to the server and back. */
export interface Transfer {
  /** The message's id, by which a later drop names it. */
  readonly id: string
  readonly name: string
  readonly byteLength: number
  readonly stage: Stage
  /** Why it was dropped. */
  readonly reason?: string
  /** Bytes that the socket still holds; all of them until the state's `buffered` says otherwise. */
  readonly left: number
}

/** Received bytes, of which the store has nothing but the handle. */
export interface Received {
  /** Of the handle. */
  readonly id: string
  readonly byteLength: number
  /** Of the file that they are the echo of. */
  readonly name: string
  /** Whether they had to make room for newer ones. */
  readonly isGone: boolean
}

interface PicturesState {
  /** The newest first, as in `received`. */
  readonly transfers: readonly Transfer[]
  readonly received: readonly Received[]
}

const MAX_TRANSFERS = 4
const MAX_RECEIVED = 6

const initialState: PicturesState = { transfers: [], received: [] }

/** What is left of each: the socket sends in order, so that what it holds are the last bytes handed to it. */
function withBuffered(transfers: readonly Transfer[], buffered: number): readonly Transfer[] {
  let rest = buffered
  return transfers.map((transfer) => {
    if (transfer.stage !== 'sending') return transfer
    const left = Math.min(transfer.byteLength, rest)
    rest -= left
    return { ...transfer, left }
  })
}

/** Whether there is more to be told of it. */
const isOut = ({ stage }: Transfer): boolean => stage === 'sending' || stage === 'queued'

const withStage = (transfers: readonly Transfer[], from: Stage, stage: Stage): readonly Transfer[] =>
  transfers.map((transfer) => (transfer.stage === from ? { ...transfer, stage } : transfer))

/** A received message; only that of bytes has a place here. */
function withReceived(state: PicturesState, message: unknown): PicturesState {
  if (!isHandle(message)) return state
  const { id, byteLength } = message
  // Echoes come in order: this is the oldest of its size that is still out.
  const original = state.transfers.findLast((transfer) => isOut(transfer) && transfer.byteLength === byteLength)
  const name = original?.name ?? 'bytes from the server'
  return {
    transfers: state.transfers.map((sent) => (sent === original ? { ...sent, stage: 'back', left: 0 } : sent)),
    received: [{ id, byteLength, name, isGone: false }, ...state.received].slice(0, MAX_RECEIVED),
  }
}

const picturesSlice = createSlice({
  name: 'pictures',
  initialState,
  reducers: {
    begun(state: PicturesState, { payload }: PayloadAction<Omit<Transfer, 'left'>>) {
      const transfer = { ...payload, left: payload.byteLength }
      return { ...state, transfers: [transfer, ...state.transfers].slice(0, MAX_TRANSFERS) }
    },
    released(state: PicturesState, { payload }: PayloadAction<string>) {
      return { ...state, received: state.received.filter(({ id }) => id !== payload) }
    },
  },
  extraReducers: (builder) => {
    builder
      .addMatcher(socketChanged.match, (state: PicturesState, { payload: { buffered, queued } }) => {
        const { transfers } = state
        // These actions come with every frame while others send, too.
        if (!transfers.some(isOut)) return state
        const started = queued === 0 ? withStage(transfers, 'queued', 'sending') : transfers
        return { ...state, transfers: buffered === undefined ? started : withBuffered(started, buffered) }
      })
      .addMatcher(socketDropped.match, (state: PicturesState, { payload: { ids, reason } }) => ({
        ...state,
        transfers: state.transfers.map((transfer) =>
          ids.includes(transfer.id) ? { ...transfer, stage: 'dropped' as const, reason } : transfer,
        ),
      }))
      .addMatcher(socketClosed.match, (state: PicturesState) => ({
        ...state,
        transfers: withStage(state.transfers, 'sending', 'lost'),
      }))
      .addMatcher(socketMessage.match, (state: PicturesState, { payload }) => withReceived(state, payload))
      .addMatcher(socketReleased.match, (state: PicturesState, { payload: { ids } }) => ({
        ...state,
        received: state.received.map((bytes) => (ids.includes(bytes.id) ? { ...bytes, isGone: true } : bytes)),
      }))
  },
  selectors: {
    selectTransfers: ({ transfers }) => transfers,
    selectReceived: ({ received }) => received,
  },
})

export const picturesReducer = picturesSlice.reducer
export const { begun, released } = picturesSlice.actions
export const { selectTransfers, selectReceived } = picturesSlice.selectors
