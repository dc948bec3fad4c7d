import { createRemote, type Remote } from '../../../src/rpc/index.js'
import type { Functions } from '../../functions/methods.js'
import { rpc } from './connection.js'

/** How a call gets to the server. */
export type Transport = 'socket' | 'http'

/** The server's functions, either way. */
export const remotes: Readonly<Record<Transport, Remote<Functions>>> = {
  socket: createRemote<Functions>({ overSocket: /.*/, actions: rpc }),
  http: createRemote<Functions>({ http: '/rpc' }),
}
