import { log } from '../internal/environment.js'
import { checkMembers } from '../middleware/checkOptions.js'
import type { Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'

/** What a line leaves out: parts of frames, and times, which a log adds itself. */
const hidden = /^(excerpt|issues|at|\w+At)$/

/** The members of an event in one line. */
const describe = (payload: object): string =>
  Object.entries(payload)
    // The message about a malformed frame quotes the frame.
    .map(([key, value]) => (hidden.test(key) || (key === 'message' && 'excerpt' in payload) ? '' : ` ${key} ${value}`))
    .join('')

const checkDebug: Feature<'debug'>['check'] = ({ debug }) =>
  checkMembers(
    { debug },
    {
      debug: ['true, false or a function', (value) => typeof value === 'boolean' || typeof value === 'function'],
    },
  )

/** Carries out the option `debug`. */
export const debugFeature: Feature<'debug'> = {
  options: ['debug'],
  order: order.debug,
  check: __DEV__ ? checkDebug : undefined,
  create: ({ guard, name, options: { debug } }) => {
    if (!debug) return undefined
    const print = debug === true ? log : debug
    const write = (step: string) => guard('debug', () => print(`reduplex ${name}: ${step.replace(/\s+/g, ' ')}`))
    return {
      onEvent: ({ type, payload }) => {
        if (type !== 'changed' || 'queued' in payload) write(type + describe(payload))
      },
      handlerOf: (type) => void (/connect$|close$/.test(type) && write(type)),
    }
  },
}
