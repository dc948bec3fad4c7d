import { soon } from '../internal/clock.js'
import type { ProtocolHost } from '../middleware/protocol.js'
import type { RpcActions } from './actions.js'
import type { WithRpc } from './rpcSlice.js'

/** A rehydrated state may claim requests and subscriptions that nobody has: sets it right in a microtask. */
export const correctRehydrated = (host: ProtocolHost, actions: RpcActions, isLive: (id: string) => boolean): void =>
  soon(() => {
    const claimed = (host.getState() as Partial<WithRpc> | undefined)?.rpc
    if (claimed?.pending[host.name]) host.dispatch(actions.requestsChanged({ pending: 0 }))
    for (const [id, { socket }] of Object.entries(claimed?.subscriptions ?? {})) {
      if (socket !== host.name || isLive(id)) continue
      const { type, meta } = actions.unsubscribe(id)
      const seen = { type, payload: id, meta: { ...meta, delivery: 'handled' } }
      host.dispatch(seen)
    }
  })
