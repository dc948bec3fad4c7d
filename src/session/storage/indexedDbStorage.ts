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

/** The records of one database. */
interface Records {
  readonly store: UseStore
  /** The keys of a connection's records, the newest first. */
  readonly keysOf: (connection: string) => Promise<readonly string[]>
  readonly lock: (key: string) => Promise<(() => void) | undefined>
}

const openRecords = (name: string): Records => {
  const locks = webLocks()
  if (!locks) {
    throw new Error(
      __DEV__ ? 'expected Web Locks, got none: old browsers and pages without HTTPS have none' : 'Web Locks',
    )
  }
  const store = createStore(name, 'sessions')
  return {
    store,
    keysOf: async (connection) =>
      (await entries<string, StoredSession>(store))
        .filter(([key]) => key.startsWith(`${connection}/`))
        .sort(([, a], [, b]) => b.savedAt - a.savedAt)
        .map(([key]) => key),
    lock: (key) => takeLock(locks, `${name}/${key}`),
  }
}

/** Claims a record unless another page has it. */
const claimRecord = async ({ lock, store }: Records, key: string): Promise<StorageSlot | undefined> => {
  const release = await lock(key)
  if (!release) return undefined
  let stored
  try {
    // The page that had it may have changed it meanwhile.
    stored = await get<StoredSession>(key, store)
  } finally {
    if (!stored) release()
  }
  return stored && createSlot(store, key, release, stored)
}

const claimFirst = async (records: Records, keys: readonly string[]): Promise<StorageSlot | undefined> => {
  for (const key of keys) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const slot = await claimRecord(records, key)
    if (slot) return slot
  }
  return undefined
}

const createStorage = (name: string): SessionStorage => ({
  claim: async (connection) => {
    const records = openRecords(name)
    const { keysOf, lock, store } = records
    const keys = await keysOf(connection)
    let slot = await claimFirst(records, keys)
    if (!slot && keys.length) {
      // They are of other tabs, or of this page before its reload.
      await new Promise<void>((resolve) => after(RELOAD_MS, resolve))
      slot = await claimFirst(records, keys)
    }
    const key = `${connection}/${nanoid()}`
    return slot ?? createSlot(store, key, (await lock(key))!)
  },
  forget: async (connection, owner) => {
    const records = openRecords(name)
    const forgotten: StoredSession[] = []
    for (const key of await records.keysOf(connection)) {
      const slot = await claimRecord(records, key) // oxlint-disable-line no-await-in-loop
      try {
        if (slot?.stored?.owner !== owner) continue
        await slot.save() // oxlint-disable-line no-await-in-loop
        forgotten.push(slot.stored)
      } finally {
        slot?.close()
      }
    }
    return forgotten
  },
})

/**
 * Keeps sends that are not acknowledged in IndexedDB, over a reload or a crash of the page: the option `session: { storage: indexedDbStorage() }`. Needs Web Locks, so that no two tabs have one session: without them nothing is stored, and `storage_failed` is reported.
 * See docs/sessions.md#an-outbox-that-survives-a-reload.
 */
export const indexedDbStorage = ({ name = 'reduplex', ...options }: IndexedDbStorageOptions = {}): SessionOutbox =>
  customStorage(createStorage(name), options)
