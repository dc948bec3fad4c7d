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
    // Also what throws before it returns a promise.
    void Promise.resolve()
      .then(run)
      .finally(() => cancel())
      .then(resolve, reject)
  })

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

/** Goes on after a write, or without one: with what waits for all writes, and with the frames that wait for this one. */
const release = (outbox: Outbox): void => {
  const { hasFailed, hasRecord, isDirty, isDisposed, isHolding, isScheduled, own, waiters } = outbox
  if (!isDirty && !isScheduled) {
    for (const resolve of waiters.splice(0)) resolve()
    // A record that is still to be removed keeps other pages away.
    if (isDisposed && !(hasFailed && hasRecord)) giveBack(outbox)
  }
  outbox.isHolding = false
  if (!isHolding) return
  pump(own.session)
  onRoom(own)
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
  if (outbox.isDirty) write(outbox)
}

const write = (outbox: Outbox): void => {
  const { hasFailed, isWriting, own, slot } = outbox
  outbox.isScheduled = false
  outbox.isDirty = isWriting
  if (isWriting) return
  const record = toRecord(outbox)
  if (!slot || hasFailed || (!record && !outbox.hasRecord)) return release(outbox)
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

/** The page is left, and nothing runs later: saves at once, also while another write is under way. Returns whether anything is stored. */
export const saveAtOnce = (outbox: Outbox): boolean => {
  const { hasFailed, hasRecord, slot } = outbox
  if (!slot || hasFailed) return false
  const record = toRecord(outbox)
  // A storage may also throw.
  if (record || hasRecord) (async () => await slot.save(record))().catch(() => {})
  return !!record
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
