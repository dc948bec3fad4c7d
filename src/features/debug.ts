import { log } from '../internal/environment.js'
import { checkMembers } from '../middleware/checkOptions.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** What a line shows of an event. Messages may quote frames. */
const shown = ['attempt', 'delay', 'url', 'protocol', 'code', 'cause', 'next', 'reason', 'count', 'queued']

const checkDebug: Feature<'debug'>['check'] = ({ debug }) =>
  checkMembers(
    { debug },
    {
      debug: ['true, false or a function', (value) => typeof value === 'boolean' || typeof value === 'function'],
    },
  )

/** Carries out the option `debug`. See docs/features.md. */
export const debugFeature: Feature<'debug'> = {
  options: ['debug'],
  order: order.debug,
  check: __DEV__ ? checkDebug : undefined,
  create: ({ guard, name, options: { debug } }) => {
    if (!debug) return undefined
    const print = debug === true ? log : debug
    return {
      onEvent: ({ type, payload }) => {
        if (type !== 'changed' || 'queued' in payload)
          guard('debug', () => print(`reduplex ${name}: ${type} ${JSON.stringify(payload, shown)}`))
      },
    }
  },
}
