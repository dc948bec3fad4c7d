// One process, one port: the page, the echo server at /ws with its fault switches, the posts, the functions at /rpc,
// the room, and the tabs. The echo server is plain `ws`: the page must not depend on a server that knows the library. The others use `reduplex/server`.
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import { answerFault } from './faultRoutes.mjs'
import { createFaults, FaultError } from './faults.mjs'
import { importBundle } from './importBundle.mjs'
import { buildPage } from './page.mjs'
import { serveSource } from './source.mjs'

/** The same limit as the page's own `maxMessageBytes`. */
const MAX_PAYLOAD_BYTES = 32 * 1024 * 1024
/** Ignored by git. */
const DEFAULT_DATABASE = fileURLToPath(new URL('.data/posts.db', import.meta.url))

/** Bundles the page and the server code. One build serves any number of demos. */
export async function buildDemo() {
  const [page, posts, functions, room, tabs] = await Promise.all([
    buildPage(),
    importBundle('posts/index.ts'),
    importBundle('functions/index.ts'),
    importBundle('room/index.ts'),
    importBundle('tabs/index.ts'),
  ])
  return { page, ...posts, ...functions, ...room, ...tabs }
}

/**
 * Starts the demo. Rejects with the `listen` error (`EADDRINUSE`, `EACCES`) when the port is not available, and with the error of the
 * database when `database` is given and cannot be opened. When the default database cannot be opened, posts are kept in memory.
 *
 * @param {{ port?: number, host?: string, database?: string, tickInterval?: number, build?: Awaited<ReturnType<typeof buildDemo>> }} [options]
 * port 0 picks a free one; the default host is loopback only; `database` is a file for the posts, or `:memory:`; `tickInterval` is the
 * time between two pushes of a clock in milliseconds, 1000 by default; `build` is the result of `buildDemo()`, made here by default
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>}
 */
export async function startDemo({ port = 8080, host = '127.0.0.1', database, tickInterval, build } = {}) {
  const { page, isSameOrigin, createPosts, createFunctions, createRoom, createTabs } = build ?? (await buildDemo())
  const posts = openPosts(createPosts, { database, onChange: (change) => functions.publishPost(change) })
  const functions = createFunctions({ posts, tickInterval, onError: logErrorsOf('functions') })
  const room = createRoom({ onError: logErrorsOf('room') })
  const tabs = createTabs({ onError: logErrorsOf('tabs') })
  const roomFaults = toFaults(room.faults)
  const wss = new WebSocketServer({ noServer: true, clientTracking: true, maxPayload: MAX_PAYLOAD_BYTES })
  const faults = createFaults(wss)
  wss.on('connection', echo)

  const server = createServer((request, response) => {
    if (isBelow(request, '/posts')) void posts.handle(request, response)
    else if (isBelow(request, '/rpc')) void functions.handle(request, response)
    else if (isBelow(request, '/faults')) void answerFault(request, response, { path: '/faults', faults, isSameOrigin })
    else if (isBelow(request, '/room/faults'))
      void answerFault(request, response, { path: '/room/faults', faults: roomFaults, isSameOrigin })
    else if (isBelow(request, '/source')) void serveSource(request, response)
    else servePage(request, response, page)
  })
  server.on('upgrade', (request, socket, head) => {
    if (isBelow(request, '/posts')) posts.handleUpgrade(request, socket, head)
    else if (isBelow(request, '/rpc')) functions.handleUpgrade(request, socket, head)
    else if (isBelow(request, '/room')) room.handleUpgrade(request, socket, head)
    else if (isBelow(request, '/tabs')) tabs.handleUpgrade(request, socket, head)
    else upgradeEcho(request, socket, head, { wss, faults })
  })
  const sockets = trackSockets(server)
  const closeServices = () => Promise.all([functions.close(), posts.close(), room.close(), tabs.close()])

  try {
    await listen(server, port, host)
  } catch (error) {
    await closeServices()
    throw error
  }
  const bound = server.address().port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    /** Ends at once like a crash, without close frames. */
    close: async () => {
      await new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      })
      await closeServices()
    },
  }
}

const pathOf = (request) => new URL(request.url, 'http://demo').pathname

/** Whether a request is for `path` or for something below it. */
const isBelow = (request, path) => pathOf(request) === path || pathOf(request).startsWith(`${path}/`)

const listen = (server, port, host) =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

const logErrorsOf = (name) => (message, error) => console.error(`${name}: ${message}`, error)

/** The faults of a room as `answerFault` runs them. */
const toFaults = ({ status, has, run }) => ({
  status,
  run: (name) => {
    if (has(name)) return run(name)
    throw new FaultError(`Unknown fault: ${name}.`, 404)
  },
})

function openPosts(createPosts, { database, onChange }) {
  const options = { onError: logErrorsOf('posts'), onChange }
  if (database !== undefined) return createPosts({ ...options, database })
  try {
    return createPosts({ ...options, database: DEFAULT_DATABASE })
  } catch (error) {
    console.error(`posts: ${error.message}\nposts: they are kept in memory until this process ends`)
    return createPosts({ ...options, database: ':memory:' })
  }
}

/** Tracks every TCP connection, upgraded ones included: `closeAllConnections()` of node:http leaves those open. */
function trackSockets(server) {
  const sockets = new Set()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

function echo(client) {
  // `ws` emits an error and closes when a peer breaks the protocol. Without a listener the process would end.
  client.on('error', () => {})
  client.on('message', (data, isBinary) => {
    // The reply to the switch "Ping". The page would receive its echo as a message.
    if (!isBinary && data.toString() === 'pong') return
    client.send(data, { binary: isBinary })
  })
}

function upgradeEcho(request, socket, head, { wss, faults }) {
  socket.on('error', () => socket.destroy())
  if (!isBelow(request, '/ws')) return refuse(socket, '404 Not Found')
  if (faults.isRefusing()) return refuse(socket, '503 Service Unavailable')
  faults.whenUnfrozen(() => {
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

function servePage(request, response, page) {
  const file = request.method === 'GET' || request.method === 'HEAD' ? page.get(pathOf(request)) : undefined
  response.writeHead(file ? 200 : 404, {
    'content-type': file?.type ?? 'text/plain',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(request.method === 'HEAD' ? undefined : (file?.body ?? 'Not found\n'))
}
