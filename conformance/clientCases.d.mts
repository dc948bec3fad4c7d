/** One rule for clients of sessions. */
export interface ClientCase {
  readonly name: string
  readonly rule: string
  readonly run: (next: () => Promise<unknown>) => Promise<void>
}

export const clientCases: readonly ClientCase[]

/** Runs one case against a client: `start(url)` starts it and returns what stops it. Resolves with what is wrong; `undefined` if nothing is. */
export const runClientCase: (
  one: ClientCase,
  start: (url: string) => () => void,
  timeout?: number,
) => Promise<string | undefined>
