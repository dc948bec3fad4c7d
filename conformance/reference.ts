import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createSocketServer,
  json,
  Refusal,
  RpcError,
  type CallContext,
  type ChannelContext,
  type ServerCodec,
  type SocketServerSettings,
} from '../src/server/index.js'

const { encode, decode } = json()

/** JSON in binary frames: a binary codec that every language has. */
const bytes: ServerCodec = {
  subprotocol: 'conformance.bytes',
  encode: (value: unknown) => Buffer.from(encode(value as never) as string),
  decode: (frame) => decode(typeof frame === 'string' ? frame : Buffer.from(frame).toString()),
}

const onPurpose = () => new RpcError(4711, 'on purpose', { why: ['conformance'] })

const untilAborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

const queryOf = (url = '/'): URLSearchParams => new URL(url, 'http://localhost').searchParams

const options = (more: SocketServerSettings): SocketServerSettings => ({
  codec: [json(), bytes],
  authorize: async ({ url }) => {
    const query = queryOf(url)
    const refused = Number(query.get('conformance.refuse') ?? 0)
    if (refused === 1011) throw new Error('a secret')
    if (refused) throw new Refusal(refused, 'on request')
    const wait = Number(query.get('conformance.decide') ?? 0)
    if (wait) await new Promise((resolve) => setTimeout(resolve, wait))
    return true
  },
  authorizeChannel: (_connection, channel) => channel !== 'conformance.forbidden',
  channels: {
    'conformance.ticks': (params: { count?: number } | undefined, { push }: ChannelContext) => {
      for (let n = 1; n <= (params?.count ?? 0); n++) push(n)
    },
    'conformance.broken': () => {
      throw onPurpose()
    },
  },
  session: { owner: () => 'conformance' },
  // Clients of the suite make mistakes on purpose.
  onError: () => {},
  ...more,
})

const toSum = (params: unknown): number => {
  const list: unknown[] = Array.isArray(params) ? params : []
  const issues = [0, 1].flatMap((path) =>
    typeof list[path] === 'number' ? [] : [{ path: String(path), message: 'Expected a number' }],
  )
  if (issues.length > 0) throw new RpcError(-32602, 'Invalid params', { issues })
  return Number(list[0]) + Number(list[1])
}

/** The contract of docs/protocol.md, "Conformance", on this library's server: WebSockets at `/ws`, calls over HTTP at `/rpc`. */
export const startReference = async (port = 0, more: SocketServerSettings = {}) => {
  const http = createServer((req, res) => {
    if (req.url === '/rpc') void server.handleHttp(req, res)
    else res.writeHead(404).end()
  })
  const server = createSocketServer({ server: http, path: '/ws', ...options(more) })
  server.methods({
    'conformance.echo': (params: unknown) => params,
    'conformance.add': toSum,
    'conformance.fail': () => {
      throw onPurpose()
    },
    'conformance.crash': () => {
      throw new Error('a secret')
    },
    'conformance.wait': async (_params: unknown, { signal }: CallContext) => {
      await untilAborted(signal)
      throw new Error('cancelled')
    },
    'conformance.push': (params: unknown, { push }: CallContext) => push(params),
    'conformance.ask': async (params: unknown, { connection }: CallContext) =>
      await connection?.request('conformance.question', params),
    'conformance.publish': ({ channel, data }: { channel: string; data: unknown }) => server.publish(channel, data),
    'conformance.broadcast': (params: unknown) => server.emit('conformance/broadcast', params),
    'conformance.close': ({ code, reason }: { code: number; reason: string }, { connection }: CallContext) =>
      connection?.close(code, reason),
  })
  server.onMessage('conformance/echo', (payload, sender) => sender.emit('conformance/echoed', payload))
  http.listen(port, '127.0.0.1')
  await server.ready
  const at = (http.address() as AddressInfo).port
  return {
    url: `ws://127.0.0.1:${String(at)}/ws`,
    http: `http://127.0.0.1:${String(at)}/rpc`,
    close: async () => {
      await server.close({ within: 0 })
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
