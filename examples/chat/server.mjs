// A chat whose tokens expire. POST /api/login sets a long-lived cookie, POST /api/token returns a short-lived token for it.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createSocketServer } from 'reduplex/server'
import { createServer as createVite } from 'vite'

const port = Number(process.env.PORT ?? 8080)
const lifetime = Number(process.env.TOKEN_MS ?? 60_000)
const sessions = new Map() // cookie → name
const tokens = new Map() // token → { name, expiresAt }
const lines = []

const nameOf = (req) => sessions.get(/session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1])

const readBody = async (req) => {
  let text = ''
  for await (const chunk of req) text += chunk
  return JSON.parse(text || '{}')
}

const routes = {
  'POST /api/login': async (req, res) => {
    const id = randomUUID()
    sessions.set(id, String((await readBody(req)).name ?? 'nobody').slice(0, 30))
    res.writeHead(204, { 'set-cookie': `session=${id}; HttpOnly; SameSite=Strict; Path=/` }).end()
  },
  'POST /api/logout': async (req, res) => {
    sessions.delete(/session=([^;]+)/.exec(req.headers.cookie ?? '')?.[1])
    res.writeHead(204, { 'set-cookie': 'session=; Max-Age=0; Path=/' }).end()
  },
  'POST /api/token': async (req, res) => {
    const name = nameOf(req)
    if (name === undefined) return void res.writeHead(401).end()
    const token = randomUUID()
    const expiresAt = Date.now() + lifetime
    tokens.set(token, { name, expiresAt })
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token, expiresAt }))
  },
}

const http = createServer((req, res) => {
  const route = routes[`${req.method} ${req.url}`]
  if (!route) return vite.middlewares(req, res)
  route(req, res).catch(() => res.writeHead(400).end())
})
const vite = await createVite({ server: { middlewareMode: true, ws: { server: http } } })

const sockets = createSocketServer({
  server: http,
  path: '/ws',
  // An expired or unknown token closes with 4401, and the client asks for a fresh one. An open connection ends with 4401 at `expiresAt`.
  authorize: (req) => tokens.get(new URL(req.url, 'http://localhost').searchParams.get('token')) ?? false,
  handler: async (connection) => {
    connection.send({ type: 'chat/entered', payload: lines.slice(-50) })
    for await (const { type, payload } of connection.messages) {
      if (type !== 'chat/said') continue
      const line = { id: randomUUID(), name: connection.user.name, text: String(payload).slice(0, 500) }
      lines.push(line)
      sockets.emit('chat/added', line)
    }
  },
})

http.listen(port, '127.0.0.1', () => console.log(`Open http://127.0.0.1:${port}`))

const stop = async () => {
  await sockets.close({ within: 500 })
  await vite.close()
  http.close()
  http.closeAllConnections()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
