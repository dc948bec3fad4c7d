// The echo servers of loopback.ts, in a process of their own: prints both ports on stdout and runs as long as its stdin is open.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { WebSocketServer } from 'ws'

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
})

const http = createServer()
new Server(http, { transports: ['websocket'] }).on('connection', (socket) => {
  socket.on('message', (message) => socket.emit('message', message))
})

const portOf = (listening: { address: () => unknown }) => (listening.address() as AddressInfo).port
server.on('listening', () => http.listen(0, '127.0.0.1', () => console.log(`${portOf(server)} ${portOf(http)}`)))
process.stdin.on('end', () => process.exit()).resume()
