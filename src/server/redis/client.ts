import type { Buffer } from 'node:buffer'
import { createClient } from 'redis'
import { codedError, messageOf, show } from '../../internal/errors.js'
import type { MaybePromise } from '../../internal/maybePromise.js'
import {
  findClusterNode,
  findMaster,
  mergeOptions,
  type ClusterTarget,
  type ConnectionOptions,
  type RedisAddress,
  type SentinelTarget,
} from './topology.js'

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
  /** Resolves with the reply of Redis, and rejects with its error. */
  sendCommand(words: readonly (string | Buffer)[], options?: object): Promise<unknown>
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

/** Where Redis is: an address, a client whose options are copied, or what finds it. */
export type RedisTarget =
  | { readonly url: string }
  | { readonly client: RedisClient }
  | { readonly sentinel: SentinelTarget }
  | { readonly cluster: ClusterTarget }

/** Finds a Redis, and returns what creates connections to it. Called for each pair of connections. */
export type ConnectionSource = () => MaybePromise<() => RedisConnection>

const CONNECT_TIMEOUT = 5_000

// The bus has its own reconnect: each attempt has new connections, which subscribe to the topics of that moment.
const overrides = {
  disableOfflineQueue: true,
  maintNotifications: 'disabled',
  pingInterval: 0,
} as const

const clientIn = (target: object): RedisClient | undefined => (target as { client?: RedisClient }).client

const isAddress = (value: unknown): boolean => {
  const { host, port } = (value ?? {}) as Partial<RedisAddress>
  return typeof host === 'string' && typeof port === 'number'
}

const isFilledList = (value: unknown, isItem: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(isItem)

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** @throws `invalid_option` for malformed options of Sentinel or Cluster */
const checkTopology = (caller: string, { sentinel, cluster }: { sentinel?: unknown; cluster?: unknown }): void => {
  const { name, sentinelRootNodes } = (sentinel ?? {}) as Partial<SentinelTarget>
  if (sentinel !== undefined && !(typeof name === 'string' && isFilledList(sentinelRootNodes, isAddress))) {
    const message = `${caller}: expected the option "sentinel" to have the "name" of the master, and "sentinelRootNodes": a list of { host, port }.`
    throw codedError('invalid_option', message)
  }
  const { rootNodes } = (cluster ?? {}) as Partial<ClusterTarget>
  if (cluster !== undefined && !isFilledList(rootNodes, isObject)) {
    const message = `${caller}: expected the option "cluster" to have "rootNodes": a list of { url }.`
    throw codedError('invalid_option', message)
  }
}

/** Checks where Redis is. No error shows the url, which may contain a password. @throws `invalid_option` */
export const checkRedisTarget = (caller: string, target: object): void => {
  const ways = (['url', 'client', 'sentinel', 'cluster'] as const).filter(
    (name) => Reflect.get(target, name) !== undefined,
  )
  if (ways.length > 1) {
    throw codedError(
      'invalid_option',
      `${caller}: expected one of the options ${ways.map((way) => `"${way}"`).join(' and ')}, got both.`,
    )
  }
  checkTopology(caller, target)
  if (ways[0] === 'sentinel' || ways[0] === 'cluster') return
  const client = clientIn(target)
  if (client !== undefined) {
    if (typeof (client as Partial<RedisClient> | null)?.duplicate === 'function') return
    const message = `${caller}: expected the option "client" to be the result of createClient() of the package redis, got ${show(client)}.`
    throw codedError('invalid_option', message)
  }
  const { url } = target as { url?: unknown }
  if (typeof url === 'string' && /^(rediss?|unix):\/\//.test(url) && URL.canParse(url.replace(/^unix:/, 'file:')))
    return
  const message = `${caller}: expected the option "url" to be a redis://, rediss:// or unix:// URL, or "client", "sentinel" or "cluster" in its place.`
  throw codedError('invalid_option', message)
}

const common = { base: overrides, socket: { connectTimeout: CONNECT_TIMEOUT } }

/** Creates a connection to one process of a cluster. It is not open yet. */
export const connectionAt = ({ defaults = {} }: ClusterTarget, address: RedisAddress): RedisConnection =>
  createClient(mergeOptions(common, defaults, { socket: address }))

const connectionTo = (options: ConnectionOptions) => (): RedisConnection => createClient(options)

/** Creates the source of connections. Each connection is independent of the one before. */
export const createConnectionSource = (target: RedisTarget): ConnectionSource => {
  if ('sentinel' in target) return async () => connectionTo(await findMaster(common, target.sentinel))
  if ('cluster' in target) return async () => connectionTo(await findClusterNode(common, target.cluster))
  const client = clientIn(target)
  if (!client) return () => connectionTo(mergeOptions(common, { url: (target as { url: string }).url }))
  return () => {
    const { socket } = (client.options ?? {}) as { socket?: object }
    return () => client.duplicate(mergeOptions(common, { socket }))
  }
}

/** Returns the options that may contain a url or a password. */
const secretOptionsOf = (target: RedisTarget): readonly object[] => {
  if ('sentinel' in target) {
    const { nodeClientOptions = {}, sentinelClientOptions = {} } = target.sentinel
    return [nodeClientOptions, sentinelClientOptions]
  }
  if ('cluster' in target) return [target.cluster.defaults ?? {}, ...target.cluster.rootNodes]
  return [clientIn(target)?.options ?? target]
}

const secretsIn = ({ url, password }: { readonly url?: unknown; readonly password?: unknown }): string[] => {
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
  const secrets = secretOptionsOf(target).flatMap(secretsIn)
  return (thrown) => {
    // For a name with several addresses Node throws an error without a message.
    const first = thrown instanceof AggregateError && thrown.message === '' ? (thrown.errors[0] as unknown) : thrown
    const { code } = (first ?? {}) as { code?: unknown }
    const message = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), messageOf(first))
    return Object.assign(new Error(message), typeof code === 'string' && { code })
  }
}
