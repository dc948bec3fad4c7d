/** Matches messages that are actions, by their creator. */
export interface MessageCreator<Message> {
  /** Whether a message is such an action. */
  readonly match: (message: unknown) => message is Message
}

/** Matches messages by their type, texts such as `ping` by themselves, or all by a predicate. */
export type MessageTest<Message> = string | ((message: Message) => boolean)

/** Returns the predicate of a match. */
export const toPredicate = (match: unknown): ((item: unknown) => boolean) => {
  if (typeof match === 'string') {
    return (item) => item === match || (item as { readonly type?: unknown } | null | undefined)?.type === match
  }
  // A creator of actions is a function too: its own `match` counts.
  if (typeof match === 'function' && !('match' in match)) return match as never
  return (item) => (match as { match: (item: unknown) => boolean }).match(item)
}

/** Returns a name of a match, for the texts of errors. */
const labelOf = (match: unknown): string =>
  typeof match === 'string' ? match : ((match as { readonly type?: string }).type ?? String(match))

interface Waiter<Item> {
  readonly label: string
  readonly matches: (item: Item) => boolean
  readonly resolve: (item: Item) => void
}

const shownAtMost = 30

const shorten = (item: unknown): string => {
  const text = JSON.stringify(item) as string | undefined
  return text === undefined ? String(item) : text.length > 200 ? `${text.slice(0, 200)}…` : text
}

/** A list of what has happened, from which a test takes one item after the other, whether it happened before or happens later. */
export class TestLog<Item> {
  /** Everything so far, the oldest first. */
  readonly all: Item[] = []
  /** What `next` has not returned yet. */
  readonly #rest: Item[] = []
  readonly #waiters: Waiter<Item>[] = []

  /** Adds an item, and gives it to the first `next` that waits for it. */
  add(item: Item): void {
    this.all.push(item)
    const index = this.#waiters.findIndex(({ matches }) => matches(item))
    if (index < 0) this.#rest.push(item)
    else this.#waiters.splice(index, 1)[0]?.resolve(item)
  }

  /** Resolves with the oldest match that no call has returned yet, as soon as there is one. */
  async next(match: unknown): Promise<Item> {
    const matches = toPredicate(match)
    const index = this.#rest.findIndex(matches)
    if (index >= 0) return this.#rest.splice(index, 1)[0] as Item
    return await new Promise((resolve) => this.#waiters.push({ label: labelOf(match), matches, resolve }))
  }

  /** Forgets what `next` has not returned, so that only later items count. */
  skip(): void {
    this.#rest.length = 0
  }

  /** What is still waited for, and what happened instead; `null` when nothing is waited for. */
  pending(): string | null {
    if (this.#waiters.length === 0) return null
    const earlier = this.all.length - shownAtMost
    return [
      `still waiting for ${this.#waiters.map(({ label }) => label).join(', ')}; seen so far:`,
      ...(this.all.length === 0 ? ['  nothing'] : []),
      ...(earlier > 0 ? [`  … ${earlier} earlier`] : []),
      ...this.all.slice(-shownAtMost).map((item) => `  ${shorten(item)}`),
    ].join('\n')
  }
}
