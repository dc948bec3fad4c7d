import { createClient } from 'redis'
import { startRedis, type RedisServer } from './redisServer.js'

/** Sends commands to one Redis, one after the other, and returns the last reply. */
export const command = async (url: string, ...commands: readonly (readonly string[])[]): Promise<unknown> => {
  const client = await createClient({ url }).connect()
  try {
    let reply: unknown
    // oxlint-disable-next-line no-await-in-loop -- in this order
    for (const words of commands) reply = await client.sendCommand([...words])
    return reply
  } finally {
    client.destroy()
  }
}

const disposeAll = async (servers: readonly AsyncDisposable[]): Promise<void> => {
  await Promise.all(servers.map(async (server) => await server[Symbol.asyncDispose]()))
}

/** A master and a replica, watched by one Sentinel, which makes the replica the master half a second after the master is gone. */
export interface SentinelGroup extends AsyncDisposable {
  readonly master: RedisServer
  readonly replica: RedisServer
  readonly sentinel: RedisServer
}

export const startSentinelGroup = async (name: string, password: string): Promise<SentinelGroup> => {
  const master = await startRedis({ password, more: { masterauth: password, 'repl-diskless-sync-delay': '0' } })
  const replica = await startRedis({
    password,
    more: { masterauth: password, replicaof: `127.0.0.1 ${master.port}` },
  })
  const sentinel = await startRedis({
    file: (port) => [
      `port ${port}`,
      'bind 127.0.0.1',
      `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
      `sentinel auth-pass ${name} ${password}`,
      `sentinel down-after-milliseconds ${name} 500`,
      `sentinel failover-timeout ${name} 2000`,
    ],
    flags: ['--sentinel'],
    readyText: '+monitor',
  })
  // Without a replica that it knows there could be no failover.
  await Promise.all([
    replica.whenPrinted('MASTER <-> REPLICA sync: Finished with success'),
    sentinel.whenPrinted('+slave'),
  ])
  return {
    master,
    replica,
    sentinel,
    [Symbol.asyncDispose]: async () => await disposeAll([sentinel, replica, master]),
  }
}

/** A Redis Cluster of three masters, which works as long as two of them run. */
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[]
}

const SLOTS = 16_384

export const startRedisCluster = async (password: string): Promise<RedisCluster> => {
  const more = {
    masterauth: password,
    'cluster-enabled': 'yes',
    'cluster-node-timeout': '1000',
    'cluster-require-full-coverage': 'no',
  }
  const nodes = await Promise.all(['', '', ''].map(async () => await startRedis({ password, more })))
  const [first] = nodes
  await Promise.all(
    nodes.map(async ({ url }, index) => {
      const from = Math.ceil((index * SLOTS) / nodes.length)
      const to = Math.ceil(((index + 1) * SLOTS) / nodes.length) - 1
      const meet = index === 0 ? [] : [['CLUSTER', 'MEET', '127.0.0.1', String(first?.port)]]
      await command(url, ['CLUSTER', 'ADDSLOTSRANGE', String(from), String(to)], ...meet)
    }),
  )
  await Promise.all(nodes.map(async (node) => await node.whenPrinted('Cluster state changed: ok')))
  return { nodes, [Symbol.asyncDispose]: async () => await disposeAll(nodes) }
}
