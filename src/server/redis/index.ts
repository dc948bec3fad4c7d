// The public names of `reduplex/server/redis`, listed one by one.
export type { Bus, BusProblem, BusStatus } from '../cluster/bus.js'
export type { RedisClient, RedisConnection, RedisTarget } from './client.js'
export { redisBus } from './redisBus.js'
export type { RedisBusOptions } from './redisBusOptions.js'
export type { ClusterTarget, RedisAddress, SentinelTarget } from './topology.js'
export { redisSessions } from './redisSessions.js'
export type { RedisSessionsOptions } from './redisSessionsOptions.js'
export type {
  ClaimedSession,
  FoundSession,
  NewSession,
  SessionSnapshot,
  SessionStore,
  StoredFrame,
  WriteAnswer,
} from '../session/sessionStore.js'
