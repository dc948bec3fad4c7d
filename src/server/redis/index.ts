// The public names of `reduplex/server/redis`, listed one by one.
export type { Bus, BusProblem, BusStatus } from '../cluster/bus.js'
export type { RedisClient, RedisConnection, RedisTarget } from './client.js'
export { redisBus } from './redisBus.js'
export type { RedisBusOptions } from './redisBusOptions.js'
export type { ClusterTarget, RedisAddress, SentinelTarget } from './topology.js'
