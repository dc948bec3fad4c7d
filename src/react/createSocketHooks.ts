import type { Contract } from '../actions/contract.js'
import type { CompleteContract, SocketActions } from '../actions/createSocketActions.js'
import { DEFAULT_NAME } from '../actions/creators.js'
import { codedError, show } from '../internal/errors.js'
import type { ChannelsOf, RpcContract } from '../rpc/contract.js'
import type { RpcActions } from '../rpc/rpcActions.js'
import type { WithSockets } from '../state/selectors.js'
import type { SocketsState } from '../state/socketState.js'
import type { HooksConfig, StoreContext } from './storeContext.js'
import { createUseIsLost, type UseIsLostOptions } from './useIsLost.js'
import { createUseReconnectCountdown } from './useReconnectCountdown.js'
import { createUseSocket, type SocketView } from './useSocket.js'
import { createUseSocketConnection, type UseSocketConnectionOptions } from './useSocketConnection.js'
import { createUseSocketMessage, type UseSocketMessage } from './useSocketMessage.js'
import { createUseSubscription, type UseSubscription } from './useSubscription.js'

/** The options of {@link createSocketHooks}. */
export interface SocketHooksOptions<C extends Contract = Contract, R extends RpcContract = RpcContract> {
  /** A set of `createSocketActions`: the connection, and the types of its messages. @default the connection of `rpc`, or the default one */
  readonly actions?: SocketActions<C> | undefined
  /** A set of `createRpcActions` of the same connection: the types of its channels. @default unknown */
  readonly rpc?: RpcActions<R> | undefined
  /** The context of the Provider, if it has one of its own. @default that of react-redux */
  readonly context?: StoreContext | undefined
  /** Where `socketReducer` is mounted. @default `(state) => state.socket` */
  readonly selectSockets?: ((state: never) => SocketsState | undefined) | undefined
}

/** The hooks of one connection. */
export interface SocketHooks<C extends Partial<Contract> = Contract, R extends RpcContract = RpcContract> {
  /** What the connection is doing, and its commands. The component renders again when a member changes that it reads. */
  readonly useSocket: () => SocketView<CompleteContract<C>['send']>
  /** Calls a function with messages while the component is mounted. */
  readonly useSocketMessage: UseSocketMessage<CompleteContract<C>['receive']>
  /** Subscribes to a channel while the component is mounted. */
  readonly useSubscription: UseSubscription<ChannelsOf<R>, R>
  /** Whole seconds until the next attempt; `null` while none is due. */
  readonly useReconnectCountdown: () => number | null
  /** Whether the connection has been lost for `after` milliseconds, by default 3000. */
  readonly useIsLost: (options?: UseIsLostOptions) => boolean
  /** Connects while a component that uses it is mounted. */
  readonly useSocketConnection: (options?: UseSocketConnectionOptions) => void
}

const known = ['actions', 'rpc', 'context', 'selectSockets']

/** Throws `invalid_option`. Development only. */
const checkHookOptions = (options: SocketHooksOptions<never, never>): void => {
  const { actions, rpc } = options as SocketHooksOptions
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown) {
    throw codedError('invalid_option', `createSocketHooks: expected ${known.join(', ')}, got ${show(unknown)}.`)
  }
  if (actions && rpc && actions.name !== rpc.name) {
    const names = `"actions" are of ${show(actions.name)}, "rpc" of ${show(rpc.name)}`
    throw codedError('invalid_option', `createSocketHooks: expected sets of the same connection; ${names}.`)
  }
}

/**
 * Creates the hooks of one connection, typed by its sets of actions. See docs/react.md.
 * @throws `invalid_option` for an unknown option, and for sets of different connections; in development
 */
export const createSocketHooks = <C extends Partial<Contract> = Contract, R extends RpcContract = RpcContract>(
  options: SocketHooksOptions<CompleteContract<C>, R> = {},
): SocketHooks<C, R> => {
  if (__DEV__) checkHookOptions(options as never)
  const { actions, context, rpc, selectSockets = (state: WithSockets) => state.socket } = options
  const { name } = actions ?? rpc ?? { name: DEFAULT_NAME }
  const config: HooksConfig = { context, name, selectSockets }
  const hooks = {
    useSocket: createUseSocket(config),
    useSocketMessage: createUseSocketMessage(config),
    useSubscription: createUseSubscription(config),
    useReconnectCountdown: createUseReconnectCountdown(config),
    useIsLost: createUseIsLost(config),
    useSocketConnection: createUseSocketConnection(config),
  }
  return hooks as unknown as SocketHooks<C, R>
}
