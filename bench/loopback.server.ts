// The echo server of loopback.ts, in a process of its own: it prints its port on stdout and runs as long as its stdin is open.
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})
server.on('listening', () => console.log((server.address() as AddressInfo).port))
process.stdin.on('end', () => process.exit()).resume()
