import { after } from '../../internal/clock.js'
import { detailsOf, messageOf } from '../../internal/errors.js'
import { pump } from '../clientSession.js'
import { onRoom } from '../connectionSession.js'
import { hasSomething, toRecord, type Outbox } from './outboxState.js'
import type { StoredSession } from './storedSession.js'

// One write at a time. A frame goes out once the write that has its number is done, so that the record never knows less than the server.

/** How long a storage may take, in milliseconds. Counted twice: a page that was frozen gets its timers before its events. */
const LIMIT_MS = 2_500

/** The longest wait before the next attempt to remove a record, in milliseconds. */
const MAX_RETRY_MS = 60_000

/** Rejects when the storage takes too long. */
export const withLimit = <Result>(run: () => Promise<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    const fail = () => reject(new Error(__DEV__ ? `it did not answer within ${2 * LIMIT_MS} ms` : ''))
    let cancel = after(LIMIT_MS, () => {
      cancel = after(LIMIT_MS, fail)
    })
    const end =
      <Value>(settle: (value: Value) => void) =>
      (value: Value) => {
        cancel()
        settle(value)
      }
    // Also what throws before it returns a promise.
    void Promise.resolve().then(run).then(end(resolve), end(reject))
  })

/** Sends what has waited for the storage. */
const release = (outbox: Outbox): void => {
  const { isDirty, isScheduled, own, waiters } = outbox
  if (!isDirty && !isScheduled) for (const resolve of waiters.splice(0)) resolve()
  if (!outbox.isHolding) return
  outbox.isHolding = false
  pump(own.session)
  onRoom(own)
}

/** Lets another page have the slot. */
const giveBack = (outbox: Outbox): void => {
  const { slot } = outbox
  outbox.slot = undefined
  try {
    slot?.close()
  } catch {
    // The storage is given up anyway.
  }
}

/** Removes a record that cannot be kept up to date: another page would send twice what it has. */
const removeRecord = async (outbox: Outbox, delay = 1_000): Promise<void> => {
  try {
    await withLimit(() => outbox.slot!.save())
    outbox.hasRecord = false
    if (outbox.isDisposed) giveBack(outbox)
  } catch {
    after(delay, () => void removeRecord(outbox, Math.min(2 * delay, MAX_RETRY_MS)), true)
  }
}

/** The storage cannot be used: reports it once. The session goes on in memory. */
export const failStorage = async (outbox: Outbox, error: unknown): Promise<void> => {
  const { events } = outbox.own.context.connection
  if (outbox.hasFailed) return
  outbox.hasFailed = true
  events.report({
    code: 'storage_failed',
    message: __DEV__
      ? `The storage of the session failed: ${detailsOf(error)}. The session goes on in memory: what is not acknowledged is lost with the page.`
      : messageOf(error),
  })
  // Before anything goes out that the record does not know.
  if (outbox.hasRecord) await removeRecord(outbox)
  outbox.isWriting = outbox.isDirty = false
  outbox.own.context.taskQueue.enqueue(() => release(outbox))
}

const onWritten = (outbox: Outbox, record: StoredSession | undefined): void => {
  outbox.isWriting = false
  outbox.hasRecord = record !== undefined
  outbox.storedKey = record?.key
  outbox.storedSent = record?.sent ?? 0
  release(outbox)
  if (!outbox.isDirty) {
    if (outbox.isDisposed) giveBack(outbox)
    return
  }
  outbox.isDirty = false
  write(outbox)
}

const write = (outbox: Outbox): void => {
  const { isDisposed, isWriting, hasFailed, own, slot } = outbox
  outbox.isScheduled = false
  if (!slot || hasFailed) {
    if (isDisposed && !outbox.hasRecord) giveBack(outbox)
    return release(outbox)
  }
  if (isWriting) {
    outbox.isDirty = true
    return
  }
  const record = toRecord(outbox)
  if (!record && !outbox.hasRecord) {
    if (isDisposed) giveBack(outbox)
    return release(outbox)
  }
  outbox.isWriting = outbox.hasRecord = true
  withLimit(() => slot.save(record)).then(
    () => own.context.taskQueue.enqueue(() => onWritten(outbox, record)),
    (error: unknown) => void failStorage(outbox, error),
  )
}

/** Something has changed: it is saved after the task under way. */
export const scheduleSave = (outbox: Outbox): void => {
  if (outbox.isScheduled) return
  outbox.isScheduled = true
  void Promise.resolve().then(() => outbox.own.context.taskQueue.enqueue(() => write(outbox)))
}

/** Saves at once, also while another write is under way: the page is left, and nothing runs later. */
export const writeSnapshot = ({ hasFailed, hasRecord, slot }: Outbox, record: StoredSession | undefined): void => {
  if (!slot || hasFailed || (!record && !hasRecord)) return
  void Promise.resolve(slot.save(record)).catch(() => {})
}

/** Resolves once all that has changed is saved. */
export const whenSaved = (outbox: Outbox): Promise<void> =>
  new Promise((resolve) => {
    outbox.waiters.push(resolve)
    scheduleSave(outbox)
  })

/** Whether the frame of this number may go out. If not, it is saved. */
export const isNumberStored = (outbox: Outbox, number: number): boolean => {
  const { hasFailed, hasRecord, isOff, own, slot, storedKey, storedSent } = outbox
  if (isOff || hasFailed || !slot) return true
  if (hasRecord && storedKey === own.session.key && number <= storedSent) return true
  // The record of another page has nothing of what goes out now.
  if (!hasSomething(outbox)) return true
  outbox.isHolding = true
  scheduleSave(outbox)
  return false
}
