import type { Contract } from '../actions/contract.js'
import type { SocketActions } from '../actions/createSocketActions.js'
import { checkReceive } from '../actions/commandChecks.js'
import { creatorOf, DEFAULT_NAME } from '../actions/creators.js'
import type {
  ListenCreator,
  ListenPayload,
  MessageListener,
  ReceiveCreator,
  ReceiveOptions,
} from '../actions/listening.js'
import { codedError, show } from '../internal/errors.js'
import type { CommandAction, ConnectionContext } from '../middleware/feature.js'
import { listenersOf } from './listeners.js'
import { receiversOf } from './receivers.js'

// `socketListen` and `socketReceive`. They carry their code: an app that imports neither does not have it in its bundle.

const runListen = (context: ConnectionContext, { payload }: CommandAction) => {
  const { rule, listener } = payload as ListenPayload
  if (context.isDisposed()) return () => {}
  const unsubscribe = context.part(listenersOf).add(rule, listener!)
  context.connection.use()
  return unsubscribe
}

const runReceive = (context: ConnectionContext, { payload }: CommandAction) => {
  const { rule, options } = payload as ListenPayload
  return context.part(receiversOf).add((push) => context.part(listenersOf).add(rule, push), options)
}

/** Creates `listen` of a connection. */
export const listenOf = (socket: string): ListenCreator<unknown> =>
  creatorOf(
    socket,
    'listen',
    (rule: unknown, listener: MessageListener<never>) => {
      if (__DEV__ && typeof listener !== 'function') {
        throw codedError('invalid_option', `socketListen: expected a function as listener, got ${show(listener)}.`)
      }
      return { rule, listener }
    },
    runListen,
  ) as never

const receiveOf = (socket: string): ReceiveCreator<unknown> =>
  creatorOf(
    socket,
    'receive',
    (rule?: unknown, options?: ReceiveOptions) => {
      if (__DEV__) checkReceive(options)
      return { rule, options }
    },
    runReceive,
  ) as never

/** The commands that read the messages of one connection. */
export interface ListeningActions<Received> {
  /** Calls a listener with messages. See {@link socketListen}. */
  readonly listen: ListenCreator<Received>
  /** Reads messages as an async iterator. See {@link socketReceive}. */
  readonly receive: ReceiveCreator<Received>
}

/** Creates `listen` and `receive` of a named connection, typed as its actions are. See docs/messages.md. */
export const createListening = <C extends Contract>({ name }: SocketActions<C>): ListeningActions<C['receive']> => ({
  listen: listenOf(name),
  receive: receiveOf(name) as ReceiveCreator<C['receive']>,
})

/**
 * Calls a listener with messages, from now on and across reconnects: `socketListen(rule, listener)`. `dispatch` returns a function that ends it. Opens
 * a lazy connection. See {@link ListenCreator}. See docs/messages.md.
 */
export const socketListen = /* @__PURE__ */ listenOf(DEFAULT_NAME)

/**
 * Reads messages in order, none left out: `socketReceive(rule?, options?)`. `dispatch` returns an async iterator that waits for the connection. It ends
 * when the connection is closed with 1000, and throws when the connection fails (its code), is lost (`connection_lost`) or replaced
 * (`connection_replaced`), or when the reader is too slow (`receive_overflow`). `break` ends it; so does `dispose`. See docs/messages.md.
 */
export const socketReceive = /* @__PURE__ */ receiveOf(DEFAULT_NAME)
