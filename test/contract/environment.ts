import type { BuiltStore, StoreOptions } from '../support/buildStore.js'

export type Runtime = 'fake' | 'ws' | 'undici' | 'mock-socket' | 'browser'

export interface ServerSnapshot {
  /** Attempts that reached the server's address, the refused ones included. */
  readonly attempts: number
  /** Attempts that became a WebSocket. */
  readonly accepted: number
  readonly open: number
  readonly paths: readonly string[]
  /** Text as text, binary as an array of bytes. */
  readonly received: readonly (string | readonly number[])[]
  /** The closes that the server got, in order. */
  readonly ended: readonly { code: number; reason: string }[]
}

export type ServerCounts = Partial<Record<'attempts' | 'accepted' | 'received' | 'ended', number>>

/**
 * The server of an environment. Its methods are asynchronous and take plain data only, because in the environment of a browser each call goes from
 * the page to Node. The server chooses the subprotocol `chat.v1` where it is offered, else the first one; it sends nothing of its own unless `echo`
 * is on.
 */
export interface ServerControl {
  snapshot: () => Promise<ServerSnapshot>
  /** Resolves as soon as every count is reached. */
  reached: (counts: ServerCounts) => Promise<ServerSnapshot>
  /** Sends all texts to every open connection, in one task. */
  sendText: (...texts: string[]) => Promise<void>
  sendBinary: (...frames: number[][]) => Promise<void>
  /** Sends the JSON numbers 0 … count - 1, in one task. */
  sendNumbers: (count: number) => Promise<void>
  /** Sends `{"connection": index, "n": 0 … count - 1}` to each open connection, with its own index. */
  sendMarked: (count: number) => Promise<void>
  /** Sends one JSON string of that many bytes. */
  sendHuge: (bytes: number) => Promise<void>
  /** Sends invalid UTF-8 in a text frame: the client has to fail the connection with 1007. */
  sendInvalidText: () => Promise<void>
  echo: (on: boolean) => Promise<void>
  /** Without a code the close frame has no body. */
  closeAll: (code?: number, reason?: string) => Promise<void>
  /** Cuts every connection without a close frame. */
  dropAll: () => Promise<void>
  /** Whether new attempts are refused. */
  refuse: (on: boolean) => Promise<void>
  /** Whether bytes are lost while connections stay. Frozen connections stay frozen. */
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
  /** Creates a store that connects to this environment's server with its WebSocket and, by default, reconnects after 10 ms. */
  createStore: (options?: StoreOptions) => BuiltStore
}

/** An environment and its end. */
export interface Opened extends AsyncDisposable {
  readonly environment: Environment
  /** What is still waited for; for the message of a case that hangs. */
  readonly report: () => string
}

export interface Case {
  readonly name: string
  readonly run: (environment: Environment) => Promise<void>
}

/** The options that differ between environments. */
export const storeOptionsIn = (url: string, Class: typeof WebSocket, options: StoreOptions = {}): StoreOptions => ({
  url,
  WebSocket: Class,
  reconnect: { backoff: () => 10, minUptime: 0 },
  ...options,
})

const deadline = 10_000

/** Runs a case. The error of one that hangs says what it was waiting for. */
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
