import { isAction, type Action, type Middleware, type UnknownAction } from '@reduxjs/toolkit'

/** An action creator of RTK, a type, or a predicate. */
export type Match<A extends Action = UnknownAction> =
  | string
  | { type: string; match: (action: Action) => action is A }
  | ((action: UnknownAction) => boolean)

/** Records the actions that reach the reducers. Actions are queued, so that a `take` after them misses none. */
export interface Recorder {
  readonly middleware: Middleware
  /** Everything so far, the oldest first. */
  readonly all: readonly UnknownAction[]
  readonly types: readonly string[]
  of: <A extends Action = UnknownAction>(match: Match<A>) => A[]
  count: (match: Match) => number
  /** The oldest match that no `take` has returned yet: from the queue, or when it is dispatched. */
  take: <A extends Action = UnknownAction>(match: Match<A>) => Promise<A>
  /** As `take`, `count` times. */
  takeMany: <A extends Action = UnknownAction>(count: number, match: Match<A>) => Promise<A[]>
  /** The first match after this call; earlier actions do not count. */
  next: <A extends Action = UnknownAction>(match: Match<A>) => Promise<A>
  /** What is still waited for and what was recorded instead; `null` when nothing is waited for. */
  pending: () => string | null
}

interface Waiter {
  readonly label: string
  readonly matches: (action: UnknownAction) => boolean
  readonly takes: boolean
  readonly resolve: (action: UnknownAction) => void
}

const matcher = (match: Match<never>): ((action: UnknownAction) => boolean) => {
  if (typeof match === 'string') return (action) => action.type === match
  // A creator is a function too: its own `match` precedes.
  if ('match' in match) return (action) => match.match(action)
  return match
}

const labelOf = (match: Match<never>): string => {
  if (typeof match === 'string') return match
  return 'type' in match ? match.type : match.toString()
}

const shortened = (action: UnknownAction): string => {
  const text = JSON.stringify(action)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

const shownAtMost = 30

export const createRecorder = (): Recorder => {
  const all: UnknownAction[] = []
  const queue: UnknownAction[] = []
  const waiters: Waiter[] = []

  const record = (action: UnknownAction): void => {
    all.push(action)
    // Every `next` gets it; only the first `take` does.
    let taken = false
    for (const waiter of waiters.slice()) {
      if (!waiter.matches(action) || (waiter.takes && taken)) continue
      taken ||= waiter.takes
      waiters.splice(waiters.indexOf(waiter), 1)
      waiter.resolve(action)
    }
    if (!taken) queue.push(action)
  }

  const wait = async (match: Match<never>, takes: boolean): Promise<UnknownAction> =>
    await new Promise((resolve) => waiters.push({ label: labelOf(match), matches: matcher(match), takes, resolve }))

  const take = async (match: Match<never>): Promise<UnknownAction> => {
    const at = queue.findIndex(matcher(match))
    return (at === -1 ? undefined : queue.splice(at, 1)[0]) ?? (await wait(match, true))
  }

  const takeMany = async (count: number, match: Match<never>): Promise<UnknownAction[]> => {
    const taken: UnknownAction[] = []
    // One after the other: they come in order.
    // oxlint-disable-next-line no-await-in-loop
    while (taken.length < count) taken.push(await take(match))
    return taken
  }

  const recorder = {
    middleware: () => (next: (action: unknown) => unknown) => (action: unknown) => {
      if (isAction(action)) record(action)
      return next(action)
    },
    all,
    get types() {
      return all.map(({ type }) => type)
    },
    of: (match: Match<never>) => all.filter(matcher(match)),
    count: (match: Match<never>) => all.filter(matcher(match)).length,
    take,
    takeMany,
    next: async (match: Match<never>) => await wait(match, false),
    pending: () => {
      if (waiters.length === 0) return null
      const seen = all.slice(-shownAtMost).map((action) => `  ${shortened(action)}`)
      const earlier = all.length > shownAtMost ? [`  … ${all.length - shownAtMost} earlier`] : []
      return [
        `still waiting for ${waiters.map(({ label }) => label).join(', ')}; seen so far:`,
        ...(all.length === 0 ? ['  nothing'] : [...earlier, ...seen]),
      ].join('\n')
    },
  }
  return recorder as Recorder
}
