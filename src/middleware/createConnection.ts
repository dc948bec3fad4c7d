import { nanoid, type Action, type MiddlewareAPI } from '@reduxjs/toolkit'
import { isSocketAction } from '../actions/createSocketActions.js'
import { socketNameOf } from '../actions/events.js'
import { defaultActions } from '../actions/index.js'
import { now, soon } from '../internal/clock.js'
import { reportToConsole } from '../internal/environment.js'
import { createTurns } from '../internal/turns.js'
import { createSocket } from '../socket/createSocket.js'
import type { Phase } from '../socket/lifecycle.js'
import type { DropReason, Emit } from '../socket/types.js'
import type { WithSockets } from '../state/selectors.js'
import { createBinaryTable, createEvictions } from './binary.js'
import { createCodecs } from './codecs.js'
import { createCommandHandlers, type CommandAction, type Next } from './commands.js'
import { pingDefaults, socketConfig, withDefaults } from './config.js'
import { createGuard, guardEventual } from './guard.js'
import { shakeHands } from './handshake.js'
import type { HostableProtocol } from './hosting.js'
import { createInbound, createLimit } from './inbound.js'
import { createListeners } from './listeners.js'
import type { OpenContext, SocketMiddlewareOptions } from './options.js'
import { createOutbound } from './outbound.js'
import { createReceivers } from './receivers.js'
import { createTranslator } from './translate.js'

/** The phases in which there is, or is about to be, a socket. */
const live = new Set<Phase>(['connecting', 'open', 'closing', 'reconnecting'])

/** One connection of one store: what the middleware is made of. */
export const createConnection = (options: SocketMiddlewareOptions, api: MiddlewareAPI, isDisposed: () => boolean) => {
  const { actions = defaultActions, forward, handshake } = options
  const { name } = actions
  const codecs = createCodecs(options.codec)
  const translator = createTranslator(codecs.current, options.schema ?? actions.schema ?? {})
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
  const listeners = createListeners(guard)
  const receivers = createReceivers(listeners, () => socket.phase(), turns.queue)
  const emit: Emit = (type, payload) => {
    // First, for who begins to read inside the dispatch does so after it.
    protocol?.hear(type, payload)
    receivers.hear(type, payload)
    guard(`Dispatching "${actions[type].type}"`, () => api.dispatch(actions[type](payload as never)))
  }
  // A stream of bytes would be an action more a message.
  const evicted = createEvictions((ids) => turns.queue(() => emit('released', { ids })))
  const binary = createBinaryTable(options.binary ?? {}, (ids) => evicted.note(ids))
  const report = (problem: Parameters<typeof actions.error>[0]) => turns.queue(() => emit('error', problem))

  const { dispatch, getState } = api as Pick<OpenContext, 'dispatch' | 'getState'>
  const protocol =
    options.protocol &&
    (options.protocol as HostableProtocol).host({
      actions,
      api,
      options,
      translator,
      turns,
      guard,
      report,
      send: (value, given) => outbound.sendOwn(value, given),
      isDisposed,
      socket: () => socket,
    })
  const admits = createLimit({ options, report })
  const { ping = codecs.isPlainText ? false : {} } = options
  const socket = createSocket(
    socketConfig(options, () => api.getState(), {
      emit,
      guard,
      ping: ping && withDefaults(pingDefaults, ping),
      handshake: protocol ? protocol.handshake : handshake && ((wire) => shakeHands(handshake, wire, translator, api)),
      resume: protocol?.resume,
      isBusy: protocol?.isBusy,
      subprotocols: protocol ? [...protocol.subprotocols, ...codecs.subprotocols] : codecs.subprotocols,
      negotiated: (chosen) => ({
        remake: codecs.choose(chosen),
        binaryType: codecs.current().binaryType ?? 'arraybuffer',
      }),
      admits,
      receive: (frame) => inbound.receive(frame),
      untold: () => inbound.pending(),
      forget: () => inbound.forget(),
      ready: (reconnected) => {
        const { onOpen } = options
        if (onOpen) guardEventual(guard, '"onOpen"', () => onOpen({ dispatch, getState, reconnected }))
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
  const inTurn = turns.queue
  const { tell } = listeners
  const inbound = createInbound({
    options,
    actions,
    translator,
    binary,
    tell,
    inTurn,
    dispatch: api.dispatch,
    report,
    guard,
    protocol,
    admits,
  })
  const drop = (reason: DropReason, id: string) => turns.queue(() => emit('dropped', { reason, ids: [id], count: 1 }))
  const { mayChange } = codecs
  const outbound = createOutbound({ name, translator, mayChange, forward, socket, createId, report, drop, guard })

  const commands = createCommandHandlers({
    actions,
    turns,
    guard,
    socket: {
      ...socket,
      close: (code, reason) => {
        // The others hear of the socket's end.
        receivers.endWaiting()
        return socket.close(code, reason)
      },
    },
    send: outbound.send,
    sendRaw: outbound.sendRaw,
    listen: ({ rule, listener }) => {
      const unsubscribe = listeners.add(rule, listener!)
      socket.use()
      return unsubscribe
    },
    receive: ({ rule, options: bounds }) => receivers.add(rule, socket.use, bounds),
    others: protocol?.commands,
  })

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

  /** After `dispose` everything passes through; who listens or asks is given something that can be ended all the same, or has ended. */
  const afterwards = (action: unknown, next: Next): unknown => {
    const ask = isSocketAction(action, name) && protocol?.commands.get(action.type)
    if (ask && !(action as CommandAction).meta.delivery) return ask(action as CommandAction, next)
    if (actions.listen.match(action)) return () => {}
    if (!actions.receive.match(action)) return next(action)
    const messages = receivers.add(undefined, () => false)
    receivers.end()
    return messages
  }

  return {
    handle: (action: unknown, next: Next): unknown => {
      if (isDisposed()) return afterwards(action, next)
      correct()
      const command = socketNameOf(action) === name && commands(action as CommandAction)
      if (command) return command(action as CommandAction, next)
      if (!outbound.claims?.(action as Action)) return next(action)
      return turns.now(() => {
        outbound.pass(action as Action)
        return next(action)
      })
    },
    binary,
    dispose: () =>
      turns.queue(() => {
        socket.dispose()
        // After the drops that this brings are told.
        if (protocol) turns.queue(protocol.dispose)
        receivers.end()
        binary.clear()
        evicted.flush()
      }),
  }
}

/** What {@link createConnection} creates. */
export type Connection = ReturnType<typeof createConnection>
