import type { SocketActions } from '../actions/createSocketActions.js'
import { DEFAULT_NAME } from '../actions/creators.js'
import type { Contract } from '../actions/contract.js'
import { codedError, show } from '../internal/errors.js'
import type { RpcActions } from '../rpc/actions.js'
import type { RpcContract } from '../rpc/contract.js'
import { getRpcSelectors, type RpcState, type WithRpc } from '../rpc/rpcSlice.js'
import { getSocketSelectors, type WithSockets } from '../state/selectors.js'
import type { SocketsState } from '../state/socketState.js'
import type { StoreContext } from './attach.js'
import { createUseReconnectCountdown } from './useReconnectCountdown.js'
import { createUseSocket, type SocketView } from './useSocket.js'
import { createUseSocketConnection, type UseSocketConnectionOptions } from './useSocketConnection.js'
import { createUseSocketMessage, type UseSocketMessage } from './useSocketMessage.js'
import { createUseSubscription, type UseSubscription } from './useSubscription.js'

/** What {@link createSocketHooks} is given. */
export interface SocketHooksOptions<C extends Contract = Contract, R extends RpcContract = RpcContract> {
  /** The connection, and the types of its messages: a set of `createSocketActions`. @default that of `rpc`, or the default connection */
  readonly actions?: SocketActions<C>
  /** The types of its channels: a set of `createRpcActions` of the same connection. @default unknown */
  readonly rpc?: RpcActions<R>
  /** The context of the Provider, if it has one of its own. @default that of react-redux */
  readonly context?: StoreContext
  /** Where `socketReducer` is mounted. @default `(state) => state.socket` */
  readonly selectSockets?: (state: never) => SocketsState | undefined
  /** Where `rpcReducer` is mounted. @default `(state) => state.rpc` */
  readonly selectRpc?: (state: never) => RpcState | undefined
}

/** The hooks of one connection. */
export interface SocketHooks<C extends Contract = Contract, R extends RpcContract = RpcContract> {
  /** What the connection is doing, and its commands. Rendered again when something changes that is read, and for nothing else. */
  readonly useSocket: () => SocketView<C['send']>
  /** Hears messages while the component is mounted. */
  readonly useSocketMessage: UseSocketMessage<C['receive'], []>
  /** Subscribes to a channel while the component is mounted. */
  readonly useSubscription: UseSubscription<R['channels'], object>
  /** Whole seconds until the next attempt; `null` while none is due. */
  readonly useReconnectCountdown: () => number | null
  /** Connects while a component is mounted that wants it. */
  readonly useSocketConnection: (options?: UseSocketConnectionOptions) => void
}

const known = ['actions', 'rpc', 'context', 'selectSockets', 'selectRpc']

/**
 * Creates the hooks of one connection, typed by its sets of actions.
 * @throws `invalid_option` for an unknown option, and for sets of different connections
 */
export const createSocketHooks = <C extends Contract = Contract, R extends RpcContract = RpcContract>(
  options: SocketHooksOptions<C, R> = {},
): SocketHooks<C, R> => {
  const unknown = Object.keys(options).find((key) => !known.includes(key))
  if (unknown) {
    throw codedError('invalid_option', `createSocketHooks: expected ${known.join(', ')}, got ${show(unknown)}.`)
  }
  const { actions, rpc, context } = options
  if (actions && rpc && actions.name !== rpc.name) {
    const names = `"actions" are of ${show(actions.name)}, "rpc" of ${show(rpc.name)}`
    throw codedError('invalid_option', `createSocketHooks: expected sets of the same connection; ${names}.`)
  }
  const { name } = actions ?? rpc ?? { name: DEFAULT_NAME }
  const { selectSocket } = getSocketSelectors(options.selectSockets ?? ((state: WithSockets) => state.socket))
  const { selectSubscription } = getRpcSelectors(options.selectRpc ?? ((state: WithRpc) => state.rpc))
  const config = { context, name, selectSocket }
  const hooks = {
    useSocket: createUseSocket(config),
    useSocketMessage: createUseSocketMessage(config),
    useSubscription: createUseSubscription({ context, name, rpc: rpc as RpcActions | undefined, selectSubscription }),
    useReconnectCountdown: createUseReconnectCountdown(config),
    useSocketConnection: createUseSocketConnection(config),
  }
  return hooks as unknown as SocketHooks<C, R>
}
