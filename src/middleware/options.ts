import type { Action, ThunkDispatch, UnknownAction } from '@reduxjs/toolkit'
import type { SocketDispatch } from '../actions/command.js'
import type { Contract, InputOf, MaybeSchema, OutputOf, Plain, SocketSchema } from '../actions/contract.js'
import { checkSchema, type SocketActions } from '../actions/createSocketActions.js'
import type { Codec } from '../codec/types.js'
import { isFrame } from '../internal/bytes.js'
import { codedError, show } from '../internal/errors.js'
import type { HeartbeatOptions } from '../connection/heartbeat.js'
import type { Address, AttemptContext, QueueOptions, ReconnectOptions, WebSocketClass } from '../connection/types.js'
import type { BinaryOptions } from './binary.js'
import type { Rule } from './match.js'
import type { SocketProtocol } from './protocol.js'

/** What the functions for url, params and protocols are told. */
export interface ProviderContext<Root = unknown> extends AttemptContext {
  /** The store's state. */
  readonly getState: () => Root
}

/** What `onOpen` is given. */
export interface OpenContext<Root = unknown> {
  /** The store's dispatch: thunks and commands too. */
  readonly dispatch: SocketDispatch & ThunkDispatch<Root, unknown, UnknownAction>
  /** The store's state. */
  readonly getState: () => Root
  /** Whether the connection was open before, without a close in between. */
  readonly reconnected: boolean
}

/** What a handshake is given. */
export interface HandshakeContext<C extends Contract = Contract, Root = unknown> {
  /**
   * Sends a value at once, through the schema and the codec. Throws what they throw; where one of them is async, sends keep their order, and the
   * handshake fails when one of them does. It is over only when all is on its way.
   */
  readonly send: (value: C['send']) => void
  /**
   * The next message that comes, decoded; what is not read goes on to the store after `open`. Rejects when the socket closes first, with
   * `handshake_over` once the handshake is done, and with the signal's reason when `signal` is aborted first. An aborted one takes no message: the next
   * `receive` gets it.
   */
  readonly receive: (options?: { readonly signal?: AbortSignal | undefined }) => Promise<C['receive']>
  /** Whether the connection was open before, without a close in between. */
  readonly reconnected: boolean
  /** The store's dispatch; what it sends waits until the handshake is done. */
  readonly dispatch: OpenContext<Root>['dispatch']
  /** The store's state. */
  readonly getState: () => Root
  /** Aborted when the attempt is over. */
  readonly signal: AbortSignal
}

/** The texts of the application-level ping that the server sends and the middleware answers. */
export interface PingOptions {
  /** @default 'ping' */
  readonly request?: string
  /** @default 'pong' */
  readonly reply?: string
}

/** What is sent, and what is received, by the contract of the actions; where that says nothing, by the schema. */
interface Agreed<C extends Contract, Receive, Send> extends Contract {
  /** What `send` takes. */
  readonly send: unknown extends C['send'] ? InputOf<Send> : C['send']
  /** What is received. */
  readonly receive: unknown extends C['receive'] ? OutputOf<Receive> : C['receive']
}

/** The options of `createSocketMiddleware`. Times are milliseconds. */
export interface SocketMiddlewareOptions<
  C extends Contract = Contract,
  Root = unknown,
  Receive extends MaybeSchema<C['receive']> = MaybeSchema<C['receive']>,
  Send extends MaybeSchema = MaybeSchema,
