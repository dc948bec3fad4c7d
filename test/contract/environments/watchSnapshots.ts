import type { ServerCounts, ServerSnapshot } from '../environment.js'

const meets = (now: ServerSnapshot, counts: ServerCounts): boolean =>
  now.attempts >= (counts.attempts ?? 0) &&
  now.accepted >= (counts.accepted ?? 0) &&
  now.received.length >= (counts.received ?? 0) &&
  now.ended.length >= (counts.ended ?? 0)

/** Lets cases wait until a server in this process has reached some counts. `changed` is called after every change. */
export const watchSnapshots = (snapshot: () => ServerSnapshot) => {
  const watchers: { counts: ServerCounts; resolve: (now: ServerSnapshot) => void }[] = []
  return {
    changed: (): void => {
      const now = snapshot()
      for (const watcher of watchers.slice()) {
        if (!meets(now, watcher.counts)) continue
        watchers.splice(watchers.indexOf(watcher), 1)
        watcher.resolve(now)
      }
    },
    reached: async (counts: ServerCounts): Promise<ServerSnapshot> =>
      meets(snapshot(), counts) ? snapshot() : await new Promise((resolve) => watchers.push({ counts, resolve })),
  }
}
