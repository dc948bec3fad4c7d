import type { SessionStorage, StorageSlot, StoredSession } from '../../../src/session/storage/index.js'

/** A storage in memory that outlives the pages of a test. A page that was killed saves nothing more. */
export interface FakeStorage {
  /** What is committed. */
  record: StoredSession | undefined
  readonly saves: (StoredSession | undefined)[]
  /** Whether writes wait until `commit` is called. @default false */
  isSlow: boolean
  /** What the next calls reject with. */
  claimError: Error | undefined
  saveError: Error | undefined
  removeError: Error | undefined
  /** Whether claims and writes never settle. */
  hangs: boolean
  /** How many slots are claimed and not given back. */
  open: number
  /** The storage as the next page has it; the page before writes nothing more. */
  readonly page: () => SessionStorage
  /** Commits the oldest write that waits. Returns whether there was one. */
  readonly commit: () => boolean
  /** Forgets the writes that wait: their page is gone. */
  readonly kill: () => void
}

const copy = (session: StoredSession | undefined): StoredSession | undefined => session && structuredClone(session)

export const createFakeStorage = (): FakeStorage => {
  const waiting: (() => void)[] = []
  let current = {}
  const claim = async (owner: object): Promise<StorageSlot> => {
    if (fake.hangs) return await new Promise(() => {})
    if (fake.claimError) throw fake.claimError
    fake.open++
    await Promise.resolve()
    return {
      stored: copy(fake.record),
      save: (session) =>
        new Promise((resolve, reject) => {
          const saved = copy(session)
          const error = session ? fake.saveError : fake.removeError
          if (fake.hangs) return
          // Its page is gone.
          if (owner !== current) return resolve()
          if (error) return reject(error)
          const commit = () => {
            resolve()
            if (owner !== current) return
            fake.record = saved
            fake.saves.push(saved)
          }
          if (fake.isSlow) waiting.push(commit)
          else commit()
        }),
      close: () => void fake.open--,
    }
  }
  const fake: FakeStorage = {
    record: undefined,
    saves: [],
    isSlow: false,
    claimError: undefined,
    saveError: undefined,
    removeError: undefined,
    hangs: false,
    open: 0,
    page: () => {
      const owner = (current = {})
      return { claim: async () => await claim(owner) }
    },
    commit: () => {
      const next = waiting.shift()
      next?.()
      return next !== undefined
    },
    kill: () => {
      current = {}
      for (const commit of waiting.splice(0)) commit()
    },
  }
  return fake
}
