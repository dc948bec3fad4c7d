// A server with the default limits for worst.ts, in a process of its own: `node --expose-gc worst.server.js`. It prints its url. `how much?` on stdin: it prints
// its heap and its buffers in bytes. `push`: it sends to the newest client until nearly as much waits as the server allows.
import { createSocketServer } from '../src/server/index.js'
import { readLines } from './support/child.js'

const MIB = 1024 * 1024

const server = createSocketServer({
  port: 0,
  host: '127.0.0.1',
  // The same memory in a shorter time.
  rate: false,
})
/** Methods that wait keep their params. */
const held: unknown[] = []
server.methods({ wait: (params) => new Promise((resolve) => held.push([params, resolve])) })
await server.ready
console.log(`ws://127.0.0.1:${String(server.port)}`)

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))

readLines(async (line) => {
  if (line === 'push') {
    const newest = [...server.connections].at(-1)
    const hasRoom = () => newest !== undefined && newest.bufferedAmount < 3.9 * MIB
    for (; hasRoom(); await turn()) newest?.send('x'.repeat(MIB / 16))
    return console.log('pushed')
  }
  for (let n = 0; n < 5; n++) {
    await turn()
    globalThis.gc?.()
  }
  const { external, heapUsed } = process.memoryUsage()
  console.log(String(heapUsed + external))
})
