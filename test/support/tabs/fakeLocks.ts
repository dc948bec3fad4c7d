/** One tab's access to the locks of the origin. */
export interface FakeLockManager {
  readonly request: LockManager['request']
  readonly query: () => Promise<{ held: { name: string }[]; pending: { name: string }[] }>
}

/** The page that a lock is for. A page that is stuck gets it, and does nothing with it until it wakes. */
export interface LockOwner {
  readonly isStuck?: boolean
  readonly backlog?: (() => void)[]
}

interface LockRequest {
  readonly tab: LockOwner
  readonly name: string
  readonly run: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** The locks of an origin, as Web Locks: exclusive, first in line first. `delay` is when a lock that was released is granted again, in milliseconds. */
export const createFakeLocks = (delay: () => number) => {
  const held = new Map<string, LockRequest>()
  let queue: LockRequest[] = []

  const release = (request: LockRequest): void => {
    if (held.get(request.name) !== request) return
    held.delete(request.name)
    setTimeout(() => grant(request.name), delay())
  }
  /** Runs what the page of a request does. */
  const inPage = ({ tab }: LockRequest, task: () => void): void => {
    if (tab.isStuck) tab.backlog?.push(task)
    else task()
  }
  const hold = (request: LockRequest): void => {
    held.set(request.name, request)
    inPage(request, () => runHolder(request))
  }
  const runHolder = (request: LockRequest): void => {
    Promise.resolve(request.run()).then(
      (value) => {
        release(request)
        request.resolve(value as never)
      },
      (error: unknown) => {
        release(request)
        request.reject(error)
      },
    )
  }
  const grant = (name: string): void => {
    const next = queue.find((request) => request.name === name)
    if (!next || held.has(name)) return
    queue = queue.filter((request) => request !== next)
    hold(next)
  }
  const steal = (request: LockRequest): void => {
    const robbed = held.get(request.name)
    held.delete(request.name)
    if (robbed) inPage(robbed, () => robbed.reject(new DOMException('Taken by another tab.', 'AbortError')))
    hold(request)
  }
  return {
    /** The page of a tab is gone: its locks are released and its requests forgotten. */
    drop: (tab: LockOwner): void => {
      queue = queue.filter((request) => request.tab !== tab)
      for (const request of held.values()) if (request.tab === tab) release(request)
    },
    managerOf: (tab: LockOwner, isGone: () => boolean): FakeLockManager => ({
      request: (async (name: string, options: LockOptions, run: () => unknown) =>
        await new Promise((resolve, reject) => {
          if (isGone()) return
          const request: LockRequest = { tab, name, run, resolve, reject }
          options.signal?.addEventListener('abort', () => {
            if (!queue.includes(request)) return
            queue = queue.filter((other) => other !== request)
            reject(new DOMException('Aborted.', 'AbortError'))
          })
          if (options.steal) return steal(request)
          queue.push(request)
          setTimeout(() => grant(name), delay())
        })) as LockManager['request'],
      query: async () => {
        await new Promise<void>((resolve) => {
          setTimeout(resolve, delay())
        })
        return { held: [...held.keys()].map((name) => ({ name })), pending: queue.map(({ name }) => ({ name })) }
      },
    }),
  }
}
