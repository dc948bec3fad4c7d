import type { Address } from '../connection/types.js'
import type { Connection } from '../connection/settings.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { CommandAction, CommandHandler } from './feature.js'
import type { Sender } from './outbound.js'
import type { Pipeline } from './pipeline.js'
import { sizeOf } from './plainData.js'
import type { StorePort } from './storePort.js'

interface CommandsContext {
  readonly connection: Connection
  readonly pipeline: Pipeline
  readonly store: StorePort
  readonly taskQueue: TaskQueue
  readonly send: Sender
  readonly sendRaw: Sender
}

interface SendMeta {
  readonly socket: string
  readonly id?: string
  readonly whenOffline?: 'queue' | 'drop'
  readonly ttl?: number
}

/** Commands that take their turn. The reducers see each before its events. */
const inTurn =
  ({ store, taskQueue }: CommandsContext, start: (payload: never) => Promise<unknown>): CommandHandler =>
  (command, next) =>
    new Promise((resolve) => {
      taskQueue.enqueue(() => {
        store.dispatch({ ...command, meta: { ...command.meta, delivery: 'handled' } } as CommandAction, next)
        void start(command.payload as never).then(resolve)
      })
    })

/** What the reducers see of a value that was sent. */
const seen = ({ pipeline, store }: CommandsContext, payload: unknown, isDropped: boolean): unknown => {
  try {
    return pipeline.toPlain(payload, sizeOf)
  } catch (error) {
    // What could not be sent has been reported already.
    if (isDropped) return undefined
    return store.guard(__DEV__ ? 'Making a message plain' : 'plain', () => {
      throw error
    })
  }
}

/** A send runs at once, because `dispatch` returns its result; its events come after the reducers have seen it. */
const sendNow =
  (context: CommandsContext, send: Sender): CommandHandler =>
  ({ type, payload, meta }, next) =>
    context.taskQueue.run(() => {
      const { whenOffline, ttl, id: given, socket } = meta as SendMeta
      const result = send(payload, meta as SendMeta)
      const { id, delivery } = result
      // V8 takes 0.4 µs for a key that is added after a spread, and most sends have no options.
      const isBare = delivery === 'sent' && (whenOffline ?? ttl ?? given) === undefined
      next({
        type,
        payload: seen(context, payload, delivery === 'dropped'),
        meta: isBare ? { socket, id, delivery } : { ...meta, ...result },
      })
      return result
    })

type ConnectPayload = Address & { readonly keepQueue?: boolean }

/** The commands of the core, by type. */
export const createCommands = (context: CommandsContext): ReadonlyMap<string, CommandHandler> => {
  const { connection, send, sendRaw, store } = context
  const { prefix } = store
  return new Map([
    [`${prefix}/send`, sendNow(context, send)],
    [`${prefix}/sendRaw`, sendNow(context, sendRaw)],
    [
      `${prefix}/connect`,
      inTurn(context, ({ keepQueue, ...address }: ConnectPayload = {}) => connection.connect(address, keepQueue)),
    ],
    [`${prefix}/reconnect`, inTurn(context, () => connection.reconnect())],
    [
      `${prefix}/close`,
      inTurn(context, ({ code = 1000, reason = '' }: { readonly code?: number; readonly reason?: string } = {}) =>
        connection.close(code, reason),
      ),
    ],
  ])
}
