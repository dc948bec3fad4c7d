import { quiet, waitFor } from './waiting.js'

/** Matches messages that are actions, by their creator. */
export interface MessageCreator<Message> {
  /** Whether a message is such an action. */
  readonly match: (message: unknown) => message is Message
}

/** Matches messages by their type, texts such as `ping` by themselves, or all by a predicate. */
export type MessageTest<Message> = string | ((message: Message) => boolean)

/** Shows an item in the text of an error. JSON has no text for a function, and throws for a BigInt and a cycle. */
const shorten = (item: unknown): string => {
  try {
    const text = JSON.stringify(item)
    return text.length > 200 ? `${text.slice(0, 200)}…` : text
  } catch {
    return String((item as { readonly type?: unknown } | undefined)?.type ?? item)
  }
}

/**
 * Returns the predicate of a match.
 * @param caller the method that gets the match, for the texts of errors
 * @throws an Error for a match of another kind. The predicate throws one, with the message, where that of the test throws
 */
export const toPredicate = (match: unknown, caller: string): ((item: unknown) => boolean) => {
  if (typeof match === 'string') {
    return (item) => item === match || (item as { readonly type?: unknown } | null | undefined)?.type === match
  }
  // A creator of actions is a function too: its own `match` counts.
  const test = (match as { readonly match?: unknown } | null | undefined)?.match ?? match
  if (typeof test !== 'function') {
    const advice = __DEV__ ? ' Check its import: two files that import each other get undefined.' : ''
    throw new Error(`${caller}: expected an action creator, a type or a predicate, got ${shorten(match)}.${advice}`)
  }
  return (item) => {
    try {
      return Reflect.apply(test, match, [item]) as boolean
    } catch (cause) {
      const advice = __DEV__ ? '\nA predicate gets every item: return false for those that it does not expect.' : ''
      throw new Error(`${caller}: the predicate threw for ${shorten(item)}: ${String(cause)}${advice}`, { cause })
    }
  }
}

/** Returns a name of a match, for the texts of errors. */
const labelOf = (match: unknown): string =>
  typeof match === 'string' ? match : ((match as { readonly type?: string }).type ?? String(match))

interface Waiter<Item> {
  /** What is still missing. */
  readonly label: () => string
  /** Takes an item that matches. Returns whether it does. */
  readonly take: (item: Item) => boolean
}

const shownAtMost = 30

/** Describes a wait, and what happened instead. */
export const describeWait = (what: string, seen: readonly string[]): string => {
  const earlier = seen.length - shownAtMost
  return [
    `still waiting for ${what}; seen so far:`,
    ...(seen.length === 0 ? ['  nothing'] : []),
    ...(earlier > 0 ? [`  … ${earlier} earlier`] : []),
    ...seen.slice(-shownAtMost).map((item) => `  ${item}`),
  ].join('\n')
}

/** A list of what has happened, from which a test takes one item after the other, whether it happened before or happens later. */
export class TestLog<Item> {
  /** Everything so far, the oldest first. */
  readonly all: Item[] = []
  /** What `next` has not returned yet. */
  readonly #rest: Item[] = []
  readonly #waiters: Waiter<Item>[] = []
  readonly #name: string
  readonly #timeout: number | undefined

  /** @param name what waits, for errors @param timeout the limit of each `next`, in milliseconds */
  constructor(name: string, timeout: number | undefined) {
    this.#name = name
    this.#timeout = timeout
  }

  /** Adds an item, and gives it to the first call that waits for it. */
  add(item: Item): void {
    this.all.push(item)
    // A copy: a wait that ends removes itself.
    if (!Array.from(this.#waiters).some(({ take }) => take(item))) this.#rest.push(item)
  }

  /** Resolves with the oldest match that no call has returned yet, as soon as there is one. Rejects after the limit. */
  next(match: unknown): Promise<Item> {
    return quiet(this.nextMany(1, match).then(([item]) => item as Item))
  }

  /** As `next`, so many times, with one limit for all. */
  nextMany(count: number, match: unknown): Promise<Item[]> {
    const taken: Item[] = []
    try {
      if (!(Number.isInteger(count) && count > 0))
        throw new TypeError(`${this.#name}: expected a whole number of items from 1 on, got ${String(count)}.`)
      const matches = toPredicate(match, this.#name)
      while (taken.length < count) {
        const index = this.#rest.findIndex(matches)
        if (index < 0) return this.#wait(taken, count, match, matches)
        taken.push(...this.#rest.splice(index, 1))
      }
      return Promise.resolve(taken)
    } catch (error) {
      return quiet(Promise.reject(error as Error))
    }
  }

  #wait(taken: Item[], count: number, match: unknown, matches: (item: Item) => boolean): Promise<Item[]> {
    return waitFor({
      timeout: this.#timeout,
      name: this.#name,
      explain: () => this.pending(),
      start: (resolve, reject) => {
        const take = (item: Item): boolean => {
          try {
            // A predicate that dispatches may have ended the wait.
            if (!matches(item) || taken.length === count) return false
          } catch (error) {
            // Thrown here, it would reach the dispatch of the app.
            stop()
            reject(error as Error)
            return false
          }
          if (taken.push(item) === count) {
            stop()
            resolve(taken)
          }
          return true
        }
        const label = () => labelOf(match) + (count > 1 ? ` (${count - taken.length} of ${count})` : '')
        const waiter = { label, take }
        const stop = () => void this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
        this.#waiters.push(waiter)
        return stop
      },
    })
  }

  /** Forgets what `next` has not returned, so that only later items count. */
  skip(): void {
    this.#rest.length = 0
  }

  /** What is still waited for, and what happened instead; `null` when nothing is waited for. */
  pending(): string | null {
    if (this.#waiters.length === 0) return null
    return describeWait(this.#waiters.map(({ label }) => label()).join(', '), this.all.map(shorten))
  }
}
