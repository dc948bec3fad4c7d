import type { FeatureContext } from '../middleware/feature.js'
import { rpcSlot } from '../rpc/rpc.js'
import type { TabConnection } from './tabConnection.js'

/** The requests of one middleware are numbered within a block of this size. */
const BLOCK = 2 ** 28

/** The blocks. The largest number is below 2^53. */
const BLOCKS = 2 ** 24

/**
 * Numbers the requests of `jsonRpc()` so that no two tabs have the same id: the upper bits are a tag, random for each middleware. Replies with another
 * tag are for other tabs, requests of the server are for the holder, or for the one that held the connection when they came, and pushes of subscriptions that this tab does not have are for other tabs.
 */
export const numberRequests = (own: Pick<TabConnection, 'isForeign' | 'isHolder'>, { part }: FeatureContext): void => {
  const { rpc } = part(rpcSlot)
  if (!rpc) return
  const first = Math.ceil(Math.random() * BLOCKS) * BLOCK
  rpc.lastId = first
  rpc.isForeign = (message) => {
    // Some servers reply to a number with a text: the operators below convert it.
    const id = message.id as number
    return message.method !== undefined
      ? (own.isForeign ?? !own.isHolder)
      : message.id === undefined
        ? message.key !== undefined
        : id >= BLOCK && id - (id % BLOCK) !== first
  }
}
