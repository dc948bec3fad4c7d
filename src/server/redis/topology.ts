import { createClient } from 'redis'

/** The address of a Redis process. */
export interface RedisAddress {
  /** A name or an address. */
  readonly host: string
  /** The TCP port. */
  readonly port: number
}

/** Redis with Sentinel: the options of `createSentinel` of the package `redis` that are used. */
export interface SentinelTarget {
  /** The name of the master, as in `sentinel monitor <name> …`. */
  readonly name: string
  /** The Sentinels. It is enough that one of them can be reached. */
  readonly sentinelRootNodes: readonly RedisAddress[]
  /** The options of the connections to Redis: `username`, `password`, `socket: { tls }`. */
  readonly nodeClientOptions?: object
  /** The options of the connections to the Sentinels. */
  readonly sentinelClientOptions?: object
  /** Converts the address that a Sentinel reports to the one that this process can reach. A table by `host:port`, or a function. */
  readonly nodeAddressMap?: Readonly<Record<string, RedisAddress>> | ((address: string) => RedisAddress | undefined)
}

/** A Redis Cluster: the options of `createCluster` of the package `redis` that are used. */
export interface ClusterTarget {
  /** Some nodes of the cluster, each with its `url` or `socket: { host, port }`. The bus connects to one that can be reached. */
  readonly rootNodes: readonly object[]
  /** The options of all connections: `username`, `password`, `socket: { tls }`. */
  readonly defaults?: object
}

/** The options of a connection, for `createClient`. */
export type ConnectionOptions = Readonly<Record<string, unknown>>

/** The options that each connection of the bus has. */
interface CommonOptions {
  readonly base: ConnectionOptions
  readonly socket: object
}

/** Merges options of connections; later ones take precedence. */
export const mergeOptions = ({ base, socket }: CommonOptions, ...given: readonly object[]): ConnectionOptions => {
  const sockets = given.map((one) => (one as { readonly socket?: object }).socket)
  return Object.assign({}, ...given, base, {
    // A reconnect of the client would be in the way of the bus's own.
    socket: Object.assign({}, socket, ...sockets, { reconnectStrategy: false }) as object,
  }) as ConnectionOptions
}

/** Connects, sends one command, disconnects. */
const ask = async (options: ConnectionOptions, command: string[]): Promise<unknown> => {
  const client = createClient(options)
  client.on('error', () => {})
  client.unref()
  try {
    await client.connect()
    return await client.sendCommand(command)
  } finally {
    client.destroy()
  }
}

/** Resolves with the first result. @throws the first error when all fail */
const first = async <Result>(attempts: readonly Promise<Result>[]): Promise<Result> => {
  try {
    return await Promise.any(attempts)
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}

const mapAddress = ({ nodeAddressMap }: SentinelTarget, { host, port }: RedisAddress): RedisAddress => {
  const address = `${host}:${port}`
  const mapped = typeof nodeAddressMap === 'function' ? nodeAddressMap(address) : nodeAddressMap?.[address]
  return mapped ?? { host, port }
}

const askSentinel = async (
  common: CommonOptions,
  target: SentinelTarget,
  { host, port }: RedisAddress,
): Promise<RedisAddress> => {
  const options = mergeOptions(common, target.sentinelClientOptions ?? {}, { socket: { host, port } })
  const reply = await ask(options, ['SENTINEL', 'get-master-addr-by-name', target.name])
  if (Array.isArray(reply)) return mapAddress(target, { host: String(reply[0]), port: Number(reply[1]) })
  throw new Error(`Sentinel does not know a master named "${target.name}".`)
}

/** Returns the options of a connection to the current master. @throws when no Sentinel answers, or the process that they name is no master */
export const findMaster = async (common: CommonOptions, target: SentinelTarget): Promise<ConnectionOptions> => {
  const { sentinelRootNodes, nodeClientOptions = {} } = target
  const { host, port } = await first(sentinelRootNodes.map(async (one) => await askSentinel(common, target, one)))
  const options = mergeOptions(common, nodeClientOptions, { socket: { host, port } })
  // A Sentinel may name the old master for a while. What is published on a replica reaches nobody else.
  const role = await ask(options, ['ROLE'])
  if (Array.isArray(role) && String(role[0]) === 'master') return options
  throw new Error('Sentinel names a Redis that is not a master: a failover is under way.')
}

const askClusterNode = async (options: ConnectionOptions): Promise<ConnectionOptions> => {
  const info = String(await ask(options, ['CLUSTER', 'INFO']))
  if (info.includes('cluster_state:ok')) return options
  throw new Error('A node of Redis Cluster reports that the cluster is down.')
}

/** Returns the options of a connection to a node of the cluster. A publication on any node reaches the subscribers of all. @throws when none is part of a working cluster */
export const findClusterNode = async (
  common: CommonOptions,
  { rootNodes, defaults = {} }: ClusterTarget,
): Promise<ConnectionOptions> =>
  await first(rootNodes.map(async (node) => await askClusterNode(mergeOptions(common, defaults, node))))
