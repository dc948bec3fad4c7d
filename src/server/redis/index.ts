// The public names of `reduplex/server/redis`, listed one by one.
export type { Bus, BusProblem, BusStatus } from '../cluster/bus.js'
export type { RedisClient, RedisConnection, RedisTarget } from './client.js'
export { redisBus, type RedisBusOptions } from './redisBus.js'
export type { ClusterTarget, RedisAddress, SentinelTarget } from './topology.js'
