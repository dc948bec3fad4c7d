// Floods a server with frames that were created beforehand, so that the server is measured: `node flood.client.js <url> …`. It prints `open`, and
// then sends as many messages as lines such as `0 5000` say: to the url with that index, over its connections in turn.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { readLines } from './support/child.js'
import { floodMessage } from './support/flood.js'

const connections = 10
const chunkSize = 500

/** One masked text frame (RFC 6455 section 5.2). */
const frameOf = (text: string): Buffer => {
  const payload = Buffer.from(text)
  const mask = randomBytes(4)
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 0xff])
  return Buffer.concat([head, mask, payload.map((byte, n) => byte ^ mask[n % 4]!)])
}

const open = async (url: string): Promise<Socket> => {
  const upgrading = request(url.replace('ws:', 'http:'), {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    },
  })
  upgrading.end()
  const [, socket] = (await once(upgrading, 'upgrade')) as [unknown, Socket]
  socket.resume()
  // The namespace of Socket.IO; what its server sends is ignored.
  if (url.includes('/socket.io/')) socket.write(frameOf('40'))
  return socket
}

const targets = await Promise.all(
  process.argv.slice(2).map(async (url) => {
    const isSocketIo = url.includes('/socket.io/')
    const frame = (n: number): Buffer => {
      const { type, payload } = floodMessage(n)
      return frameOf(isSocketIo ? `42${JSON.stringify([type, payload])}` : JSON.stringify({ type, payload }))
    }
    const chunk = Buffer.concat(Array.from({ length: chunkSize }, (_, n) => frame(n)))
    return { chunk, sockets: await Promise.all(Array.from({ length: connections }, async () => await open(url))) }
  }),
)
console.log('open')

readLines((line) => {
  const [place = 0, count = 0] = line.split(' ').map(Number)
  const { chunk, sockets } = targets[place]!
  for (let sent = 0; sent < count; sent += chunkSize) sockets[(sent / chunkSize) % connections]!.write(chunk)
})
