// Two nodes of one app, on two ports, as two machines would be. They share a bus: that of this process, or Redis if REDIS_URL is set. With Redis you can
// also start this program twice, with other ports.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createSocketServer, memoryBus } from 'reduplex/server'
import { redisBus } from 'reduplex/server/redis'

const first = Number(process.env.PORT ?? 8080)
const second = Number(process.env.PORT_2 ?? first + 1)
const { REDIS_URL } = process.env
const bus = REDIS_URL ? redisBus({ url: REDIS_URL, prefix: 'example:' }) : memoryBus()
const isPublic =
  /^\/node_modules\/(reduplex\/dist\/browser|@reduxjs\/toolkit\/dist|immer\/dist|redux\/dist|redux-thunk\/dist|reselect\/dist)\/[\w./-]+\.mjs$/

const serve = async ({ url = '/' }, res) => {
  const isPage = url === '/'
  if (!isPage && (!isPublic.test(url) || url.includes('..'))) return void res.writeHead(404).end()
  try {
    const file = await readFile(new URL(`.${isPage ? '/index.html' : url}`, import.meta.url))
    res.writeHead(200, { 'content-type': isPage ? 'text/html' : 'text/javascript' }).end(file)
  } catch {
    res.writeHead(404).end()
  }
}

const nodes = [first, second].map((port) => {
  const http = createServer(serve)
  const sockets = createSocketServer({ server: http, path: '/ws', bus })
  // A broadcast reaches the clients of both nodes.
  sockets.messages.forEach(({ text }) => sockets.broadcast({ text: `${String(text).slice(0, 200)} (by node ${port})` }))
  http.listen(port, '127.0.0.1')
  return { http, sockets }
})
await Promise.all(nodes.map(({ sockets }) => sockets.ready))
console.log(
  `Open http://127.0.0.1:${first} and http://127.0.0.1:${second}, connected by ${REDIS_URL ? 'Redis' : 'memory'}`,
)

const stop = async () => {
  await Promise.all(nodes.map(({ sockets }) => sockets.close({ within: 500 })))
  for (const { http } of nodes) {
    http.close()
    http.closeAllConnections()
  }
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
