import { dropEntries } from '../../connection/sendQueue.js'
import { idsOf } from '../connectionSession.js'
import { refuseLeftover } from './leftover.js'
import { queueOf, type Outbox } from './outboxState.js'
import { failStorage, scheduleSave, withLimit } from './saving.js'
import type { StoredSession } from './storedSession.js'

/** Whose the sends are now. While the callback throws, that does not change; it is reported once, because the report is an action too. */
export const ownerNow = (outbox: Outbox): string | undefined => {
  const { options, own, owner: before } = outbox
  const { owner } = options
  const { guard, store } = own.context
  if (typeof owner !== 'function') return owner
  try {
    const now = owner(store.getState() as never)
    outbox.hasOwnerFailed = false
    return now
  } catch (error) {
    if (!outbox.hasOwnerFailed) {
      outbox.hasOwnerFailed = true
      guard('owner', () => {
        throw error
      })
    }
    return before
  }
}

/** Before somebody is signed in, nothing is stored, and what another page has left stays where it is. */
export const isOwnerKnown = ({ options, owner }: Outbox): boolean =>
  typeof options.owner !== 'function' || owner !== undefined

/** Reports what pages that are gone had stored: what has a number may have arrived. */
const reportForgotten = ({ own }: Outbox, sessions: readonly StoredSession[]): void => {
  const { drop } = own.context.connection.events
  drop('indeterminate', idsOf(sessions.flatMap(({ unacked }) => unacked)))
  drop('replaced', idsOf(sessions.flatMap(({ queued }) => queued)))
}

/** The owner has changed: nothing of the one before stays, also of pages that are gone. */
export const onOwnerChanged = (outbox: Outbox, before: string): void => {
  const { own, storage } = outbox
  const { name, taskQueue } = own.context
  refuseLeftover(outbox, 'replaced')
  dropEntries(queueOf(outbox), () => true, 'replaced')
  outbox.isOff = outbox.isSignedOut = true
  for (const { id } of own.session.unacked) if (id !== undefined) outbox.transient.add(id)
  scheduleSave(outbox)
  if (outbox.hasFailed) return
  withLimit(async () => (await storage.forget?.(name, before)) ?? []).then(
    (sessions) => taskQueue.enqueue(() => reportForgotten(outbox, sessions)),
    (error: unknown) => void failStorage(outbox, error),
  )
}
