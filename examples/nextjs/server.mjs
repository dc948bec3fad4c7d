// Next.js and the socket on one port. Next's own server accepts no WebSockets of an app, so this is a custom server.
// After `npm run build`, `NODE_ENV=production npm start` serves the built app.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import next from 'next'
import { createSocketServer } from 'reduplex/server'

const port = Number(process.env.PORT ?? 8080)
const lines = [{ id: randomUUID(), text: 'Welcome' }]

const http = createServer((req, res) => {
  // For the server component that renders the first lines.
  if (req.url === '/lines') res.setHeader('content-type', 'application/json').end(JSON.stringify(lines))
  else handle(req, res)
})
const app = next({ dev: process.env.NODE_ENV !== 'production', hostname: '127.0.0.1', port, httpServer: http })
const handle = app.getRequestHandler()
await app.prepare()

// Upgrades for other paths, such as those of Next's hot reload, are left to Next.
const sockets = createSocketServer({ server: http, path: '/ws' })
sockets.on('add', (connection) => connection.emit('lines/loaded', lines))
sockets.onMessage('lines/written', (text) => {
  const line = { id: randomUUID(), text: String(text).slice(0, 500) }
  lines.push(line)
  sockets.emit('lines/added', line)
})

http.listen(port, '127.0.0.1', () => console.log(`Open http://127.0.0.1:${port}`))

const stop = async () => {
  await sockets.close({ within: 500 })
  http.close()
  http.closeAllConnections()
  await app.close()
  process.exit()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
