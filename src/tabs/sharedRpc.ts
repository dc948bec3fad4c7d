import type { FeatureContext } from '../middleware/feature.js'
import { rpcSlot } from '../rpc/rpc.js'
import type { TabConnection } from './tabConnection.js'

/** The requests of one middleware are numbered within a block of this size. */
const BLOCK = 2 ** 28

/** The blocks. The largest number is below 2^53. */
const BLOCKS = 2 ** 24

/**
 * Numbers the requests of `jsonRpc()` so that no two tabs have the same id: the upper bits are a tag, random for each middleware. Replies with another
 * tag are for other tabs, requests of the server are for the holder, and pushes of subscriptions that this tab does not have are for other tabs.
 */
export const numberRequests = (own: Pick<TabConnection, 'isHolder'>, { part }: FeatureContext): void => {
  const { rpc } = part(rpcSlot)
  if (!rpc) return
  const first = Math.floor(1 + Math.random() * (BLOCKS - 1)) * BLOCK
  rpc.lastId = first
  rpc.isForeign = (message) => {
    if (message.method !== undefined) return !own.isHolder
    if (message.id === undefined) return message.key !== undefined
    const id = Number(message.id)
    return id >= BLOCK && (id < first || id >= first + BLOCK)
  }
}
