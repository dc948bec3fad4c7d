/** One rule for clients of sessions. */
export interface ClientCase {
  readonly name: string
  readonly rule: string
  /** Whether the client must keep its session over a reload. */
  readonly needsStorage?: boolean
  readonly run: (next: () => Promise<unknown>, reload: () => void) => Promise<void>
}

export const clientCases: readonly ClientCase[]

/**
 * Runs one case against a client: `start(url, isReload)` starts it and returns what stops it. `isReload`: it is another page, with what the one before has stored;
 * what stops the one before is called with `true`, and it must go without a word. Resolves with what is wrong;
 * `undefined` if nothing is.
 */
export const runClientCase: (
  one: ClientCase,
  start: (url: string, isReload: boolean) => (isKilled?: boolean) => void,
  timeout?: number,
) => Promise<string | undefined>
