import { aCount } from '../../internal/optionChecks.js'
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
}

/** Checks the options of `redisBus`. @throws `invalid_option` for an option that is unknown or malformed */
export const checkRedisBusOptions = (options: unknown): void =>
  checkRedisOptions('redisBus', options, { maxBuffered: aCount, maxBufferedBytes: aCount })
