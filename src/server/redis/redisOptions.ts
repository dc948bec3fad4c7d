import { codedError } from '../../internal/errors.js'
import type { Check } from '../../internal/optionChecks.js'
import { checkOptions, group, isNamedObject, type OptionChecks } from '../../internal/optionGroups.js'
import { checkRedisTarget } from './client.js'

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
}

/**
 * Checks the options of what uses Redis: where Redis is, `prefix`, and `more`.
 * @throws `invalid_option` for an option that is unknown or malformed
 */
export const checkRedisOptions = (caller: string, options: unknown, more: OptionChecks): void => {
  // Not shown: it may be a url with a password.
  if (!isNamedObject(options))
    throw codedError('invalid_option', `${caller}: expected an object of options, such as { url }.`)
  checkRedisTarget(caller, options)
  checkOptions(caller, options, { ...checks, ...more })
}
