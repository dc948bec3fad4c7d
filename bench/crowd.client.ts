// Many connections that only listen, in a process of their own: `node crowd.client.js <url> <count> …`. It prints `open` once all are, and a url's
// index whenever each of its connections has received one more message.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { readLines } from './support/child.js'

const args = process.argv.slice(2)
const crowds = args.filter((_, n) => n % 2 === 0).map((url, n) => ({ url, size: Number(args[2 * n + 1]) }))

const batchSize = 50

for (const [place, { url, size }] of crowds.entries()) {
  const isSocketIo = url.includes('/socket.io/')
  let received = 0
  const open = async () => {
    const ws = new WebSocket(url, { perMessageDeflate: false })
    if (isSocketIo) {
      // Engine.IO sends `0{…}`, the client asks for the namespace with `40`, Socket.IO agrees with `40{…}`.
      await once(ws, 'message')
      ws.send('40')
      await once(ws, 'message')
    } else {
      await once(ws, 'open')
    }
    ws.on('message', (data: Buffer) => {
      // A ping of Engine.IO.
      if (isSocketIo && data.length === 1) ws.send('3')
      else if (++received % size === 0) console.log(place)
    })
  }
  // A few at a time: a listen queue is short.
  for (let opened = 0; opened < size; opened += batchSize) {
    await Promise.all(Array.from({ length: Math.min(batchSize, size - opened) }, open))
  }
}
console.log('open')
readLines(() => {})
