import type { FeatureContext } from '../../middleware/feature.js'
import { toWire } from '../../rpc/messages.js'
import { rpcSlot } from '../../rpc/rpc.js'

/**
 * Asks the server to end what it does for a store that goes while the session goes on for other tabs: subscriptions and running requests. As notifications:
 * nobody waits for the replies.
 */
export const endLeftovers = ({ part }: FeatureContext): void => {
  const { rpc } = part(rpcSlot)
  if (!rpc) return
  const { dialect, guard, pending, receiver, send } = rpc
  const ask = (call: Parameters<typeof toWire>[0] | undefined) =>
    call && send(toWire(call, dialect), { whenOffline: 'drop' })
  for (const [key, topic] of receiver?.byKey ?? [])
    ask(guard('dialect.unsubscribe', () => dialect.unsubscribe?.(key, topic)))
  for (const { id } of pending.values()) ask(guard('dialect.cancel', () => dialect.cancel?.(id)))
}
