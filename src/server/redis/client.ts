import { createClient } from 'redis'
import { codedError, messageOf, show } from '../../internal/errors.js'

/** A connection to Redis: the members of a client of the package `redis` that are used. */
export interface RedisConnection {
  /** Listens to `error`; a connection that emits it is replaced. */
  on(event: 'error', listener: (error: Error) => void): unknown
  /** Resolves when commands can be sent. */
  connect(): Promise<unknown>
  /** Resolves when Redis has accepted the message. */
  publish(channel: string, message: string): Promise<unknown>
  /** Resolves when messages of the channel are delivered. */
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  /** Resolves when no more are delivered. */
  unsubscribe(channel: string): Promise<unknown>
  /** Resolves when Redis answers. */
  ping(): Promise<unknown>
  /** Closes the connection at once. */
  destroy(): void
  /** Allows the process to exit although the connection is being opened. */
  unref?(): void
  /** Keeps the process alive. */
  ref?(): void
}

/** A client of the package `redis`, as its `createClient` returns it. Only its options are used. */
export interface RedisClient {
  /** The options that it was created with. */
  readonly options?: object | undefined
  /** Creates another client with other options; it is not connected. */
  duplicate(overrides?: object): RedisConnection
}

/** Where Redis is. */
export type RedisTarget = { readonly url: string } | { readonly client: RedisClient }

const CONNECT_TIMEOUT = 5_000

// The bus has its own reconnect: each attempt has new connections, which subscribe to the topics of that moment.
const overrides = {
  disableOfflineQueue: true,
  maintNotifications: 'disabled',
  pingInterval: 0,
} as const

const clientIn = (target: object): RedisClient | undefined => (target as { client?: RedisClient }).client

/** Checks where Redis is. No error shows the url, which may contain a password. @throws `invalid_option` */
export const checkRedisTarget = (target: object): void => {
  const client = clientIn(target)
  if (client !== undefined) {
    if (typeof (client as Partial<RedisClient> | null)?.duplicate === 'function') return
    const message = `redisBus: expected the option "client" to be the result of createClient() of the package redis, got ${show(client)}.`
    throw codedError('invalid_option', message)
  }
  const { url } = target as { url?: unknown }
  if (typeof url === 'string' && /^(rediss?|unix):\/\//.test(url) && URL.canParse(url.replace(/^unix:/, 'file:')))
    return
  const message =
    'redisBus: expected the option "url" to be a redis://, rediss:// or unix:// URL, or a "client" in its place.'
  throw codedError('invalid_option', message)
}

/** Creates the function that creates connections. Each is independent of the one before. */
export const createConnectionFactory = (target: RedisTarget): (() => RedisConnection) => {
  const client = clientIn(target)
  return () => {
    const { socket } = (client?.options ?? {}) as { socket?: object }
    const options = {
      ...overrides,
      socket: { connectTimeout: CONNECT_TIMEOUT, ...socket, reconnectStrategy: false as const },
    }
    return client ? client.duplicate(options) : createClient({ url: (target as { url: string }).url, ...options })
  }
}

const secretsOf = (target: RedisTarget): string[] => {
  const { url, password } = (clientIn(target)?.options ?? target) as { url?: unknown; password?: unknown }
  const secrets = [url, password]
  if (typeof url === 'string' && URL.canParse(url)) {
    const written = new URL(url).password
    secrets.push(written)
    try {
      secrets.push(decodeURIComponent(written))
    } catch {
      // Not encoded: the password is used as it is written.
    }
  }
  return secrets.filter((secret): secret is string => typeof secret === 'string' && secret !== '')
}

/** Creates the function that makes an error fit for a report: without the url and the password, and with a message where Node gives none. */
export const createErrorRedactor = (target: RedisTarget): ((thrown: unknown) => Error) => {
  const secrets = secretsOf(target)
  return (thrown) => {
    // For a name with several addresses Node throws an error without a message.
    const first = thrown instanceof AggregateError && thrown.message === '' ? (thrown.errors[0] as unknown) : thrown
    const { code } = (first ?? {}) as { code?: unknown }
    const message = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), messageOf(first))
    return Object.assign(new Error(message), typeof code === 'string' && { code })
  }
}
