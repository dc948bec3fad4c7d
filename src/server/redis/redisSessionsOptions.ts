import type { Check } from '../../internal/optionChecks.js'
import type { RedisTarget } from './client.js'
import { checkRedisOptions } from './redisOptions.js'

/** The options of `redisSessions`: where Redis is, and what its data is worth after a restart. */
export type RedisSessionsOptions = RedisTarget & {
  /** Precedes the names of all keys and channels, so that several apps can share one Redis. @default '' */
  readonly prefix?: string
  /**
   * Trusts the data that an earlier run of Redis has written. That is right only when no acknowledged write can be lost: `appendfsync always`, and no
   * failover to a replica that may lag behind. Otherwise a session is `lost` after a restart of Redis, unless a process still has it in memory.
   * @default false
   */
  readonly durable?: boolean
}

const aBoolean: Check = ['true or false', (value) => typeof value === 'boolean']

/** Checks the options of `redisSessions`. @throws `invalid_option` for an option that is unknown or malformed */
export const checkRedisSessionsOptions = (options: unknown): void =>
  checkRedisOptions('redisSessions', options, { durable: aBoolean })
