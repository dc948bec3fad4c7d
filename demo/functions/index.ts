// The server of the pages "Server time", "Remote functions" and "RTK Query": functions that are called over a WebSocket or HTTP, and
// two channels.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { createSocketServer } from '../../src/server/index.js'
import { createLine } from '../line.js'
import type { Channels } from '../src/functions/channels.js'
import { createClocks } from './clocks.js'
import { createMethods, type MethodsOptions } from './methods.js'

export interface FunctionsOptions extends Pick<MethodsOptions, 'posts'> {
  /** Called with errors that no response reports. */
  readonly onError: (message: string, error: unknown) => void
  /** The time between two pushes of a clock, in milliseconds. @default 1000 */
  readonly tickInterval?: number | undefined
}

export interface FunctionServer {
  /** Answers `POST /rpc`. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** Handles upgrade requests for `/rpc/live`. */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Sends a change to the subscribers of the channel `posts`. */
  readonly publishPost: (change: Channels['posts']) => void
  readonly close: () => Promise<void>
}

const channels: readonly (keyof Channels)[] = ['time', 'posts']

export function createFunctions({ posts, onError, tickInterval }: FunctionsOptions): FunctionServer {
  const clocks = createClocks(tickInterval)
  const line = createLine()
  let refusingUntil = 0
  const server = createSocketServer({
    noServer: true,
    path: '/rpc/live',
    channels: { time: clocks.time },
    // A page that was cut off for less than two minutes goes on where it was.
    session: {},
    authorizeChannel: (_connection, channel) => channels.some((known) => known === channel),
    onError: ({ code, message, error }) => onError(`${code}: ${message}`, error),
  })
  const cut = (seconds: number): number => {
    refusingUntil = Date.now() + seconds * 1000
    return line.cut()
  }
  server.channel('posts' satisfies keyof Channels, { history: { size: 1_000, ttl: 600_000 } })
  const postsPosition = () => server.position('posts' satisfies keyof Channels)
  server.methods(createMethods({ posts, clocks, cut, postsPosition }))
  return {
    handle: server.handleHttp,
    handleUpgrade: (request, socket, head) => {
      if (Date.now() >= refusingUntil) {
        line.watch(socket)
        return server.handleUpgrade(request, socket, head)
      }
      socket.on('error', () => socket.destroy())
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    },
    publishPost: (change) => void server.publish('posts' satisfies keyof Channels, change),
    close: () => server.close({ within: 0 }),
  }
}
