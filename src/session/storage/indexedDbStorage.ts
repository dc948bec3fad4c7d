import { nanoid } from '@reduxjs/toolkit'
import { createStore, del, entries, get, set, type UseStore } from 'idb-keyval'
import { after } from '../../internal/clock.js'
import { webLocks } from '../../internal/environment.js'
import type { SessionOutbox } from '../../middleware/featureOptions.js'
import { customStorage } from './customStorage.js'
import type { OutboxOptions } from './outboxState.js'
import type { SessionStorage, StorageSlot, StoredSession } from './storedSession.js'

/** How long the page before may take to give back its lock when it is reloaded, in milliseconds. */
const RELOAD_MS = 100

/** The options of `indexedDbStorage`. */
export interface IndexedDbStorageOptions extends OutboxOptions {
  /** The name of the database: different apps of one origin need different names. @default 'reduplex' */
  readonly name?: string
}

/** Takes the lock of a record unless another page has it. Resolves with the function that gives it back. A crash of the page gives it back too. */
const takeLock = (locks: LockManager, name: string): Promise<(() => void) | undefined> =>
  new Promise((resolve, reject) => {
    const hold = (lock: unknown): Promise<void> | undefined => {
      if (!lock) {
        resolve(undefined)
        return undefined
      }
      return new Promise<void>((release) => resolve(release))
    }
    locks.request(name, { ifAvailable: true }, hold).catch(reject)
  })

const createSlot = (store: UseStore, key: string, close: () => void, stored?: StoredSession): StorageSlot => ({
  stored,
  save: (session) => (session ? set(key, session, store) : del(key, store)),
  close,
})

type TakeLock = (key: string) => Promise<(() => void) | undefined>

/** Claims the first of these records that no other page has. */
const claimFirst = async (
  store: UseStore,
  lock: TakeLock,
  [key, ...others]: readonly string[],
): Promise<StorageSlot | undefined> => {
  if (key === undefined) return undefined
  const release = await lock(key)
  if (release) {
    try {
      // The page that had it may have changed it meanwhile.
      const stored = await get<StoredSession>(key, store)
      if (stored) return createSlot(store, key, release, stored)
    } catch (error) {
      release()
      throw error
    }
    release()
  }
  return await claimFirst(store, lock, others)
}

/** The keys of the records of a connection, the newest first. */
const keysOf = async (store: UseStore, scope: string): Promise<readonly string[]> =>
  (await entries<string, StoredSession>(store))
    .filter(([key]) => key.startsWith(scope))
    .sort(([, a], [, b]) => b.savedAt - a.savedAt)
    .map(([key]) => key)

const createStorage = (name: string): SessionStorage => ({
  claim: async (scopeName) => {
    const locks = webLocks()
    if (!locks) {
      throw new Error(
        __DEV__ ? 'expected Web Locks, got none: old browsers and pages without HTTPS have none' : 'Web Locks',
      )
    }
    const store = createStore(name, 'sessions')
    const scope = `${scopeName}/`
    const lock: TakeLock = (key) => takeLock(locks, `${name}/${key}`)
    const keys = await keysOf(store, scope)
    let slot = await claimFirst(store, lock, keys)
    if (slot) return slot
    if (keys.length) {
      // They are of other tabs, or of this page before its reload.
      await new Promise<void>((resolve) => after(RELOAD_MS, resolve))
      slot = await claimFirst(store, lock, keys)
    }
    const key = scope + nanoid()
    return slot ?? createSlot(store, key, (await lock(key))!)
  },
})

/**
 * Keeps sends that are not acknowledged in IndexedDB, over a reload or a crash of the page: the option `session: { storage: indexedDbStorage() }`. Needs Web Locks, so that no two tabs have one session: without them nothing is stored, and `storage_failed` is reported.
 */
export const indexedDbStorage = ({ name = 'reduplex', ...options }: IndexedDbStorageOptions = {}): SessionOutbox =>
  customStorage(createStorage(name), options)
