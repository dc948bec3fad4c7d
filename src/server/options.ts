import type { IncomingMessage } from 'node:http'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { ServerOptions } from 'ws'
import { codedError, show } from '../internal/errors.js'
import type { Bus } from './cluster/bus.js'
import type { Handler } from './rpc/methods.js'
import type { ChannelContext, ServerCodec, ServerConnection, ServerProblem, ServerTypes } from './types.js'

/** How many messages a connection may send. */
export interface RateOptions {
  /** Messages a second, in the long run. @default 100 */
  readonly perSecond?: number
  /** Messages at once. @default 200 */
  readonly burst?: number
  /** How many may be refused before the connection is closed with 4429. @default 100 */
  readonly tolerance?: number
}

/** What `authorize` is told besides the request. */
export interface AuthorizeContext<Params = unknown> {
  /** The query and the path's groups, checked. */
  readonly params: Params
  /** The client's address. */
  readonly ip: string
  /** Aborted when it takes too long, or the client is gone. */
  readonly signal: AbortSignal
}

/** Who an `authorize` lets in: what it returns or resolves with, `false` left out. */
export type UserOf<Verdict> = Exclude<Awaited<Verdict>, false>

/** What of `ws` itself can be set: everything but where to listen. */
export type WsOptions = Omit<ServerOptions, 'port' | 'host' | 'server' | 'noServer' | 'path'>

/** The options of `createSocketServer`, besides those of `ws`. Times are milliseconds, sizes bytes. */
export interface SocketServerOptions<
  T extends ServerTypes = ServerTypes,
  Verdict = T['user'] | false | Promise<T['user'] | false>,
  // By itself: as a part of T it would settle the verdict before `authorize` has been looked at.
  Params = T['params'],
> extends WsOptions {
  /** Values to frames and back; of several the client's subprotocol chooses. @default json() */
  readonly codec?: ServerCodec | readonly ServerCodec[]
  /** Standard Schemas: `receive` checks and types what clients send, `send` what is sent and broadcast. */
  readonly schema?: {
    /** May be asynchronous: the order of messages is kept. */
    readonly receive?: StandardSchemaV1<unknown, T['receive']>
    /**
     * Must be synchronous. It is about messages: what goes to a channel (`publish`, `push`, a producer) is no message of its own but the data of a
     * `$/push`, of another shape for each channel, so it is not asked about that; nor about answers to requests.
     */
    readonly send?: StandardSchemaV1<T['send']>
  }
  /** What a message that can't be decoded, or that the schema refuses, leads to besides the `error` event. @default 'reply' */
  readonly invalid?: 'reply' | 'close' | 'ignore'
  /** Checks and types the query and the path's groups together; refused, the connection is closed with 4400. @default as they are */
  readonly params?: StandardSchemaV1<unknown, T['params']>
  /**
   * Lets a client in: what it returns is `connection.user`. `false` closes with 4401, a `Refusal` that it throws as it says, any other throw
   * with 1011. Runs before `add`; messages that come meanwhile wait. Also asked for each call over HTTP.
   */
  readonly authorize?: (req: IncomingMessage, context: AuthorizeContext<Params>) => Verdict
  /** Whether a client may subscribe to a channel; `false` answers the request with an error. @default every channel */
  readonly authorizeChannel?: (
    connection: ServerConnection<T>,
    channel: string,
    params: unknown,
  ) => boolean | Promise<boolean>
  /** Producers, by channel: run for each subscription with its params; stop when `context.signal` is aborted. */
  readonly channels?: Readonly<Record<string, Handler<ChannelContext<T>>>>
  /** Runs for each connection. Its end closes with 1000, its throw with 1011. @default none: connections stay */
  readonly handler?: (connection: ServerConnection<T>) => unknown
  /** Told of everything that goes wrong, like a listener to `error`. @default the console */
  readonly onError?: (problem: ServerProblem) => unknown
  /** Which pages may connect: origins such as `https://example.org`, or a predicate; `false` is all. What sends no Origin is no browser and may. @default the same host */
  readonly origin?: readonly string[] | ((origin: string, req: IncomingMessage) => boolean) | false
  /** How many proxies in front say the truth in X-Forwarded-For and X-Forwarded-Host; true is 1. @default false */
  readonly trustProxy?: boolean | number
  /** Connections from one address (of IPv6 from one network of 64 bits), and by themselves requests over HTTP that are being answered. Behind a proxy, set `trustProxy`: else all share the proxy's. @default 1000 */
  readonly maxConnectionsPerIp?: number
  /** The largest message. `ws` closes with 1009. @default 1048576 */
  readonly maxPayload?: number
  /** How many messages a connection may send, and how many calls one address may make over HTTP; `false` is no limit. @default { perSecond: 100, burst: 200, tolerance: 100 } */
  readonly rate?: RateOptions | false
  /** How much may wait for a client that reads slowly. @default 4194304 */
  readonly maxBufferedBytes?: number
  /** What then: close with 1013, so that the client begins anew, or drop what does not fit and tell `drop`. @default 'close' */
  readonly slowConsumer?: 'close' | 'drop'
  /** `params` and `authorize` together, and over HTTP the body; then 4408. @default 10000 */
  readonly handshakeTimeout?: number
  /** Time without messages either way before a close with 1000; pings do not count. 0 is never. @default 0 */
  readonly idleTimeout?: number
  /** How often a protocol ping is sent; who has not answered by the next one is cut off. 0 is never. @default 30000 */
  readonly pingInterval?: number
  /** How long a client may take to finish a close. @default 2000 */
  readonly closeTimeout?: number
  /** The texts of the client's heartbeat; `false` makes them messages like any other. @default { request: 'ping', reply: 'pong' }, off for text() */
  readonly ping?: { readonly request?: string; readonly reply?: string } | false
  /** Requests of one connection that are being worked on, and of the server to it. @default 100 */
  readonly maxPending?: number
  /** Subscriptions of one connection. @default 1000 */
  readonly maxSubscriptions?: number
  /** Calls in one JSON-RPC batch. @default 100 */
  readonly maxBatch?: number
  /** What joins this server with its like on other machines. Closed with the server. @default none: this process alone */
  readonly bus?: Bus
  /** A node of the bus that is silent for so long is not counted any more: it died. Each says its count three times within that. @default 30000 */
  readonly nodeTimeout?: number
}

