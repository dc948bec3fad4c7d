import { aCount, type Check } from '../../internal/optionChecks.js'
import type { RedisTarget } from './client.js'
import { checkRedisOptions } from './redisOptions.js'

/** The options of `redisBus`: where Redis is, and how much may wait for it. */
export type RedisBusOptions = RedisTarget & {
  /** Precedes the names of all channels, so that several apps can share one Redis. @default '' */
  readonly prefix?: string
  /** How many messages wait while Redis is unreachable. When there are more, the oldest are dropped. Also how many are under way at a time. @default 1000 */
  readonly maxBuffered?: number
  /** The same in bytes. @default 4194304 */
  readonly maxBufferedBytes?: number
  /**
   * Whether the histories of channels outlive a restart of Redis. Right only with `appendfsync always` and without asynchronous failover: otherwise Redis may
   * have lost publications that clients have, and the offsets are given again. @default false: after a restart or failover, positions are not recovered
   */
  readonly durable?: boolean
}

const aBoolean: Check = ['true or false', (value) => typeof value === 'boolean']

/** Checks the options of `redisBus`. @throws `invalid_option` for an option that is unknown or malformed */
export const checkRedisBusOptions = (options: unknown): void =>
  checkRedisOptions('redisBus', options, { maxBuffered: aCount, maxBufferedBytes: aCount, durable: aBoolean })
