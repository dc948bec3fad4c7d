// One kind of server for memory.ts, in a process of its own: `node --expose-gc memory.server.js ours|ws|socket.io`. It prints its url, and for each
// line on stdin its heap and its resident set in bytes.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server as SocketIo } from 'socket.io'
import { WebSocketServer } from 'ws'
import { createSocketServer } from '../src/server/index.js'
import { readLines } from './support/child.js'

const http = createServer()
let path = '/ws'
const [, , kind = 'ours'] = process.argv
switch (kind) {
  case 'ours':
    createSocketServer({ server: http })
    break
  case 'ws':
    new WebSocketServer({ server: http, path }).on('connection', (ws) => {
      ws.on('error', () => {})
      ws.on('message', () => {})
    })
    break
  default:
    path = '/socket.io/?EIO=4&transport=websocket'
    new SocketIo(http, { transports: ['websocket'] }).on('connection', (socket) => socket.on('message', () => {}))
}
http.listen(0, '127.0.0.1')
await once(http, 'listening')
console.log(`ws://127.0.0.1:${(http.address() as AddressInfo).port}${path}`)

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))

readLines(async () => {
  for (let n = 0; n < 5; n++) {
    await turn()
    globalThis.gc?.()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  console.log(`${heapUsed + external} ${rss}`)
})
