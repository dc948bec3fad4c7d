import { networkOf } from './http/addresses.js'
import type { Limits } from './limits.js'

/** Counts what runs and what is kept for clients, over all connections and HTTP, until it ends: also after its client has left. */
export interface WorkCount {
  /** Counts a call of an address. Returns what ends it, once; `undefined` when there are too many. */
  readonly begin: (address: string) => (() => void) | undefined
  /** Counts bytes that are kept. Returns what releases them, once; `undefined` when there are too many. */
  readonly keep: (bytes: number) => (() => void) | undefined
}

const once = (task: () => void): (() => void) => {
  let hasRun = false
  return () => {
    if (hasRun) return
    hasRun = true
    task()
  }
}

/** Creates the count of a server. */
export const createWorkCount = ({ maxPendingPerIp, maxPendingTotal, maxKeptBytes }: Limits): WorkCount => {
  /** The number of running calls by network. */
  const byNetwork = new Map<string, number>()
  let total = 0
  let kept = 0
  return {
    keep: (bytes) => {
      if (kept + bytes > maxKeptBytes) return undefined
      kept += bytes
      return once(() => {
        kept -= bytes
      })
    },
    begin: (address) => {
      const network = networkOf(address)
      const count = byNetwork.get(network) ?? 0
      if (total >= maxPendingTotal || count >= maxPendingPerIp) return undefined
      total++
      byNetwork.set(network, count + 1)
      return once(() => {
        total--
        const left = byNetwork.get(network)! - 1
        if (left > 0) byNetwork.set(network, left)
        else byNetwork.delete(network)
      })
    },
  }
}
