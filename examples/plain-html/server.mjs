// Serves the page, the files of node_modules that its import map names, and the socket.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createSocketServer } from 'reduplex/server'

const port = Number(process.env.PORT ?? 8080)
const isPublic =
  /^\/node_modules\/(reduplex\/dist\/browser|@reduxjs\/toolkit\/dist|immer\/dist|redux\/dist|redux-thunk\/dist|reselect\/dist)\/[\w./-]+\.mjs$/

const http = createServer(async ({ url = '/' }, res) => {
  const isPage = url === '/'
  if (!isPage && (!isPublic.test(url) || url.includes('..'))) return void res.writeHead(404).end()
  try {
    const file = await readFile(new URL(`.${isPage ? '/index.html' : url}`, import.meta.url))
    res.writeHead(200, { 'content-type': isPage ? 'text/html' : 'text/javascript' }).end(file)
  } catch {
    res.writeHead(404).end()
  }
})
const sockets = createSocketServer({ server: http, path: '/ws' })
sockets.messages.forEach(({ text }) => sockets.broadcast({ text: String(text).slice(0, 200) }))

http.listen(port, '127.0.0.1', () => console.log(`Open http://127.0.0.1:${port}`))

const stop = async () => {
  await sockets.close({ within: 500 })
  http.close()
  http.closeAllConnections()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
