// One process, one port: the page, the echo server at /ws, and the fault switches. The echo is plain `ws` on purpose:
// the page must not depend on a server that knows the library.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { createFaults, FaultError } from './faults.mjs'
import { buildPage } from './page.mjs'

const MAX_BODY_BYTES = 4096
/** As the page's own limit of what it receives. */
const MAX_PAYLOAD_BYTES = 32 * 1024 * 1024

/**
 * Starts the demo. Rejects with the `listen` error (`EADDRINUSE`, `EACCES`) when the port cannot be had.
 *
 * @param {{ port?: number, host?: string }} [options] port 0 picks a free one; the default host is loopback only
 * @returns {Promise<{ url: string, port: number, wss: WebSocketServer, close: () => Promise<void> }>}
 */
export async function startDemo({ port = 8080, host = '127.0.0.1' } = {}) {
  const page = await buildPage()
  const wss = new WebSocketServer({ noServer: true, clientTracking: true, maxPayload: MAX_PAYLOAD_BYTES })
  const faults = createFaults(wss)
  wss.on('connection', echo)

  const server = createServer((request, response) => void answer(request, response, page, faults))
  const sockets = trackSockets(server)
  server.on('upgrade', (request, socket, head) => upgrade(request, socket, head, wss, faults))

  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const bound = server.address().port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    wss,
    /** Ends at once, as a crash would: no close frame, no waiting. */
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
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
  const path = new URL(request.url, 'http://demo').pathname
  if (path !== '/ws' && !path.startsWith('/ws/')) return refuse(socket, '404 Not Found')
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

async function answer(request, response, page, faults) {
  const path = new URL(request.url, 'http://demo').pathname
  if (path === '/faults' || path.startsWith('/faults/')) {
    const { status, body } = await answerFault(request, path.slice('/faults/'.length), faults)
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

async function answerFault(request, name, faults) {
  try {
    if (!isSameOrigin(request)) throw new FaultError('The switches only work from the page itself.', 403)
    if (request.method === 'GET' && name === '') return { status: 200, body: faults.status() }
    if (request.method !== 'POST') throw new FaultError('Use POST.', 405)
    return { status: 200, body: await faults.run(name, await readJson(request)) }
  } catch (error) {
    if (error instanceof FaultError) return { status: error.status, body: { error: error.message } }
    console.error(error)
    return { status: 500, body: { error: 'The demo server failed; its terminal says why.' } }
  }
}

/** Browsers send Origin with every POST; a page of another origin must not be able to pull the switches. */
function isSameOrigin({ headers }) {
  if (headers['sec-fetch-site'] === 'cross-site') return false
  return headers.origin === undefined || headers.origin === `http://${headers.host}`
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
