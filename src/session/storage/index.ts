// The public names of `reduplex/session/storage`, listed one by one.
export type { Frame } from '../../internal/bytes.js'
export type { SessionOutbox } from '../../middleware/featureOptions.js'
export { customStorage } from './customStorage.js'
export {
  createStorageActions,
  socketExpired,
  type ExpiredPayload,
  type ExpiredSend,
  type StorageActions,
} from './expired.js'
export { indexedDbStorage, type IndexedDbStorageOptions } from './indexedDbStorage.js'
export type { OutboxOptions } from './outboxState.js'
export { getStorageSelectors, selectHasUnsent, type StorageSelectors } from './selectors.js'
export type { NumberedSend, SessionStorage, StorageSlot, StoredSession, WaitingSend } from './storedSession.js'
