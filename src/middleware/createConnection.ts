import { nanoid, type Action, type MiddlewareAPI } from '@reduxjs/toolkit'
import { socketNameOf } from '../actions/events.js'
import { defaultActions } from '../actions/index.js'
import { json } from '../codec/json.js'
import type { Codec } from '../codec/types.js'
import { now, soon } from '../internal/clock.js'
import { reportToConsole } from '../internal/environment.js'
import { createTurns } from '../internal/turns.js'
import { createSocket } from '../socket/createSocket.js'
import type { Phase } from '../socket/lifecycle.js'
import type { DropReason, Emit, Wire } from '../socket/types.js'
import type { WithSockets } from '../state/selectors.js'
import { createCommandHandlers, type CommandAction, type Next } from './commands.js'
import { pingDefaults, socketConfig, withDefaults } from './config.js'
import { createGuard, type Guard } from './guard.js'
import { createInbound, createLimit } from './inbound.js'
import type { HandshakeContext, OpenContext, SocketMiddlewareOptions } from './options.js'
import { createOutbound } from './outbound.js'

const callOnOpen = (onOpen: NonNullable<SocketMiddlewareOptions['onOpen']>, context: OpenContext, guard: Guard) => {
  const outcome = guard('"onOpen"', () => onOpen(context))
  Promise.resolve(outcome).catch((error: unknown) =>
    guard('"onOpen"', () => {
      throw error
    }),
  )
}

/** The engine's frames as the codec's values. */
const handshakeContext = (wire: Wire, codec: Codec, api: MiddlewareAPI): HandshakeContext => {
  const { dispatch, getState } = api as Pick<OpenContext, 'dispatch' | 'getState'>
  return {
    ...wire,
    dispatch,
    getState,
    send: (value) => wire.send(codec.encode(value)),
    receive: (options) => {
      const message = wire.receive(options).then((frame) => codec.decode(frame))
      // A handshake may not wait for what it asked for.
      message.catch(() => {})
      return message
    },
  }
}

/** The phases in which there is, or is about to be, a socket. */
const live = new Set<Phase>(['connecting', 'open', 'closing', 'reconnecting'])

/** One connection of one store: what the middleware is made of. */
export const createConnection = (options: SocketMiddlewareOptions, api: MiddlewareAPI, isDisposed: () => boolean) => {
  const { actions = defaultActions, forward, handshake } = options
  const { name } = actions
  const codec = (options.codec ?? json()) as Codec
  const turns = createTurns()
  const guard = createGuard((problem, error) =>
    turns.queue(() => {
      try {
        api.dispatch(actions.error(problem))
      } catch {
        // A reducer that always throws: nobody is left to be told but the console.
        reportToConsole(`reduplex: ${problem.message}`, error)
      }
    }),
  )
  const emit: Emit = (type, payload) => {
    guard(`Dispatching "${actions[type].type}"`, () => api.dispatch(actions[type](payload as never)))
  }
  const report = (problem: Parameters<typeof actions.error>[0]) => turns.queue(() => emit('error', problem))

  const { dispatch, getState } = api as Pick<OpenContext, 'dispatch' | 'getState'>
  const admits = createLimit({ options, report })
  const { ping = codec.plainText ? false : {} } = options
  const socket = createSocket(
    socketConfig(options, () => api.getState(), {
      emit,
      guard,
      ping: ping && withDefaults(pingDefaults, ping),
      handshake: handshake && (async (wire) => void (await handshake(handshakeContext(wire, codec, api)))),
      admits,
      receive: (frame) => receive(frame),
      ready: (reconnected) => {
        if (options.onOpen) callOnOpen(options.onOpen, { dispatch, getState, reconnected }, guard)
      },
      acted: (command) => {
        const { type, payload } = command === 'close' ? actions.close(1000, 'idle') : actions.connect()
        guard(`Dispatching "${type}"`, () =>
          api.dispatch({ type, payload, meta: { socket: name, delivery: 'handled' } }),
        )
      },
    }),
    turns,
  )

  const seed = nanoid(6)
  let count = 0
  const createId = () => `${seed}:${String(++count)}`
  const receive = createInbound({ options, actions, codec, dispatch: api.dispatch, report, guard, admits })
  const drop = (reason: DropReason, id: string) => turns.queue(() => emit('dropped', { reason, ids: [id], count: 1 }))
  const outbound = createOutbound({ name, codec, forward, socket, createId, report, drop, guard })

  const commands = createCommandHandlers({ actions, turns, guard, socket, send: outbound.send })

  let isCorrected = false
  /** A rehydrated state may claim a connection, or a queue, that is not there. */
  const correct = () => {
    if (isCorrected || isDisposed()) return
    isCorrected = true
    const claimed = (api.getState() as Partial<WithSockets> | undefined)?.socket?.[name]
    if (claimed && live.has(claimed.status)) {
      emit('closed', { code: null, reason: '', wasClean: false, at: now(), cause: 'abandoned', next: 'closed' })
    }
    if (claimed?.queued) emit('changed', { queued: 0 })
  }
  soon(correct)

  return {
    handle: (action: unknown, next: Next): unknown => {
      if (isDisposed()) return next(action)
      correct()
      const command = socketNameOf(action) === name && commands(action as CommandAction)
      if (command) return command(action as CommandAction, next)
      if (!outbound.claims?.(action as Action)) return next(action)
      return turns.now(() => {
        outbound.pass(action as Action)
        return next(action)
      })
    },
    dispose: () => turns.queue(socket.dispose),
  }
}

/** What {@link createConnection} creates. */
export type Connection = ReturnType<typeof createConnection>
