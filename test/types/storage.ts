// The option `session.storage`, and the actions and selectors of `reduplex/session/storage`.
import { configureStore } from '@reduxjs/toolkit'
import { createSocketActions, createSocketMiddleware, socketReducer, type SocketEventCreator } from '../../src/index.js'
import { sessionFeature } from '../../src/session/index.js'
import {
  createStorageActions,
  customStorage,
  getStorageSelectors,
  indexedDbStorage,
  selectHasUnsent,
  socketExpired,
  type ExpiredPayload,
  type IndexedDbStorageOptions,
  type OutboxOptions,
  type SessionOutbox,
  type SessionStorage,
  type StorageActions,
  type StorageSelectors,
  type StorageSlot,
  type StoredSession,
} from '../../src/session/storage/index.js'
import type { Equal, Expect } from './expect.js'

interface RootState {
  readonly auth: { readonly userId?: string }
}

const create = createSocketMiddleware.with(sessionFeature)
create({ session: { storage: indexedDbStorage() } })
create({ session: { storage: indexedDbStorage({ name: 'app', maxAge: 1, owner: 'ann' }) } })
create({ session: { storage: indexedDbStorage({ owner: ({ auth }: RootState) => auth.userId }) } })
// @ts-expect-error -- made by indexedDbStorage() or customStorage()
create({ session: { storage: 'indexedDB' } })
// @ts-expect-error -- an id is a text
indexedDbStorage({ owner: 7 })
export type AnOptionsMaxAge = Expect<Equal<IndexedDbStorageOptions['maxAge'], number | undefined>>

const slots = new Map<string, StoredSession>()
const own: SessionStorage = {
  claim: async (scope): Promise<StorageSlot> =>
    await Promise.resolve({
      stored: slots.get(scope),
      save: async (session) => {
        if (session) slots.set(scope, session)
        else slots.delete(scope)
        await Promise.resolve()
      },
      close: () => {},
    }),
}
const options: OutboxOptions = { maxAge: 1 }
export const outbox: SessionOutbox = customStorage(own, options)

const expired = socketExpired({ sends: [{ id: 'a', data: 1, at: 0 }] })
export type AnExpiredsPayload = Expect<Equal<typeof expired.payload, ExpiredPayload>>
const chat: StorageActions = createStorageActions(createSocketActions('chat'))
export type AnActionsExpired = Expect<Equal<typeof chat.expired, SocketEventCreator<ExpiredPayload>>>

const store = configureStore({ reducer: { socket: socketReducer } })
export const hasUnsent: boolean = selectHasUnsent(store.getState(), 'chat')
// @ts-expect-error -- the slice is not there
selectHasUnsent({})
const elsewhere: StorageSelectors<{ readonly live: ReturnType<typeof socketReducer> }> = getStorageSelectors(
  (root: { readonly live: ReturnType<typeof socketReducer> }) => root.live,
)
elsewhere.selectHasUnsent({ live: {} })
