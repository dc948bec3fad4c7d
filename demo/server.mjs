// One process, one port: the page, the echo server at /ws with its fault switches, the posts, and the functions at /rpc. The echo
// is plain `ws` on purpose: the page must not depend on a server that knows the library. The others have one that does.
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import { createFaults, FaultError } from './faults.mjs'
import { buildPage } from './page.mjs'
import { importSource } from './source.mjs'

const MAX_BODY_BYTES = 4096
/** As the page's own limit of what it receives. */
const MAX_PAYLOAD_BYTES = 32 * 1024 * 1024
/** git ignores it. */
const DEFAULT_DATABASE = fileURLToPath(new URL('.data/posts.db', import.meta.url))

/**
 * Starts the demo. Rejects with the `listen` error (`EADDRINUSE`, `EACCES`) when the port cannot be had, and with what is wrong with a
 * database that was chosen. The default one is not insisted on: where it can't be had, posts last as long as the process.
 *
 * @param {{ port?: number, host?: string, database?: string }} [options] port 0 picks a free one; the default host is loopback only;
 * `database` is a file for the posts, or `:memory:`
 * @returns {Promise<{ url: string, port: number, wss: WebSocketServer, close: () => Promise<void> }>}
 */
export async function startDemo({ port = 8080, host = '127.0.0.1', database } = {}) {
  const [page, source, { createFunctions }] = await Promise.all([
    buildPage(),
    importSource('posts/index.ts'),
    importSource('functions/index.ts'),
  ])
  const posts = openPosts(source, { database, onChange: (change) => functions.publishPost(change) })
  const functions = createFunctions({ posts, report: reportOf('functions') })
  const wss = new WebSocketServer({ noServer: true, clientTracking: true, maxPayload: MAX_PAYLOAD_BYTES })
  const faults = createFaults(wss)
  wss.on('connection', echo)

  const mayPull = source.isSameOrigin
  const server = createServer((request, response) => {
    if (isBelow(request, '/posts')) void posts.handle(request, response)
    else if (isBelow(request, '/rpc')) void functions.handle(request, response)
    else void answer(request, response, page, faults, mayPull)
  })
  const sockets = trackSockets(server)
  server.on('upgrade', (request, socket, head) => {
    if (isBelow(request, '/posts')) posts.handleUpgrade(request, socket, head)
    else if (isBelow(request, '/rpc')) functions.handleUpgrade(request, socket, head)
    else upgrade(request, socket, head, wss, faults)
  })

  try {
    await listen(server, port, host)
  } catch (error) {
    await Promise.all([functions.close(), posts.close()])
    throw error
  }
  const bound = server.address().port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    wss,
    /** Ends at once, as a crash would: no close frame, no waiting. */
    close: async () => {
      await new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
      await Promise.all([functions.close(), posts.close()])
    },
  }
}

const pathOf = (request) => new URL(request.url, 'http://demo').pathname

/** Whether a request is for `path`, or for something below it. */
const isBelow = (request, path) => pathOf(request) === path || pathOf(request).startsWith(`${path}/`)

const listen = (server, port, host) =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

const reportOf = (name) => (what, error) => console.error(`${name}: ${what}`, error)

function openPosts({ createPosts }, { database, onChange }) {
  const options = { report: reportOf('posts'), onChange }
  if (database !== undefined) return createPosts({ ...options, database })
  try {
    return createPosts({ ...options, database: DEFAULT_DATABASE })
  } catch (error) {
    console.error(`posts: ${error.message}\nposts: until then they are kept in memory, and end with this process`)
    return createPosts({ ...options, database: ':memory:' })
  }
}

/** Every TCP connection, upgraded or not: `closeAllConnections()` of node:http forgets the upgraded ones. */
function trackSockets(server) {
  const sockets = new Set()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

function echo(client) {
  // A peer that breaks the protocol makes `ws` emit an error and close; without a listener the process would end.
  client.on('error', () => {})
  client.on('message', (data, isBinary) => {
    // The reply to our own ping: echoed, it would come back to the page as a message.
    if (!isBinary && data.toString() === 'pong') return
    client.send(data, { binary: isBinary })
  })
}

function upgrade(request, socket, head, wss, faults) {
  socket.on('error', () => socket.destroy())
  if (!isBelow(request, '/ws')) return refuse(socket, '404 Not Found')
  if (faults.isRefusing()) return refuse(socket, '503 Service Unavailable')
  faults.whenSpeaking(() => {
    if (socket.destroyed) return
    wss.handleUpgrade(request, socket, head, (client) => {
      faults.watch(client, socket)
      wss.emit('connection', client, request)
    })
  })
}

function refuse(socket, status) {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

async function answer(request, response, page, faults, mayPull) {
  const path = pathOf(request)
  if (isBelow(request, '/faults')) {
    const { status, body } = await answerFault(request, path.slice('/faults/'.length), faults, mayPull)
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify(body))
    return
  }
  const file = request.method === 'GET' || request.method === 'HEAD' ? page.get(path) : undefined
  response.writeHead(file ? 200 : 404, {
    'content-type': file?.type ?? 'text/plain',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : (file?.body ?? 'Not found\n'))
}

async function answerFault(request, name, faults, mayPull) {
  try {
    if (!mayPull(request)) throw new FaultError('The switches only work from the page itself.', 403)
    if (request.method === 'GET' && name === '') return { status: 200, body: faults.status() }
    if (request.method !== 'POST') throw new FaultError('Use POST.', 405)
    return { status: 200, body: await faults.run(name, await readJson(request)) }
  } catch (error) {
    if (error instanceof FaultError) return { status: error.status, body: { error: error.message } }
    console.error(error)
    return { status: 500, body: { error: 'The demo server failed; its terminal says why.' } }
  }
}

async function readJson(request) {
  let body = ''
  for await (const chunk of request) {
    body += chunk
    if (body.length > MAX_BODY_BYTES) throw new FaultError('The body is too large.', 413)
  }
  try {
    return body === '' ? {} : Object(JSON.parse(body))
  } catch {
    throw new FaultError('The body is not JSON.')
  }
}
