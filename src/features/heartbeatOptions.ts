import type { ConnectionContext } from '../middleware/feature.js'
import type { HeartbeatOptions } from '../middleware/options.js'

/** The heartbeat's options as one connection has them: a handshake may set the times. Empty without the option `heartbeat`. */
export const heartbeatOptions = ({ options }: ConnectionContext) => ({ ...options.heartbeat }) as HeartbeatOptions
