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
import type { DropReason, Emit } from '../socket/types.js'
import type { WithSockets } from '../state/selectors.js'
import { createCommandHandlers, type CommandAction, type Next } from './commands.js'
import { pingDefaults, socketConfig, withDefaults } from './config.js'
import { createGuard, type Guard } from './guard.js'
import { createInbound } from './inbound.js'
import type { OpenContext, SocketMiddlewareOptions } from './options.js'
import { createOutbound } from './outbound.js'

const callOnOpen = (onOpen: NonNullable<SocketMiddlewareOptions['onOpen']>, context: OpenContext, guard: Guard) => {
  const outcome = guard('"onOpen"', () => onOpen(context))
  Promise.resolve(outcome).catch((error: unknown) =>
    guard('"onOpen"', () => {
      throw error
    }),
  )
}

/** The phases in which there is, or is about to be, a socket. */
const live = new Set<Phase>(['connecting', 'open', 'closing', 'reconnecting'])

/** One connection of one store: what the middleware is made of. */
export const createConnection = (options: SocketMiddlewareOptions, api: MiddlewareAPI) => {
  const { actions = defaultActions, forward } = options
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

  const socket = createSocket(
    socketConfig(options, () => api.getState(), {
      emit,
      guard,
      receive: (frame) => receive(frame),
      ready: (reconnected) => {
        const { dispatch, getState } = api as Pick<OpenContext, 'dispatch' | 'getState'>
        if (options.onOpen) callOnOpen(options.onOpen, { dispatch, getState, reconnected }, guard)
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

  const commands = createCommandHandlers({ actions, turns, guard, socket, send: outbound.send })

  // A rehydrated state may claim a connection that is not there.
  soon(() => {
    const claimed = (api.getState() as Partial<WithSockets> | undefined)?.socket?.[name]?.status
    if (isDisposed || socket.phase() !== 'idle' || !claimed || !live.has(claimed)) return
    emit('closed', { code: null, reason: '', wasClean: false, at: now(), cause: 'abandoned', next: 'closed' })
  })

  return {
    handle:
      (next: Next): Next =>
      (action) => {
        if (isDisposed) return next(action)
        const command = socketNameOf(action) === name && commands(action as CommandAction)
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
