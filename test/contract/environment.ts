import type { BuiltStore, StoreOptions } from '../support/buildStore.js'

export type Runtime = 'fake' | 'ws' | 'mock-socket' | 'browser'

export interface ServerSnapshot {
  /** Dials that reached the server's address, the refused ones included. */
  readonly dials: number
  /** Dials that became a WebSocket. */
  readonly accepted: number
  readonly open: number
  readonly paths: readonly string[]
  /** Text as text, binary as a list of bytes. */
  readonly received: readonly (string | readonly number[])[]
  /** The closes that the server saw, in order. */
  readonly ended: readonly { code: number; reason: string }[]
}

export type ServerCounts = Partial<Record<'dials' | 'accepted' | 'received' | 'ended', number>>

/**
 * The server's side of a environment. All of it is asynchronous and takes plain data only, for in a browser's environment each call
 * crosses from the page to Node.
 *
 * The server picks the subprotocol `chat.v1` where it is offered, else the first one offered; it sends nothing by
 * itself unless `echo` is on.
 */
export interface ServerControl {
  snapshot: () => Promise<ServerSnapshot>
  /** Resolves as soon as every count is reached. */
  reached: (counts: ServerCounts) => Promise<ServerSnapshot>
  /** To every open connection, all texts in one tick. */
  sendText: (...texts: string[]) => Promise<void>
  sendBinary: (...frames: number[][]) => Promise<void>
  /** The JSON numbers 0 … count - 1, in one tick. */
  sendNumbers: (count: number) => Promise<void>
  /** `{"connection": index, "n": 0 … count - 1}` to each open connection, its own index in it. */
  sendMarked: (count: number) => Promise<void>
  /** One JSON string of that many bytes. */
  sendHuge: (bytes: number) => Promise<void>
  /** Invalid UTF-8 in a text frame: the client has to fail the connection with 1007. */
  sendInvalidText: () => Promise<void>
  echo: (on: boolean) => Promise<void>
  /** Without a code the close frame has no body. */
  closeAll: (code?: number, reason?: string) => Promise<void>
  /** Cuts every connection, without a word. */
  dropAll: () => Promise<void>
  /** Whether new dials are turned away. */
  refuse: (on: boolean) => Promise<void>
  /** Whether bytes vanish while connections stay. Frozen connections stay dead. */
  freeze: (on: boolean) => Promise<void>
  /** Ends every connection and stops listening. */
  stop: () => Promise<void>
  start: () => Promise<void>
}

export interface Environment {
  readonly runtime: Runtime
  readonly WebSocket: typeof WebSocket
  /** Without a path. */
  readonly url: string
  readonly server: ServerControl
  /** Dials this environment's server with its WebSocket and, unless told otherwise, after 10 ms again. */
  createStore: (options?: StoreOptions) => BuiltStore
}

/** A environment and its end. */
export interface Opened extends AsyncDisposable {
  readonly environment: Environment
  /** What is still waited for; for the message of a case that hangs. */
  readonly report: () => string
}

export interface Case {
  readonly name: string
  readonly run: (environment: Environment) => Promise<void>
}

/** What differs between environments when a store is made in them. */
export const storeOptionsIn = (url: string, Class: typeof WebSocket, options: StoreOptions = {}): StoreOptions => ({
  url,
  WebSocket: Class,
  reconnect: { backoff: () => 10, minUptime: 0 },
  ...options,
})

const deadline = 10_000

/** Runs a case; one that hangs is told apart by what it was waiting for. */
export const runCase = async (
  { run }: Case,
  { environment, report }: Pick<Opened, 'environment' | 'report'>,
): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing more within ${deadline} ms: ${report()}`)), deadline)
  })
  try {
    await Promise.race([run(environment), tooLong])
  } finally {
    clearTimeout(timer)
  }
}
