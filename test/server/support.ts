import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { WebSocket, type ClientOptions } from 'ws'
import {
  createSocketServer,
  type ServerConnection,
  type ServerProblem,
  type SocketServer,
  type SocketServerSettings,
} from '../../src/server/index.js'

/** A queue that is filled first and waited at after, so that nothing is missed. */
export interface Queue<Item> {
  readonly all: readonly Item[]
  readonly push: (item: Item) => void
  /** The oldest that no `next` has had yet, or the next that comes. */
  readonly next: () => Promise<Item>
}

export const createQueue = <Item>(): Queue<Item> => {
  const all: Item[] = []
  const unread: Item[] = []
  const waiting: ((item: Item) => void)[] = []
  return {
    all,
    push: (item) => {
      all.push(item)
      const first = waiting.shift()
      if (first) first(item)
      else unread.push(item)
    },
    next: async () => (unread.length > 0 ? unread.shift()! : await new Promise((resolve) => waiting.push(resolve))),
  }
}

/** A plain `ws` client. */
export interface Client {
  readonly ws: WebSocket
  /** Text frames as JSON where they are, else as they are; binary frames as Buffers. */
  readonly received: Queue<unknown>
  /** How it ended. */
  readonly closed: Promise<{ code: number; reason: string }>
  readonly next: () => Promise<never>
  readonly send: (value: unknown) => void
  /** Sends a request and resolves with the answer of that id, others left alone. */
  readonly request: (
    method: string,
    params?: unknown,
  ) => Promise<{ id: unknown; result?: unknown; error?: { code: number; message: string; data?: unknown } }>
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

let lastId = 0

export const wrap = (ws: WebSocket): Client => {
  const received = createQueue<unknown>()
  const answers = new Map<unknown, (answer: never) => void>()
  ws.on('error', () => {})
  ws.on('message', (data, isBinary) => {
    const message = isBinary ? data : parsed((data as Buffer).toString())
    const id = (message as { id?: unknown } | null)?.id
    const answer = id === undefined || id === null ? undefined : answers.get(id)
    if (answer) answer(message as never)
    else received.push(message)
  })
  const closed = once(ws, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) }))
  const send = (value: unknown): void => ws.send(JSON.stringify(value))
  return {
    ws,
    received,
    closed,
    next: received.next as () => Promise<never>,
    send,
    request: async (method, params) => {
      const id = `r${++lastId}`
      return await new Promise((resolve) => {
        answers.set(id, resolve)
        send({ jsonrpc: '2.0', id, method, params })
      })
    },
  }
}

export interface TestServer extends AsyncDisposable {
  readonly server: SocketServer
  readonly url: string
  readonly port: number
  /** What went wrong, as `onError` received it. */
  readonly problems: Queue<ServerProblem>
  /** The same, by code. */
  readonly codes: () => string[]
  /** Opens a client; resolves when it is open on its side. */
  readonly connect: (path?: string, options?: ClientOptions & { protocols?: string[] }) => Promise<Client>
}

/** A server on a free port, typed loosely: the types have tests of their own. */
export const startServer = async (options: SocketServerSettings = {}, path?: string, port = 0): Promise<TestServer> => {
  const problems = createQueue<ServerProblem>()
  const server = createSocketServer({
    port,
    host: '127.0.0.1',
    ...(path !== undefined && { path }),
    onError: problems.push,
    ...options,
  } as never) as unknown as SocketServer
  await server.ready
  return around(server, server.port ?? 0, problems, async () => await server.close({ within: 0 }))
}

const around = (
  server: SocketServer,
  port: number,
  problems: Queue<ServerProblem>,
  dispose: () => Promise<void>,
): TestServer => {
  const url = `ws://127.0.0.1:${port}`
  const clients: WebSocket[] = []
  return {
    server,
    url,
    port,
    problems,
    codes: () => problems.all.map(({ code }) => code),
    connect: async (where = '/', { protocols = [], ...options } = {}) => {
      const client = wrap(new WebSocket(url + where, protocols, options))
      clients.push(client.ws)
      await Promise.race([
        once(client.ws, 'open'),
        client.closed.then(({ code }) => Promise.reject(new Error(`closed with ${code} before it was open`))),
      ])
      return client
    },
    [Symbol.asyncDispose]: async () => {
      for (const ws of clients) ws.terminate()
      await dispose()
    },
  }
}

export interface TestHttpServer extends TestServer {
  readonly http: HttpServer
  readonly origin: string
}

/** A server on the port of an HTTP server. */
export const startOnHttp = async (
  http: HttpServer = createServer((_req, res) => res.end('hello')),
  options: SocketServerSettings = {},
  path?: string,
): Promise<TestHttpServer> => {
  const problems = createQueue<ServerProblem>()
  const server = createSocketServer({
    server: http,
    ...(path !== undefined && { path }),
    onError: problems.push,
    ...options,
  } as never) as unknown as SocketServer
  http.listen(0, '127.0.0.1')
  await server.ready
  const { port } = http.address() as AddressInfo
  const running = around(server, port, problems, async () => {
    await server.close({ within: 0 })
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  })
  return { ...running, http, origin: `http://127.0.0.1:${port}` }
}

/** The next connection that is let in. */
const added = async (server: SocketServer): Promise<ServerConnection> =>
  await new Promise((resolve) => {
    const end = server.on('add', (connection) => {
      end()
      resolve(connection)
    })
  })

/** Opens a client and waits for the server's side of it. */
export const connectClient = async (running: TestServer, ...args: Parameters<TestServer['connect']>) => {
  const coming = added(running.server)
  const client = await running.connect(...args)
  return { client, connection: await coming }
}

/** The status line of an upgrade request's answer, with the socket closed after it. */
export const upgradeAt = async (port: number, path: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text.split('\r\n')[0] ?? ''
}
