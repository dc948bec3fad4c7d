import { inspect } from 'node:util'
import { createSocketServer } from '../../../src/server/index.js'
import { redisBus } from '../../../src/server/redis/index.js'
import type { Order, NodeReport } from './messages.js'

// One node of a cluster in a process of its own: it executes the orders of its parent, and reports what happens.

const [url = '', nodeTimeout = ''] = process.argv.slice(2)
const report = (message: NodeReport): void => void process.send?.(message)

const server = createSocketServer({
  port: 0,
  host: '127.0.0.1',
  bus: redisBus({ url }),
  nodeTimeout: Number(nodeTimeout),
  onError: ({ code, message, error }) => report({ problem: { code, message, error: inspect(error) } }),
})
server.on('presence', (presence) => report({ presence }))
server.on('bus', ({ isConnected }) => report({ isConnected }))
server.ready.then(
  () => report({ port: server.port ?? 0 }),
  (error: unknown) => {
    throw error
  },
)

process.on('message', ({ broadcast, publish, close }: Order) => {
  if (broadcast !== undefined) report({ reached: server.broadcast(broadcast) })
  if (publish) void server.publish(...publish).then(({ reached }) => report({ reached }))
  // The process must exit then, without a call of process.exit.
  if (close) void server.close({ within: 200 }).then(() => process.disconnect())
})
