import { globalWebSocket } from '../internal/environment.js'
import { codedError } from '../internal/errors.js'
import { defaultBackoff } from '../socket/backoff.js'
import type { Address, AttemptContext, SocketConfig } from '../socket/types.js'
import type { PingOptions, ProviderContext, SocketMiddlewareOptions } from './options.js'

const reconnectDefaults: SocketConfig['reconnect'] = {
  backoff: defaultBackoff,
  maxRetries: Infinity,
  minUptime: 5_000,
  random: () => Math.random(),
}
const queueDefaults: SocketConfig['queue'] = {
  maxMessages: 1_000,
  maxBytes: 1_048_576,
  ttl: Infinity,
  overflow: 'drop-newest',
  highWaterMark: 1_048_576,
}
export const pingDefaults: Required<PingOptions> = { request: 'ping', reply: 'pong' }

/** `given` over `defaults`; a key that is there but undefined counts as not given. */
export const withDefaults = <Options extends object, Given extends object>(
  defaults: Options,
  given: Given,
): Given & Options => ({
  ...defaults,
  ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Given),
})

const findWebSocket: SocketConfig['WebSocket'] = () => {
  const found = globalWebSocket()
  if (typeof found === 'function') return found as ReturnType<SocketConfig['WebSocket']>
  throw codedError(
    'no_websocket',
    'Expected a WebSocket class, found none: this runtime has no global one. Give the option "WebSocket", in Node the one of the package ws.',
  )
}

/** The address with providers that see the store's state. */
const addressOf = ({ url, path, params, protocols }: SocketMiddlewareOptions, getState: () => unknown): Address => {
  const withState = (provided: unknown) =>
    typeof provided === 'function'
      ? (context: AttemptContext) => (provided as (context: ProviderContext) => unknown)({ ...context, getState })
      : provided
  return { url: withState(url), path, params: withState(params), protocols: withState(protocols) } as Address
}

/** What the engine is told beside the options. */
type Hooks = Omit<
  SocketConfig,
  | 'address'
  | 'connectTimeout'
  | 'closeTimeout'
  | 'lazy'
  | 'idleTimeout'
  | 'heartbeat'
  | 'WebSocket'
  | 'reconnect'
  | 'queue'
>

/** The engine's configuration out of the middleware's options, every default filled in. */
export const socketConfig = (options: SocketMiddlewareOptions, getState: () => unknown, hooks: Hooks): SocketConfig => {
  const { reconnect = {}, queue = {}, connectTimeout = 10_000, closeTimeout = 2_000, WebSocket, lazy = false } = options
  return {
    ...hooks,
    address: addressOf(options, getState),
    connectTimeout,
    closeTimeout,
    lazy,
    idleTimeout: options.idleTimeout ?? (lazy ? 60_000 : 0),
    heartbeat: options.heartbeat ?? false,
    WebSocket: WebSocket ? () => WebSocket : findWebSocket,
    reconnect: withDefaults(reconnectDefaults, reconnect || { maxRetries: 0 }),
    queue: withDefaults(queueDefaults, queue || { maxMessages: 0 }),
  }
}
