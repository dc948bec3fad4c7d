import { configureStore, type Middleware } from '@reduxjs/toolkit'
import {
  createSocketMiddleware,
  selectSocket,
  socketDropped,
  socketMessage,
  socketOpened,
  socketReducer,
  type WebSocketClass,
} from '../../../../src/index.js'
import { handoverFeature } from '../../../../src/features/index.js'
import { jsonRpc } from '../../../../src/rpc/index.js'
import { selectUnacknowledged, sessionFeature, socketAcknowledged } from '../../../../src/session/index.js'
import { customStorage, type SessionStorage } from '../../../../src/session/storage/index.js'
import type { Account, Told } from './account.js'

/** The bounds of both ends, small enough to be met often. */
export interface Bounds {
  /** Messages that the client keeps without an acknowledgement. */
  readonly window: number
  readonly maxQueue: number
  /** Messages that the server keeps for a session. */
  readonly maxOut: number
  /** Whether the server limits the rate of a client. */
  readonly hasRate: boolean
  /** Whether the WebSocket class of the client has `terminate`. */
  readonly hasTerminate: boolean
  /** Whether sends are stored, so that they survive a reload. */
  readonly hasStorage: boolean
}

const unchecked = { serializableCheck: false, immutableCheck: false } as const

/** A store of the app of one page, which writes down what it is told. */
export const createModelStore = (
  Class: WebSocketClass,
  { window, maxQueue }: Bounds,
  account: Account,
  storage?: SessionStorage,
) => {
  const { page } = account
  const record: Middleware = () => (next) => (action) => {
    // The page is gone.
    if (account.page !== page) return next(action)
    account.log?.push(['  store', action])
    if (socketAcknowledged.match(action)) {
      for (const id of action.payload.ids) {
        if (account.acknowledged.get(id) === page) account.problems.push(`${id} is acknowledged twice`)
        account.acknowledged.set(id, page)
      }
      const { finished, handled, hasEnded } = account
      const isDone = (id: string) => finished.has(id) || (hasEnded && handled.includes(id))
      const early = action.payload.ids.find((id) => id.startsWith('m') && !isDone(id))
      if (early !== undefined) account.problems.push(`${early} is acknowledged before it is handled`)
    } else if (socketDropped.match(action)) {
      const { ids, reason } = action.payload
      for (const id of ids) account.dropped.set(id, { reason, page })
    } else if (socketOpened.match(action)) {
      const { session } = action.payload
      account.verdicts.push(session!)
      if (session === 'lost' && !account.mayBeLost) account.problems.push('a session is lost without a reason')
    } else if (socketMessage.match(action))
      account.received.push((action.payload as { readonly payload: Told }).payload)
    return next(action)
  }
  const { middleware, dispose } = createSocketMiddleware.with(
    sessionFeature,
    handoverFeature,
  )({
    url: 'ws://model/',
    WebSocket: Class,
    protocol: jsonRpc(),
    session: { maxMessages: window, ackInterval: 100, ...(storage && { storage: customStorage(storage) }) },
    queue: { maxMessages: maxQueue },
    heartbeat: { interval: 1_500, timeout: 500 },
    connectTimeout: 1_000,
    closeTimeout: 300,
    reconnect: { backoff: () => 150, minUptime: 0 },
  })
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) => defaults(unchecked).prepend(middleware).concat(record),
  })
  return {
    dispatch: store.dispatch,
    dispose,
    status: () => selectSocket(store.getState()).status,
    queued: () => selectSocket(store.getState()).queued,
    unacknowledged: () => selectUnacknowledged(store.getState()).length,
  }
}
