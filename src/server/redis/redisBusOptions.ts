import { codedError } from '../../internal/errors.js'
import { aCount, type Check } from '../../internal/optionChecks.js'
import { checkOptions, group, isNamedObject, type OptionChecks } from '../../internal/optionGroups.js'
import { checkRedisTarget, type RedisTarget } from './client.js'

/** The options of `redisBus`: where Redis is, and how much may wait for it. */
export type RedisBusOptions = RedisTarget & {
  /** Precedes the names of all channels, so that several apps can share one Redis. @default '' */
  readonly prefix?: string
  /** How many messages wait while Redis is unreachable. When there are more, the oldest are dropped. Also how many are under way at a time. @default 1000 */
  readonly maxBuffered?: number
  /** The same in bytes. @default 4194304 */
  readonly maxBufferedBytes?: number
}

/** Members that `checkRedisTarget` has checked, whose errors show no secret, or that the package `redis` checks. */
const anything: Check = ['anything', () => true]

const checks: OptionChecks = {
  url: anything,
  client: anything,
  sentinel: group({
    name: anything,
    sentinelRootNodes: anything,
    nodeClientOptions: anything,
    sentinelClientOptions: anything,
    nodeAddressMap: anything,
  }),
  cluster: group({ rootNodes: anything, defaults: anything }),
  prefix: ['a text', (value) => typeof value === 'string'],
  maxBuffered: aCount,
  maxBufferedBytes: aCount,
}

/** Checks the options of `redisBus`. @throws `invalid_option` for an option that is unknown or malformed */
export const checkRedisBusOptions = (options: unknown): void => {
  // Not shown: it may be a url with a password.
  if (!isNamedObject(options))
    throw codedError('invalid_option', 'redisBus: expected an object of options, such as { url }.')
  checkRedisTarget(options)
  checkOptions('redisBus', options, checks)
}
