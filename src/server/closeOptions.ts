import { codedError, show } from '../internal/errors.js'
import { aCount } from '../internal/optionChecks.js'
import { checkOptions, isNamedObject, type OptionChecks } from '../internal/optionGroups.js'
import type { CloseOptions } from './SocketServer.js'

const checks: OptionChecks & Readonly<Record<keyof CloseOptions, unknown>> = { within: aCount, unreadyFor: aCount }

/** Returns the options of `server.close`. @throws `invalid_option` for an option that is unknown or malformed */
export const checkCloseOptions = (given: unknown = {}): CloseOptions => {
  if (!isNamedObject(given)) {
    throw codedError('invalid_option', `server.close: expected an object of options, got ${show(given)}.`)
  }
  checkOptions('server.close', given, checks)
  return given
}
