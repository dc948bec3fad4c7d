import { inspect } from 'node:util'
import { createSocketServer } from '../../../src/server/index.js'
import { redisBus } from '../../../src/server/redis/index.js'
import type { Order, Told } from './messages.js'

// One node of a cluster, as a process of its own: it does what the parent says, and tells what happens.

const [url = '', nodeTimeout = ''] = process.argv.slice(2)
const tell = (told: Told): void => void process.send?.(told)

const server = createSocketServer(
  { port: 0, host: '127.0.0.1' },
  {
    bus: redisBus({ url }),
    nodeTimeout: Number(nodeTimeout),
    onError: ({ code, message, error }) => tell({ problem: { code, message, error: inspect(error) } }),
  },
)
server.on('presence', (presence) => tell({ presence }))
server.on('bus', ({ isConnected }) => tell({ isConnected }))
server.ready.then(
  () => tell({ port: server.port ?? 0 }),
  (error: unknown) => {
    throw error
  },
)

process.on('message', ({ broadcast, publish, close }: Order) => {
  if (broadcast !== undefined) tell({ reached: server.broadcast(broadcast) })
  if (publish) tell({ reached: server.publish(...publish) })
  // What is left then must end by itself.
  if (close) void server.close({ within: 200 }).then(() => process.disconnect())
})
