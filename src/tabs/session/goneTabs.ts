import { awaitNotes } from './noteTiming.js'
import { isReady, postSession, type SharedSession } from './sharedSession.js'

// As the holder: ends what the server still does for tabs that are gone.

const endLeftoversOf = (session: SharedSession, from: string): void => {
  const { leftovers } = session
  const { enqueue, lastNumbers } = session.link!
  for (const data of leftovers.get(from)?.frames ?? []) enqueue(from, (lastNumbers.get(from) ?? 0) + 1, data)
  leftovers.delete(from)
  // The others need not do it again.
  postSession(session, { t: 'left', from, sleeps: undefined })
}

/** Waits until a tab that has something at the server is gone: then its lock is free. One that is asleep may come back. */
export const watchTab = async (session: SharedSession, from: string): Promise<void> => {
  const { abort, leftovers, others, tab, watched } = session
  const isAwake = () => isReady(session) && leftovers.get(from)?.sleeps === false
  if (watched.has(from) || !isAwake()) return
  watched.add(from)
  const { signal } = abort!
  await tab.platform.locks.request(from, { signal }, () => {}).catch(() => {})
  others.delete(from)
  // Its last notes, or those of its return, and the lock travel separately.
  await awaitNotes(session)
  watched.delete(from)
  if (signal.aborted || !isAwake()) return
  if (others.has(from)) await watchTab(session, from)
  else endLeftoversOf(session, from)
}

/** A message of the server came: a tab that sleeps has missed it, so its session is lost when it wakes. */
export const endSleeping = (session: SharedSession): void => {
  for (const [from, { sleeps }] of session.leftovers) if (sleeps) endLeftoversOf(session, from)
}