> extends Address<ProviderContext<Root>> {
  /** The vocabulary, and with it the connection's name and types. @default the default connection's */
  readonly actions?: SocketActions<C>
  /** The WebSocket class, where the runtime has none (`ws` in Node 20). @default globalThis.WebSocket, looked up when dialling */
  readonly WebSocket?: WebSocketClass
  /**
   * Values to frames and back. Of a list, the subprotocols are offered to the server, the first codec preferred, and the one that it chooses is used;
   * the last one when it chooses none of theirs. @default json()
   */
  readonly codec?: Codec<never> | readonly Codec<never>[]
  /**
   * Checks what is sent and what is received, and types `toActions` and `handshake`. To type the actions too, give it to `createSocketActions`
   * instead. @default unchecked
   */
  readonly schema?: SocketSchema<Receive, Send>
  /** The bounds of received bytes, which stay outside the store: `readBinary`. @default 64 MiB, 1000 pieces */
  readonly binary?: BinaryOptions
  /**
   * Which received messages become the app's own actions as they are. Only `type`, `payload` and `error` come through;
   * `meta.receivedFrom` names the connection. @default none: every message is a `socketMessage`
   */
  readonly accept?: Rule | readonly Rule[]
  /** Maps a message that no `accept` rule claims, made plain, to actions; `undefined` leaves it a `socketMessage`. */
  readonly toActions?: (message: Plain<Agreed<C, Receive, Send>['receive']>) => Action | readonly Action[] | undefined
  /** Further type prefixes that no message may claim, such as RTK Query's reducerPath. @default [] */
  readonly reserved?: readonly string[]
  /** Which of the app's actions also go out, as `type`, `payload` and `error`. What was received here never goes back. @default none */
  readonly forward?: Rule | readonly Rule[]
  /** Answers a received text `request` with `reply`, unseen by the store. @default { request: 'ping', reply: 'pong' }, off for text() */
  readonly ping?: PingOptions | false
  /** Called each time the connection is ready and the queue has gone out. May be async; what it throws is a `socketError`. */
  readonly onOpen?: (context: OpenContext<Root>) => unknown
  /**
   * Asks the peer whether it is there, and dials anew when it is not. The texts are not seen by the store; `latency` in the state is the last
   * round trip. Without it a dead connection is noticed only when the operating system does. @default off
   */
  readonly heartbeat?: HeartbeatOptions | false
  /**
   * Runs on every open before anything queued goes out; `open` then means ready. What it throws is retried, a `SocketFailure` is terminal;
   * `connectTimeout` covers it. @default none
   */
  readonly handshake?: (context: HandshakeContext<Agreed<C, Receive, Send>, Root>) => unknown
  /** Speaks a protocol beside the app's own messages: `jsonRpc()` of `reduplex/rpc`, or one of your own, of `createProtocol`. @default none */
  readonly protocol?: SocketProtocol
  /** Opens at the first send, and closes after `idleTimeout` without traffic. @default false */
  readonly lazy?: boolean
  /** Time without traffic either way before a clean close; the next send opens again. 0 is never. @default 60000 when lazy, else 0 */
  readonly idleTimeout?: number
  /** How the connection comes back; `false` is `{ maxRetries: 0 }`. @default for ever, with a random backoff */
  readonly reconnect?: ReconnectOptions | false
  /** Provider, dial, upgrade and handshake together. @default 10000 */
  readonly connectTimeout?: number
  /** How long a clean close may take before the socket is let go. @default 2000 */
  readonly closeTimeout?: number
  /** The sends that wait for the connection; `false` drops them instead. @default 1000 messages, 1 MiB */
  readonly queue?: QueueOptions | false
  /** Received actions carry RTK's auto-batch mark while the page is visible: one notification a frame. @default true */
  readonly autoBatch?: boolean
  /** A larger frame is a `socketError` and not parsed. In bytes. @default 8388608 */
  readonly maxMessageBytes?: number
}

type Check = readonly [expected: string, test: (value: unknown) => boolean]

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isAtLeastZero = (value: unknown): boolean => typeof value === 'number' && value >= 0
const isPositive = (value: unknown): boolean => typeof value === 'number' && value > 0
const isStrings = (value: unknown): boolean => Array.isArray(value) && value.every((part) => typeof part === 'string')
const isFunction = (value: unknown): boolean => typeof value === 'function'

const func: Check = ['a function', isFunction]
const ms: Check = [__DEV__ ? 'a number of milliseconds, 0 or more' : '', isAtLeastZero]
const positive: Check = [__DEV__ ? 'a number of milliseconds, more than 0' : '', isPositive]
const count: Check = ['a number, 0 or more', isAtLeastZero]
const flag: Check = [__DEV__ ? 'true or false' : '', (value) => typeof value === 'boolean']
const string: Check = ['a string', (value) => typeof value === 'string']
const objectOrFalse: Check = [__DEV__ ? 'an object or false' : '', (value) => value === false || isObject(value)]
const any: Check = ['', () => true]

const isCodec = (value: unknown): boolean =>
  isObject(value) && isFunction(value['encode']) && isFunction(value['decode'])

