// The page of outbox.test.ts: a store with the storage in IndexedDB.
import { configureStore, type Middleware } from '@reduxjs/toolkit'
import {
  createSocketMiddleware,
  socketClose,
  socketConnect,
  socketDropped,
  socketError,
  socketOpened,
  socketReconnect,
  socketReducer,
  socketSend,
} from '../../../src/index.js'
import { selectUnacknowledged, sessionFeature, socketAcknowledged } from '../../../src/session/index.js'
import { indexedDbStorage, selectHasUnsent } from '../../../src/session/storage/index.js'

const events: { readonly type: string; readonly payload: unknown }[] = []
let user: string | undefined = 'ann'

const socket = createSocketMiddleware.with(sessionFeature)({
  reconnect: { backoff: () => 50 },
  session: { ackInterval: 5, storage: indexedDbStorage({ owner: () => user }) },
})
const record: Middleware = () => (next) => (action) => {
  for (const creator of [socketAcknowledged, socketDropped, socketError, socketOpened])
    if (creator.match(action)) events.push({ type: creator.type, payload: action.payload })
  return next(action)
}

const store = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(socket.middleware, record),
})

const readDatabase = async (): Promise<unknown[]> => {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('reduplex')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error!)
  })
  try {
    return await new Promise((resolve) => {
      const request = database.transaction('sessions').objectStore('sessions').getAll()
      request.onsuccess = () => resolve(request.result as unknown[])
    })
  } finally {
    database.close()
  }
}

Object.assign(globalThis, {
  connect: async (url: string) => await store.dispatch(socketConnect({ url })),
  reconnect: async () => await store.dispatch(socketReconnect()),
  send: (payload: unknown, id: string) => store.dispatch(socketSend({ type: 'said', payload }, { id })),
  close: async () => await store.dispatch(socketClose()),
  signOut: () => {
    user = undefined
    store.dispatch({ type: 'auth/signedOut' })
  },
  events: () => events,
  unacknowledged: () => selectUnacknowledged(store.getState()),
  hasUnsent: () => selectHasUnsent(store.getState()),
  records: readDatabase,
})
