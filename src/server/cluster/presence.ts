import { after, now, type Cancel } from '../../internal/clock.js'

/** How many connections other nodes have, as they last said. */
export interface Presence {
  /** A node said its count. @throws when there are more nodes than can be true */
  readonly heard: (node: string, count: number) => void
  readonly total: () => number
  readonly stop: () => void
}

/** Anybody who may publish could make nodes up. */
const MAX_NODES = 10_000

/** Creates counts that are forgotten after `lasts` ms of silence; `changed` is told when their sum may be another. */
export const createPresence = (lasts: number, changed: () => void): Presence => {
  // In the order in which they were heard: the first is the first to be forgotten.
  const nodes = new Map<string, { readonly count: number; readonly at: number }>()
  let total = 0
  let cancel: Cancel | undefined

  const forget = (node: string): void => {
    total -= nodes.get(node)?.count ?? 0
    nodes.delete(node)
  }
  const look = (): void => {
    cancel = undefined
    for (const [node, { at }] of nodes) {
      const left = at + lasts - now()
      // A clock that is set back must not keep a node for ever.
      if (left > 0 && left <= lasts) {
        cancel = after(left, look)
        break
      }
      forget(node)
    }
    changed()
  }

  return {
    heard: (node, count) => {
      if (count > 0 && !nodes.has(node) && nodes.size >= MAX_NODES) throw new RangeError(`over ${MAX_NODES} nodes`)
      const before = total
      forget(node)
      if (count > 0) {
        nodes.set(node, { count, at: now() })
        total += count
        cancel ??= after(lasts, look)
      }
      if (total !== before) changed()
    },
    total: () => total,
    stop: () => {
      cancel?.()
      nodes.clear()
      total = 0
    },
  }
}
