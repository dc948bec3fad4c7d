import { now } from '../internal/clock.js'
import { isOnline } from '../internal/environment.js'
import type { CloseInfo } from './types.js'

/** The end of a socket about which the network said nothing. */
export const closeWithout = (cause: NonNullable<CloseInfo['cause']>): CloseInfo => ({
  code: null,
  reason: '',
  wasClean: false,
  at: now(),
  cause,
})

/** The end of a socket after a timeout; `offline` when the machine says that it is. */
export const timeoutClose = (): CloseInfo => closeWithout(isOnline() ? 'timeout' : 'offline')
