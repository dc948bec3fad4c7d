import type { Outbox } from './outboxState.js'

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
