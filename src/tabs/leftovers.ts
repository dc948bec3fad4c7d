import type { Frame } from '../internal/bytes.js'
import { isPromiseLike } from '../internal/maybePromise.js'
import type { FeatureContext } from '../middleware/feature.js'
import { toWire, type WireCall } from '../rpc/messages.js'
import { rpcSlot } from '../rpc/rpc.js'
import { tabSlot } from './tabConnection.js'

// What the server still does for a store when its tab has left a connection that goes on for other tabs: subscriptions and running requests.

/** The messages that end it, without what other tabs may share. Notifications: nobody waits for the replies. */
export const listLeftovers = ({ guard, part }: FeatureContext): WireCall[] => {
  const { rpc } = part(rpcSlot)
  if (!rpc) return []
  const { dialect, pending, receiver } = rpc
  const isShared = part(tabSlot).own?.isShared
  const list = () => [
    ...Array.from(receiver?.byKey ?? [], ([key, topic]) =>
      dialect.isShared || isShared?.(topic) ? undefined : dialect.unsubscribe?.(key, topic),
    ),
    ...Array.from(pending.values(), ({ id }) => dialect.cancel?.(id)),
  ]
  return (guard('dialect', list) ?? []).flatMap((call) => (call ? toWire(call, dialect) : []))
}

/** The frames of {@link listLeftovers}. Without those that an asynchronous codec encodes: a page that is left waits for nothing. */
export const encodeLeftovers = (context: FeatureContext): Frame[] =>
  listLeftovers(context)
    .map(context.pipeline.encode)
    .filter((frame): frame is Frame => !isPromiseLike(frame))
