import { now } from '../internal/clock.js'
import { isOnline } from '../internal/environment.js'
import type { CloseInfo } from './types.js'

/** The end of a socket about which the network reported nothing. */
export const closeWithout = (cause: NonNullable<CloseInfo['cause']>): CloseInfo => ({
  code: null,
  reason: '',
  wasClean: false,
  at: now(),
  cause,
})

/** The end of a socket after a timeout. The cause is `offline` when the device reports that it is offline. */
export const timeoutClose = (): CloseInfo => closeWithout(isOnline() ? 'timeout' : 'offline')
