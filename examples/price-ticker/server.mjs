// One HTTP server for the page, for Vite's hot reload and for the socket.
import { createServer } from 'node:http'
import { createSocketServer } from 'reduplex/server'
import { createServer as createVite } from 'vite'

const port = Number(process.env.PORT ?? 8080)
const http = createServer((req, res) => vite.middlewares(req, res))
const vite = await createVite({ server: { middlewareMode: true, ws: { server: http } } })
const sockets = createSocketServer({ server: http, path: '/ws' })

const prices = new Map(Array.from({ length: 20 }, (_, n) => [`STOCK ${n + 1}`, 100]))
const tick = setInterval(() => {
  for (const [symbol, price] of prices) {
    const next = Math.max(1, Math.round((price + Math.random() * 2 - 1) * 100) / 100)
    prices.set(symbol, next)
    sockets.broadcast({ symbol, price: next })
  }
}, 20)
sockets.on('add', (connection) => {
  for (const [symbol, price] of prices) connection.send({ symbol, price })
})

http.listen(port, '127.0.0.1', () => console.log(`Open http://127.0.0.1:${port}`))

const stop = async () => {
  clearInterval(tick)
  await sockets.close({ within: 500 })
  await vite.close()
  http.close()
  http.closeAllConnections()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
