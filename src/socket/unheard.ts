import { now } from '../internal/clock.js'
import { isOnline } from '../internal/environment.js'
import type { CloseInfo } from './types.js'

/** The end of a socket of which the network said nothing. */
export const unheard = (cause: NonNullable<CloseInfo['cause']>): CloseInfo => ({
  code: null,
  reason: '',
  wasClean: false,
  at: now(),
  cause,
})

/** Its end by silence past a deadline; a machine that says that it is offline has said why. */
export const timedOut = (): CloseInfo => unheard(isOnline() ? 'timeout' : 'offline')