/** The limits, with what holds where nothing was said. */
export const withDefaults = (options: SocketServerOptions) => ({
  maxConnectionsPerIp: options.maxConnectionsPerIp ?? 1000,
  maxPayload: options.maxPayload ?? 1024 * 1024,
  rate: options.rate === false ? undefined : { perSecond: 100, burst: 200, tolerance: 100, ...options.rate },
  maxBufferedBytes: options.maxBufferedBytes ?? 4 * 1024 * 1024,
  slowConsumer: options.slowConsumer ?? 'close',
  handshakeTimeout: options.handshakeTimeout ?? 10_000,
  idleTimeout: options.idleTimeout ?? 0,
  pingInterval: options.pingInterval ?? 30_000,
  closeTimeout: options.closeTimeout ?? 2_000,
  ping: options.ping === false ? undefined : { request: 'ping', reply: 'pong', ...options.ping },
  maxPending: options.maxPending ?? 100,
  maxSubscriptions: options.maxSubscriptions ?? 1000,
  maxBatch: options.maxBatch ?? 100,
  nodeTimeout: options.nodeTimeout ?? 30_000,
  proxies: Number(options.trustProxy ?? 0),
  invalid: options.invalid ?? 'reply',
})

/** What limits a server. */
export type Limits = ReturnType<typeof withDefaults>

type Check = readonly [expected: string, test: (value: unknown) => boolean]

const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
const isCodec = (value: unknown): boolean => {
  const { encode, decode } = (isObject(value) ? value : {}) as Partial<Record<keyof ServerCodec, unknown>>
  return isFunction(encode) && isFunction(decode)
}
const isSchema = (value: unknown): boolean =>
  (isObject(value) || isFunction(value)) && isObject((value as Partial<StandardSchemaV1>)['~standard'])

const count: Check = ['a number, 0 or more', isCount]
const func: Check = ['a function', isFunction]
const oneOf = (...values: readonly string[]): Check => [
  values.map((value) => `'${value}'`).join(' or '),
  (value) => values.includes(value as string),
]

const checks: Readonly<Partial<Record<keyof SocketServerOptions, Check>>> = {
  codec: [
    'a codec such as json(), or a list of them',
    (value) => isCodec(value) || (Array.isArray(value) && value.length > 0 && value.every(isCodec)),
  ],
  schema: [
    'an object of Standard Schemas',
    (value) => isObject(value) && Object.values(value as object).every((part) => part === undefined || isSchema(part)),
  ],
  invalid: oneOf('reply', 'close', 'ignore'),
  params: ['a Standard Schema', isSchema],
  authorize: func,
  authorizeChannel: func,
  channels: ['an object of functions', (value) => isObject(value) && Object.values(value as object).every(isFunction)],
  handler: func,
  onError: func,
  origin: [
    'a list of origins, a function or false',
    (value) =>
      value === false ||
      isFunction(value) ||
      (Array.isArray(value) && value.every((one) => URL.canParse(one as string))),
  ],
  trustProxy: ['true, false or a number of proxies', (value) => typeof value === 'boolean' || isCount(value)],
  maxConnectionsPerIp: count,
  maxPayload: count,
  rate: [
    'an object of numbers, or false',
    (value) => value === false || (isObject(value) && Object.values(value as object).every(isCount)),
  ],
  maxBufferedBytes: count,
  slowConsumer: oneOf('close', 'drop'),
  handshakeTimeout: count,
  idleTimeout: count,
  pingInterval: count,
  closeTimeout: count,
  ping: ['an object or false', (value) => value === false || isObject(value)],
  maxPending: count,
  maxSubscriptions: count,
  maxBatch: count,
  bus: [
    'a bus with "publish", "subscribe" and "close"',
    (value) => isObject(value) && isFunction((value as Bus).publish),
  ],
  nodeTimeout: count,
}

/** Throws `invalid_option` for a malformed option of ours; those of `ws` are its own to judge. */
export const checkOptions = (options: object): void => {
  for (const [name, [expected, test]] of Object.entries(checks)) {
    const value = (options as Record<string, unknown>)[name]
    if (value === undefined || test(value)) continue
    const message = `createSocketServer: expected the option "${name}" to be ${expected}, got ${show(value)}.`
    throw codedError('invalid_option', message)
  }
}

/** The options that `ws` is given: all that are not ours. */
export const wsOptionsOf = (options: SocketServerOptions): WsOptions => {
  const ours = new Set<string>(Object.keys(checks).filter((name) => name !== 'maxPayload' && name !== 'closeTimeout'))
  return Object.fromEntries(Object.entries(options).filter(([name]) => !ours.has(name)))
}
