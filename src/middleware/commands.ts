import type { Action } from '@reduxjs/toolkit'
import type { SendResult } from '../actions/commands.js'
import { isSocketAction, prefixOf, type SocketActions } from '../actions/createSocketActions.js'
import { codedError } from '../internal/errors.js'
import type { ListenPayload } from '../actions/listening.js'
import type { Turns } from '../internal/turns.js'
import type { Address, SendOptions, Socket } from '../socket/types.js'
import type { Guard } from './guard.js'
import { sizeOf, toPlain } from './plain.js'

/** The next middleware. */
export type Next = (action: unknown) => unknown

/** A command on its way in; with `delivery` it has been carried out. */
export type CommandAction = Action & {
  readonly payload: never
  readonly meta: SendOptions & { readonly socket: string; readonly delivery?: string }
}

/** Carries a command out and lets the reducers see it, marked; returns what `dispatch` returns. */
export type CommandHandler = (action: CommandAction, next: Next) => unknown

interface CommandConfig {
  readonly actions: SocketActions
  readonly turns: Turns
  readonly guard: Guard
  readonly socket: Pick<Socket, 'connect' | 'reconnect' | 'close'>
  readonly send: (value: unknown, options: SendOptions) => SendResult
  readonly sendRaw: (frame: unknown, options: SendOptions) => SendResult
  readonly listen: (payload: ListenPayload) => () => void
  readonly receive: (payload: ListenPayload) => AsyncIterableIterator<unknown>
  /** The commands of a protocol, by type; `undefined` where none is spoken. */
  readonly others: ReadonlyMap<string, CommandHandler> | undefined
}

/** Finds the handler of an action that is a command of this connection and not carried out yet. */
export const createCommandHandlers = (config: CommandConfig) => {
  const { actions, turns, guard, socket } = config
  /** The reducers see the command before its events. In turn, and without a way to reject. */
  const inTurn =
    (run: (payload: never) => Promise<unknown>): CommandHandler =>
    (action, next) =>
      new Promise((resolve) => {
        turns.queue(() => {
          const seen = { ...action, meta: { ...action.meta, delivery: 'handled' } }
          guard(`Dispatching "${action.type}"`, () => next(seen))
          void run(action.payload).then(resolve)
        })
      })

  /** What all sends without options share. */
  const bare: unknown = actions.send(undefined).meta
  /** What reducers see of what was sent. */
  const seen = (payload: unknown, { delivery }: SendResult): unknown => {
    try {
      return toPlain(payload, sizeOf)
    } catch (error) {
      // What could not be sent has been reported already.
      if (delivery === 'dropped') return undefined
      return guard('Making a message plain', () => {
        throw error
      })
    }
  }
  const bareMeta = (name: string, result: SendResult) =>
    result.delivery === 'sent'
      ? { socket: name, id: result.id, delivery: result.delivery }
      : { socket: name, ...result }
  /** At once, for its result is; what it drops is told after the reducers have seen it. */
  const sendNow =
    (send: CommandConfig['send']): CommandHandler =>
    (action, next) =>
      turns.now(() => {
        const result = send(action.payload, action.meta)
        const { meta, type } = action
        const payload = seen(action.payload, result)
        // V8 takes 0.4 µs for a key that is added after a spread: mostly there is nothing to be kept.
        next({ type, payload, meta: meta === bare ? bareMeta(meta.socket, result) : { ...meta, ...result } })
        return result
      })

  const handlers = new Map<string, CommandHandler>([
    ...(config.others ?? []),
    [actions.send.type, sendNow(config.send)],
    [actions.sendRaw.type, sendNow(config.sendRaw)],
    [actions.listen.type, ({ payload }) => turns.now(() => config.listen(payload))],
    [actions.receive.type, ({ payload }) => turns.now(() => config.receive(payload))],
    [
      actions.connect.type,
      inTurn((payload: (Address & { readonly keepQueue?: boolean }) | undefined) => {
        const { keepQueue, ...address } = payload ?? {}
        return socket.connect(address, keepQueue)
      }),
    ],
    [actions.reconnect.type, inTurn(() => socket.reconnect())],
    [
      actions.close.type,
      inTurn((payload: { readonly code?: number; readonly reason?: string } | undefined) =>
        socket.close(payload?.code ?? 1000, payload?.reason ?? ''),
      ),
    ],
  ])
  // Without a protocol, to pass these on would look as if they had been taken.
  const forProtocol = new Set(
    ['request', 'batch', 'notify', 'subscribe'].map((verb) => `${prefixOf(actions.name)}/${verb}`),
  )
  const isForNobody = (action: CommandAction) =>
    !config.others && forProtocol.has(action.type) && isSocketAction(action, actions.name)

  return (action: CommandAction): CommandHandler | undefined => {
    const { type, meta } = action
    if (meta.delivery) return undefined
    const handler = handlers.get(type)
    if (handler || !isForNobody(action)) return handler
    const message = `"${type}" is for a protocol, and this connection speaks none: give createSocketMiddleware the option protocol: jsonRpc().`
    throw codedError('no_protocol', message)
  }
}
