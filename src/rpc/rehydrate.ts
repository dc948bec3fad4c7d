import { soon } from '../internal/clock.js'
import type { ProtocolHost } from '../middleware/protocol.js'
import type { RpcActions } from './actions.js'

interface Loose {
  readonly pending?: Readonly<Record<string, unknown>> | null
  readonly subscriptions?: Readonly<Record<string, { readonly socket?: unknown } | null>> | null
}

/** A rehydrated state may claim requests and subscriptions that nobody has: sets it right in a microtask. */
export const correctRehydrated = (host: ProtocolHost, actions: RpcActions, isLive: (id: string) => boolean): void =>
  soon(() => {
    // Whatever it is: it comes from a storage, and an app may have an "rpc" of its own.
    const claimed = (host.getState() as { readonly rpc?: Loose } | undefined)?.rpc
    if (claimed?.pending?.[host.name]) host.dispatch(actions.requestsChanged({ pending: 0 }))
    for (const [id, subscription] of Object.entries(claimed?.subscriptions ?? {})) {
      if (subscription?.socket !== host.name || isLive(id)) continue
      const { type, meta } = actions.unsubscribe(id)
      const seen = { type, payload: id, meta: { ...meta, delivery: 'handled' } }
      host.dispatch(seen)
    }
  })
