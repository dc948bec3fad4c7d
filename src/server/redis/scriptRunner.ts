import { Buffer } from 'node:buffer'
import { messageOf } from '../../internal/errors.js'
import {
  connectionAt,
  createConnectionSource,
  createErrorRedactor,
  type RedisConnection,
  type RedisTarget,
} from './client.js'
import type { ConnectionGroup } from './connectionGroup.js'
import { keySlot, SLOTS } from './keySlot.js'
import { createReconnectingPair, type ReconnectingPair } from './reconnectingPair.js'
import { runScript, type RedisScript, type ScriptArgument } from './script.js'
import type { ClusterTarget } from './topology.js'

/** Runs Lua scripts on a Redis, a master behind Sentinel, or the masters of a cluster; with pub/sub beside it. */
export interface ScriptRunner {
  /** Opens the connections. Later calls have no effect. */
  readonly start: () => void
  /**
   * Runs a script on the process that has the first key. `ARGV[1]` is the run of that process: it changes with each start of Redis, and with each
   * failover. Rejects while Redis is unreachable, when the connections are lost first, and with the error of Redis. Texts in the reply are bytes.
   */
  readonly run: (
    script: RedisScript,
    keys: readonly [string, ...string[]],
    args: readonly ScriptArgument[],
  ) => Promise<unknown>
  /** Publishes a message. Resolves with the number of connections that got it; in a cluster, only of those to the same process. */
  readonly publish: (channel: string, message: string) => Promise<number>
  /** Listens to a channel, also after a reconnect. Returns a function that stops it. */
  readonly subscribe: (channel: string, listener: (message: string) => void) => () => void
  readonly isConnected: () => boolean
  /** Closes the connections. */
  readonly close: () => void
}

/** What {@link createScriptRunner} needs. */
export interface ScriptRunnerConfig {
  readonly target: RedisTarget
  /** All scripts that are run: Redis loads them before anything else, so that none overtakes another. */
  readonly scripts: readonly RedisScript[]
  /** `ARGV[1]` is empty: data of an earlier run of Redis is trusted. */
  readonly durable: boolean
  /** Called when Redis can be reached, and when it cannot any more or a connect fails for a further reason. */
  readonly onReach: (isReachable: boolean, error?: Error) => void
  /** Called when a listener to a channel throws. By default that is ignored. */
  readonly onListenerError?: (error: unknown) => void
}

/** A process of Redis with the slots that it serves. */
interface Master {
  readonly connection: RedisConnection
  readonly run: string
  readonly from: number
  readonly to: number
}

interface RunnerState {
  readonly config: ScriptRunnerConfig
  /** Closes the present connections. */
  lose: (error: unknown) => void
  masters: readonly Master[]
}

/** The reply type of texts, as the package `redis` numbers it. */
const asBytes = { typeMapping: { 36: Buffer } }

/** Another process has the keys or writes now, or this one lost its data: the connections are opened again. */
const REDIRECTS = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|READONLY|LOADING|MASTERDOWN) /

const prepareMaster = async (
  { scripts, durable }: ScriptRunnerConfig,
  connection: RedisConnection,
  from = 0,
  to = SLOTS - 1,
): Promise<Master> => {
  const [info] = await Promise.all([
    connection.sendCommand(['INFO', 'server']),
    ...scripts.map(async ({ source }) => await connection.sendCommand(['SCRIPT', 'LOAD', source])),
  ])
  const run = /^run_id:(\w+)/m.exec(String(info))?.[1]
  if (run === undefined) throw new Error('Redis does not tell its run_id: INFO server has none.')
  return { connection, run: durable ? '' : run, from, to }
}

/** The first and last slot, and the address of the master. */
type SlotRange = readonly [from: number, to: number, master: readonly [host: string, port: number]]

const prepareCluster = async (
  config: ScriptRunnerConfig,
  cluster: ClusterTarget,
  first: RedisConnection,
  group: ConnectionGroup,
): Promise<readonly Master[]> => {
  const ranges = (await first.sendCommand(['CLUSTER', 'SLOTS'])) as readonly SlotRange[]
  const connections = new Map<string, Promise<RedisConnection>>()
  for (const [, , [host, port]] of ranges) {
    const name = `${host}:${port}`
    if (!connections.has(name))
      connections.set(
        name,
        group.connect(() => connectionAt(cluster, { host, port })),
      )
  }
  return await Promise.all(
    ranges.map(async ([from, to, [host, port]]) =>
      prepareMaster(config, await (connections.get(`${host}:${port}`) ?? first), from, to),
    ),
  )
}

const run = async (
  state: RunnerState,
  pair: ReconnectingPair,
  script: RedisScript,
  keys: readonly [string, ...string[]],
  args: readonly ScriptArgument[],
): Promise<unknown> => {
  const slot = keySlot(keys[0])
  const master = state.masters.find(({ from, to }) => slot >= from && slot <= to)
  if (!pair.isConnected() || !master) throw new Error('Redis is unreachable.')
  const { lose } = state
  try {
    return await runScript(master.connection, script, keys, [master.run, ...args], asBytes)
  } catch (error) {
    if (REDIRECTS.test(messageOf(error))) lose(error)
    throw error
  }
}

/** Creates a runner that is not connected yet. */
export const createScriptRunner = (config: ScriptRunnerConfig): ScriptRunner => {
  const { target, onReach } = config
  const state: RunnerState = { config, masters: [], lose: () => {} }
  const pair = createReconnectingPair({
    source: createConnectionSource(target),
    redactError: createErrorRedactor(target),
    prepare: async (connection, group) => {
      state.lose = (error) => group.lose(error)
      state.masters =
        'cluster' in target
          ? await prepareCluster(config, target.cluster, connection, group)
          : [await prepareMaster(config, connection)]
    },
    onConnected: () => onReach(true),
    onLost: ({ error, isNew, isNewReason }) => {
      state.masters = []
      if (isNew || isNewReason) onReach(false, error)
    },
    callListener: (call) => {
      try {
        call()
      } catch (error) {
        config.onListenerError?.(error)
      }
    },
  })
  return {
    start: () => pair.start(),
    run: async (script, keys, args) => await run(state, pair, script, keys, args),
    publish: async (channel, message) => Number(await pair.publish(channel, message)),
    subscribe: (channel, listener) => pair.subscribe(channel, listener),
    isConnected: () => pair.isConnected(),
    close: () => pair.close(),
  }
}