const checks: Readonly<Record<keyof SocketMiddlewareOptions, Check>> = {
  actions: [__DEV__ ? 'a set from createSocketActions()' : '', (value) => isObject(value) && isFunction(value['send'])],
  url: [
    __DEV__ ? 'a string, a URL or a function' : '',
    (value) => typeof value === 'string' || value instanceof URL || isFunction(value),
  ],
  path: string,
  params: [__DEV__ ? 'an object or a function' : '', (value) => isObject(value) || isFunction(value)],
  protocols: [
    __DEV__ ? 'a string, an array of strings or a function' : '',
    (value) => typeof value === 'string' || isStrings(value) || isFunction(value),
  ],
  WebSocket: [__DEV__ ? 'a WebSocket class' : '', isFunction],
  codec: [
    __DEV__ ? 'a codec such as json(), or a list of them' : '',
    (value) => (Array.isArray(value) ? value.length > 0 && value.every(isCodec) : isCodec(value)),
  ],
  schema: [__DEV__ ? 'an object of Standard Schemas' : '', isObject],
  binary: ['an object', isObject],
  accept: any,
  toActions: func,
  reserved: [
    __DEV__ ? 'an array of strings' : '',
    (value) => Array.isArray(value) && value.every((part) => typeof part === 'string'),
  ],
  forward: any,
  ping: objectOrFalse,
  onOpen: func,
  heartbeat: [
    __DEV__ ? 'an object with "interval" and "timeout" in milliseconds' : '',
    (value) => value === false || (isObject(value) && isPositive(value['interval']) && isPositive(value['timeout'])),
  ],
  handshake: func,
  protocol: [
    __DEV__ ? 'what jsonRpc() or createProtocol() gave' : '',
    (value) => isObject(value) && isObject(value['feature']),
  ],
  lazy: flag,
  idleTimeout: ms,
  reconnect: objectOrFalse,
  connectTimeout: ms,
  closeTimeout: ms,
  queue: objectOrFalse,
  autoBatch: flag,
  maxMessageBytes: count,
}

const groups: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  ping: { request: string, reply: string },
  heartbeat: {
    interval: positive,
    timeout: positive,
    message: [__DEV__ ? 'a frame or false' : '', (value) => value === false || isFrame(value)],
    isReply: [__DEV__ ? 'a string or a function' : '', (value) => typeof value === 'string' || isFunction(value)],
  },
  reconnect: { backoff: func, maxRetries: count, minUptime: ms, shouldReconnect: func, random: func },
  binary: { maxBytes: count, maxCount: count },
  queue: {
    maxMessages: count,
    maxBytes: count,
    ttl: ms,
    highWaterMark: count,
    overflow: ["'drop-newest' or 'drop-oldest'", (value) => value === 'drop-newest' || value === 'drop-oldest'],
  },
}

const refuse = (name: string, expected: string, value: unknown): never => {
  throw codedError(
    'invalid_option',
    __DEV__ ? `createSocketMiddleware: expected the option "${name}" to be ${expected}, got ${show(value)}.` : '',
  )
}

const checkAll = (options: Record<string, unknown>, known: Readonly<Record<string, Check>>, prefix: string): void => {
  for (const [key, value] of Object.entries(options)) {
    const check = Object.hasOwn(known, key) && known[key]
    if (!check) {
      const names = Object.keys(known).join(', ')
      throw codedError(
        'invalid_option',
        __DEV__ ? `createSocketMiddleware: unknown option "${prefix}${key}"; expected one of ${names}.` : '',
      )
    }
    if (value === undefined) continue
    // The parts first, for they say more.
    const group = prefix ? undefined : groups[key]
    if (group && isObject(value)) checkAll(value, group, `${key}.`)
    if (!check[1](value)) refuse(prefix + key, check[0], value)
  }
}

/** Throws `invalid_option` for an option that is unknown or malformed, with a sentence that names it, what was expected and what came. */
export const checkOptions = (options: unknown): void => {
  if (!isObject(options))
    throw codedError(
      'invalid_option',
      __DEV__ ? `createSocketMiddleware: expected an object of options, got ${show(options)}.` : '',
    )
  checkAll(options, checks, '')
  if (options['schema']) checkSchema(options['schema'])
}
