import type { ServerContext } from '../context.js'
import type { InternalConnection } from './serverConnection.js'

/** Reports what a client has done to its socket. A client that was not admitted has no connection. */
export const reportPeer = (
  report: ServerContext['report'],
  connection: InternalConnection | undefined,
  message: string,
  ...[error]: readonly Error[]
): void =>
  report({
    code: 'peer_error',
    message,
    ...(error && { error }),
    ...(connection && { connection: connection.view }),
  })

/** Reports that a client is above its rate. */
export const reportOverRate = (
  { limits, report }: Pick<ServerContext, 'limits' | 'report'>,
  connection: InternalConnection | undefined,
): void => {
  const { perSecond, bytesPerSecond } = limits.rate!
  const message = `A client sends more than ${perSecond} messages or ${bytesPerSecond} bytes a second ("rate"): it is read more slowly.`
  report({ code: 'rate_limited', message, ...(connection && { connection: connection.view }) })
}
