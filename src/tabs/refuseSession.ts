import type { ConnectionSettings } from '../connection/core.js'
import { codedError } from '../internal/errors.js'
import type { SocketMiddlewareOptions } from '../middleware/options.js'

/** Throws `session_in_tabs` for the option `session` without `sharedSessionFeature`. */
export const refuseSession = (
  { session }: SocketMiddlewareOptions,
  { sharedSession }: Pick<ConnectionSettings, 'sharedSession'>,
): void => {
  if (!session || sharedSession) return
  throw codedError(
    'session_in_tabs',
    __DEV__
      ? 'The option "session" beside a class of createSharedWebSocket needs sharedSessionFeature, because each tab would count the messages of all: createSocketMiddleware.with(sessionFeature, sharedSessionFeature). Import it from reduplex/tabs, or use the ordinary WebSocket.'
      : '',
  )
}
