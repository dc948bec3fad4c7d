import { createRemote, createStreaming, type Remote } from '../../../src/rpc/index.js'
import type { Functions } from '../../functions/methods.js'
import { rpc } from './connection.js'

/** How a call is sent to the server. */
export type Transport = 'socket' | 'http'

/** The functions of the server, for each transport. */
export const remotes: Readonly<Record<Transport, Remote<Functions>>> = {
  socket: createRemote<Functions>({
    overSocket: /.*/,
    streams: { names: 'tell', request: createStreaming(rpc).requestStream },
    actions: rpc,
  }),
  http: createRemote<Functions>({ http: '/rpc' }),
}
