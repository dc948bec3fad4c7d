import type { RpcId } from '../internal/jsonRpc.js'
import type { KeyedPush } from './rpc.js'

/** Pushes that may be kept until the reply that says whose they are. */
const MAX_EARLY = 1_000
/** Keys of ended subscriptions that are remembered. */
const MAX_ENDED = 1_000

/** Pushes that match no active subscription: those that arrive before the reply to `subscribe`, and those that arrive after the end. */
export interface EarlyPushes {
  /** Keeps a push until a reply says whose it is. Returns false when it cannot be kept. */
  readonly keep: (push: KeyedPush) => boolean
  /** Removes the kept pushes and returns them, the oldest first. */
  readonly take: () => readonly KeyedPush[]
  /** A subscription has ended: pushes with its key are not for anyone. */
  readonly end: (key: RpcId) => void
  /** From now on, pushes with this key are for another subscription. */
  readonly reuse: (key: RpcId) => void
  readonly hasEnded: (key: RpcId) => boolean
  /** The socket is gone: keys have another meaning on the next one. */
  readonly clear: () => void
}

/** Creates them for one connection. Both bounds protect the memory from the peer. */
export const createEarlyPushes = (): EarlyPushes => {
  const ended = new Set<RpcId>()
  let early: KeyedPush[] = []
  const take = () => {
    const kept = early
    early = []
    return kept
  }
  return {
    take,
    keep: (push) => early.length < MAX_EARLY && early.push(push) > 0,
    end: (key) => {
      ended.add(key)
      const [oldest] = ended
      if (ended.size > MAX_ENDED) ended.delete(oldest!)
    },
    reuse: (key) => void ended.delete(key),
    hasEnded: (key) => ended.has(key),
    clear: () => {
      take()
      ended.clear()
    },
  }
}
