// The server that herd.ts restarts, in a process of its own: `node herd.server.js <port> <clients>`. It prints its port, and closes gracefully on a line.
import { createSocketServer } from '../src/server/index.js'
import { readLines } from './support/child.js'

const [, , port, clients] = process.argv
const server = createSocketServer({
  port: Number(port),
  host: '127.0.0.1',
  maxConnectionsPerIp: Number(clients),
  connectionRate: false,
})
await server.ready
console.log(server.port)
readLines(async () => {
  await server.close({ within: 10_000 })
  process.exit()
})
