import { nanoid, type Action, type MiddlewareAPI } from '@reduxjs/toolkit'
import { socketNameOf } from '../actions/events.js'
import { defaultActions } from '../actions/index.js'
import { json } from '../codec/json.js'
import type { Codec } from '../codec/types.js'
import { now, soon } from '../internal/clock.js'
import { globalWebSocket } from '../internal/environment.js'
import { codedError } from '../internal/errors.js'
import { createTurns } from '../internal/turns.js'
import { defaultBackoff } from '../socket/backoff.js'
import { createSocket } from '../socket/createSocket.js'
import { transition } from '../socket/lifecycle.js'
import type { Address, AttemptContext, DropReason, Emit, SendOptions, SocketConfig } from '../socket/types.js'
import type { WithSockets } from '../state/selectors.js'
import { createGuard, type Guard } from './guard.js'
import { createInbound } from './inbound.js'
import type { OpenContext, PingOptions, ProviderContext, SocketMiddlewareOptions } from './options.js'
import { createOutbound } from './outbound.js'

type Next = (action: unknown) => unknown
type CommandAction = Action & { readonly payload: never; readonly meta: SendOptions & { readonly socket: string } }

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
}
const pingDefaults: Required<PingOptions> = { request: 'ping', reply: 'pong' }

/** `given` over `defaults`; a key that is there but undefined counts as not given. */
const withDefaults = <Options extends object, Given extends object>(
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

const socketConfig = (
  options: SocketMiddlewareOptions,
  rest: Pick<SocketConfig, 'address' | 'emit' | 'guard' | 'receive' | 'ready'>,
): SocketConfig => {
  const { reconnect = {}, queue = {}, connectTimeout = 10_000, closeTimeout = 2_000, WebSocket } = options
  return {
    ...rest,
    connectTimeout,
    closeTimeout,
    WebSocket: WebSocket ? () => WebSocket : findWebSocket,
    reconnect: withDefaults(reconnectDefaults, reconnect || { maxRetries: 0 }),
    queue: withDefaults(queueDefaults, queue || { maxMessages: 0 }),
  }
}

const callOnOpen = (onOpen: SocketMiddlewareOptions['onOpen'], context: OpenContext, guard: Guard) => {
  const outcome = onOpen && guard('"onOpen"', () => onOpen(context))
  if (!(outcome instanceof Promise)) return
  outcome.catch((error: unknown) =>
    guard('"onOpen"', () => {
      throw error
    }),
  )
}

/** One connection of one store: what the middleware is made of. */
export const createConnection = (options: SocketMiddlewareOptions, api: MiddlewareAPI) => {
  const { actions = defaultActions, forward } = options
  const { name } = actions
  const codec = (options.codec ?? json()) as Codec
  const turns = createTurns()
  const guard = createGuard((problem) => api.dispatch(actions.error(problem)))
  const emit: Emit = (type, payload) => {
    guard(`Dispatching "${actions[type].type}"`, () => api.dispatch(actions[type](payload as never)))
  }
  const report = (problem: Parameters<typeof actions.error>[0]) => turns.queue(() => emit('error', problem))

  const socket = createSocket(
    socketConfig(options, {
      address: addressOf(options, () => api.getState()),
      emit,
      guard,
      receive: (frame) => receive(frame),
      ready: (reconnected) => {
        const { dispatch, getState } = api as Pick<OpenContext, 'dispatch' | 'getState'>
        callOnOpen(options.onOpen, { dispatch, getState, reconnected }, guard)
      },
    }),
    turns,
  )

  const seed = nanoid(6)
  let count = 0
  const createId = () => `${seed}:${String(++count)}`
  const { ping = codec.plainText ? false : {} } = options
  const receive = createInbound({
    options,
    actions,
    codec,
    ping: ping && withDefaults(pingDefaults, ping),
    dispatch: api.dispatch,
    reply: (text) => socket.send(text, { id: createId(), whenOffline: 'drop' }),
    report,
    guard,
  })
  const drop = (reason: DropReason, id: string) => turns.queue(() => emit('dropped', { reason, ids: [id], count: 1 }))
  const outbound = createOutbound({ name, codec, forward, socket, createId, report, drop, guard })
  let isDisposed = false

  /** Lets the reducers see a command, then carries it out; in turn, and without a way to reject. */
  const inTurn =
    (run: (payload: never) => Promise<unknown>) =>
    ({ payload, ...action }: CommandAction, next: Next) =>
      new Promise((resolve) => {
        turns.queue(() => {
          const seen = { ...action, payload, meta: { ...action.meta, delivery: 'handled' } }
          guard(`Dispatching "${action.type}"`, () => next(seen))
          void run(payload).then(resolve)
        })
      })

  const commands: Readonly<Record<string, (action: CommandAction, next: Next) => unknown>> = {
    [actions.connect.type]: inTurn((payload: (Address & { keepQueue?: boolean }) | undefined) => {
      const { keepQueue, ...address } = payload ?? {}
      return socket.connect(address, keepQueue)
    }),
    [actions.reconnect.type]: inTurn(() => socket.reconnect()),
    [actions.close.type]: inTurn(({ code, reason }: { code: number; reason: string }) => socket.close(code, reason)),
    [actions.send.type]: (action, next) =>
      turns.now(() => {
        const result = outbound.send(action.payload, action.meta)
        next({ ...action, meta: { ...action.meta, ...result } })
        return result
      }),
  }

  // A rehydrated state may claim a connection that is not there.
  soon(() => {
    const claimed = (api.getState() as Partial<WithSockets> | undefined)?.socket?.[name]?.status
    if (isDisposed || !claimed || socket.phase() !== 'idle' || transition(claimed, 'end') === claimed) return
    emit('closed', { code: null, reason: '', wasClean: false, at: now(), cause: 'abandoned', next: 'closed' })
  })

  return {
    handle:
      (next: Next): Next =>
      (action) => {
        if (isDisposed) return next(action)
        const command = socketNameOf(action) === name && commands[(action as CommandAction).type]
        if (command) return command(action as CommandAction, next)
        outbound.forward?.(action as Action)
        return next(action)
      },
    dispose: () => {
      isDisposed = true
      turns.queue(socket.dispose)
    },
  }
}
