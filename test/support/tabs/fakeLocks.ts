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
  readonly mode: LockMode
  readonly run: (lock: { readonly name: string } | null) => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

const wait = async (time: number) =>
  await new Promise<void>((resolve) => {
    setTimeout(resolve, time)
  })

/** The locks of an origin, as Web Locks: first in line first, `shared` ones together. `delay` is when a lock that was released is granted again, in milliseconds. `isRefused`: requests that the browser rejects. */
export const createFakeLocks = (
  delay: () => number,
  isRefused: (name: string, options: LockOptions) => boolean = () => false,
) => {
  const held = new Set<LockRequest>()
  let queue: LockRequest[] = []

  const holdersOf = (name: string) => [...held].filter((request) => request.name === name)
  const release = (request: LockRequest): void => {
    if (held.delete(request)) setTimeout(() => grant(request.name), delay())
  }
  /** Runs what the page of a request does. */
  const inPage = ({ tab }: LockRequest, task: () => void): void => {
    if (tab.isStuck) tab.backlog?.push(task)
    else task()
  }
  const hold = (request: LockRequest): void => {
    held.add(request)
    inPage(request, () => runHolder(request))
  }
  const runHolder = (request: LockRequest): void => {
    Promise.resolve(request.run({ name: request.name })).then(
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
  /** Whether a request would be granted at once. */
  const isGrantable = ({ mode, name }: LockRequest): boolean =>
    holdersOf(name).every((holder) => mode === 'shared' && holder.mode === 'shared')
  const grant = (name: string): void => {
    const next = queue.find((request) => request.name === name)
    if (!next || !isGrantable(next)) return
    queue = queue.filter((request) => request !== next)
    hold(next)
    grant(name)
  }
  const steal = (request: LockRequest): void => {
    for (const robbed of holdersOf(request.name)) {
      held.delete(robbed)
      inPage(robbed, () => robbed.reject(new DOMException('Taken by another tab.', 'AbortError')))
    }
    hold(request)
  }
  /** `ifAvailable`: the lock, or `null` at once where others have it or are in line for it. */
  const tryToHold = (request: LockRequest): void => {
    const isBusy = queue.some(({ name }) => name === request.name) || !isGrantable(request)
    if (!isBusy) return hold(request)
    inPage(request, () => void Promise.resolve(request.run(null)).then(request.resolve as never, request.reject))
  }
  return {
    /** The page of a tab is gone: its locks are released and its requests forgotten. */
    drop: (tab: LockOwner): void => {
      queue = queue.filter((request) => request.tab !== tab)
      for (const request of held) if (request.tab === tab) release(request)
    },
    managerOf: (tab: LockOwner, isGone: () => boolean): FakeLockManager => ({
      request: (async (name: string, options: LockOptions, run: LockRequest['run']) =>
        await new Promise((resolve, reject) => {
          if (isGone()) return
          if (isRefused(name, options)) return reject(new DOMException('Refused.', 'SecurityError'))
          if (options.signal?.aborted) return reject(new DOMException('Aborted.', 'AbortError'))
          const request: LockRequest = { tab, name, mode: options.mode ?? 'exclusive', run, resolve, reject }
          options.signal?.addEventListener('abort', () => {
            if (!queue.includes(request)) return
            queue = queue.filter((other) => other !== request)
            reject(new DOMException('Aborted.', 'AbortError'))
            setTimeout(() => grant(name), delay())
          })
          if (options.steal) return steal(request)
          // Requests of one page keep their order, so it comes after what the page has asked and released before.
          if (options.ifAvailable) return void setTimeout(() => isGone() || tryToHold(request), delay())
          queue.push(request)
          setTimeout(() => grant(name), delay())
        })) as LockManager['request'],
      query: async () => {
        const total = delay()
        // The answer is under way, too: what it says may be outdated.
        const asked = delay() % (total + 1)
        await wait(asked)
        const answer = { held: [...held].map(({ name }) => ({ name })), pending: queue.map(({ name }) => ({ name })) }
        await wait(total - asked)
        return answer
      },
    }),
  }
}
