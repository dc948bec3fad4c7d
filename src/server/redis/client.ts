import { createClient } from 'redis'
import { codedError, messageOf, show } from '../../internal/errors.js'

/** One connection to Redis: what of the package `redis` is used. */
export interface RedisConnection {
  /** Tells `error`; a connection that has told one is given up. */
  on(event: 'error', listener: (error: Error) => void): unknown
  /** Resolves when commands can be sent. */
  connect(): Promise<unknown>
  /** Resolves when Redis has taken the command. */
  publish(channel: string, message: string): Promise<unknown>
  /** Resolves when messages of the channel will come. */
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  /** Resolves when no more will come. */
  unsubscribe(channel: string): Promise<unknown>
  /** Resolves when Redis answers. */
  ping(): Promise<unknown>
  /** Ends it at once. */
  destroy(): void
  /** Lets the process end while it is being connected. */
  unref?(): void
  /** Keeps the process. */
  ref?(): void
}

/** A client of the package `redis`, as its `createClient` makes it. It is only copied. */
export interface RedisClient {
  /** What it was made with. */
  readonly options?: object | undefined
  /** Makes another, not yet connected, with other options. */
  duplicate(overrides?: object): RedisConnection
}

/** Where Redis is. */
export type RedisTarget = { readonly url: string } | { readonly client: RedisClient }

const CONNECT_TIMEOUT = 5_000

// We redial by ourselves: then a client is new at each attempt, and subscribes to what is wanted by then.
const overrides = {
  disableOfflineQueue: true,
  maintNotifications: 'disabled',
  pingInterval: 0,
} as const

const clientIn = (target: object): RedisClient | undefined => (target as { client?: RedisClient }).client

/** Throws `invalid_option` for a target that is none. The url is never shown: it may hold a password. */
export const checkTarget = (target: object): void => {
  const client = clientIn(target)
  if (client !== undefined) {
    if (typeof (client as Partial<RedisClient> | null)?.duplicate === 'function') return
    const message = `redisBus: expected the option "client" to be what createClient() of the package redis makes, got ${show(client)}.`
    throw codedError('invalid_option', message)
  }
  const { url } = target as { url?: unknown }
  if (typeof url === 'string' && /^(rediss?|unix):\/\//.test(url) && URL.canParse(url.replace(/^unix:/, 'file:')))
    return
  const message =
    'redisBus: expected the option "url" to be a redis://, rediss:// or unix:// URL, or a "client" in its place.'
  throw codedError('invalid_option', message)
}

/** Creates what makes connections: new ones, each with nothing of the one before. */
export const createMake = (target: RedisTarget): (() => RedisConnection) => {
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
      // Then it is used as it is written.
    }
  }
  return secrets.filter((secret): secret is string => typeof secret === 'string' && secret !== '')
}

/** Creates what makes an error fit to be told: with a text where the platform gives none, and without the url and the password. */
export const createReason = (target: RedisTarget): ((thrown: unknown) => Error) => {
  const secrets = secretsOf(target)
  return (thrown) => {
    // Node tells of a name with several addresses in an error without a text.
    const first = thrown instanceof AggregateError && thrown.message === '' ? (thrown.errors[0] as unknown) : thrown
    const { code } = (first ?? {}) as { code?: unknown }
    const message = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), messageOf(first))
    return Object.assign(new Error(message), typeof code === 'string' && { code })
  }
}
