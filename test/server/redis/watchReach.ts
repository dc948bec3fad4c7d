import type { SessionStore } from '../../../src/server/redis/index.js'

/** Watches whether a store is reachable: `until` resolves once it is, or is not. */
export const watchReach = (store: SessionStore) => {
  let isReachable = false
  const waiting = new Set<() => void>()
  const stop = store.onReach((next) => {
    isReachable = next
    for (const check of waiting) check()
  })
  const until = async (expected: boolean): Promise<void> => {
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (isReachable !== expected) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      check()
    })
  }
  return { stop, until }
}
