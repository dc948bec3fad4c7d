import { useCallback, useEffect } from 'react'
import { creatorOf } from '../actions/creators.js'
import { warn } from '../internal/environment.js'
import type { Guard } from '../internal/guard.js'
import { stableHash } from '../internal/stableHash.js'
import type { ConnectionContext } from '../middleware/feature.js'
import type { ChannelParamsOf, ChannelsOf, DataOf, NameIn, RpcContract } from '../rpc/contract.js'
import type { RpcActions } from '../rpc/rpcActions.js'
import { subscriptionOf } from '../rpc/rpcState.js'
import { subscribeOf, unsubscribeOf } from '../rpc/subscribeCommands.js'
import type { RpcProblem } from '../rpc/types.js'
import {
  nameOf,
  useHookContext,
  type HookContext,
  type HooksConfig,
  type SharedSubscription,
  type NameOrActions,
} from './storeContext.js'
import { useLatest, useTracked } from './tracked.js'

/** What a component sees of a subscription. */
export interface SubscriptionView<Data = unknown> {
  /**
   * `pending` until the server has accepted it, and again while the connection is lost; then `active`. `failed` when the server refused or ended it; `idle`
   * when it is skipped.
   */
  readonly status: 'idle' | 'pending' | 'active' | 'failed'
  /** The data of the last push; `undefined` before the first one. */
  readonly data: Data | undefined
  /** Why it failed. */
  readonly error: RpcProblem | undefined
}

/** The options of `useSubscription`. */
export interface UseSubscriptionOptions<Data = unknown> {
  /** Called with each push while the component is mounted, in order, right before the reducers get it. That of the last render is used. @default none */
  readonly onData?: ((data: Data) => unknown) | undefined
  /** Whether not to subscribe, for now. @default false */
  readonly skip?: boolean | undefined
}

/**
 * Subscribes to a channel while the component is mounted. All components with the same channel and equal params share one subscription. Other params replace
 * it.
 */
export interface UseSubscription<Channels, C extends RpcContract = RpcContract> {
  /** A channel of the contract. */
  <Channel extends keyof Channels & string>(
    channel: Channel,
    ...rest: readonly [...ChannelParamsOf<C, Channel>, options?: UseSubscriptionOptions<DataOf<Channels, Channel>>]
  ): SubscriptionView<DataOf<Channels, Channel>>
  /** Any channel, without a contract. The type of the data is not checked. */
  <Data = unknown>(
    channel: keyof Channels extends never ? string : never,
    params?: unknown,
    options?: UseSubscriptionOptions<Data>,
  ): SubscriptionView<Data>
}

/** `never` for actions whose contract has channels: those are typed. */
type Untyped<Actions> =
  Actions extends RpcActions<infer C> ? ([keyof ChannelsOf<C>] extends [never] ? Actions : never) : Actions

/** {@link UseSubscription} of a connection that is given by its name or, typed, by its RPC actions. */
export interface UseSubscriptionOf {
  /** A channel of the contract of `actions`. */
  <C extends RpcContract, Channel extends NameIn<ChannelsOf<C>>>(
    channel: Channel,
    params: ChannelParamsOf<C, Channel>[0],
    options: UseSubscriptionOptions<DataOf<ChannelsOf<C>, Channel>> & { readonly actions: RpcActions<C> },
  ): SubscriptionView<DataOf<ChannelsOf<C>, Channel>>
  /** Any channel. The types of the params and the data are not checked. */
  <Data = unknown, Actions extends NameOrActions | undefined = NameOrActions | undefined>(
    channel: string,
    params?: unknown,
    options?: UseSubscriptionOptions<Data> & { readonly actions?: Actions & Untyped<Actions> },
  ): SubscriptionView<Data>
}

const idle: SubscriptionView = { status: 'idle', data: undefined, error: undefined }
const pending: SubscriptionView = { ...idle, status: 'pending' }

/** The command that returns the guard of a connection. It does not reach the reducers. */
const guardCommand = (socket: string) =>
  creatorOf(
    socket,
    'guard',
    () => undefined,
    ({ guard }: ConnectionContext) => guard,
  )()

/** Subscribes, for all components that share it. */
const subscribe = ({ store }: HookContext, name: string, channel: string, params: unknown): SharedSubscription => {
  const handlers: SharedSubscription['handlers'] = new Set()
  let guard: Guard | undefined
  const listener = (data: unknown) => {
    shared.data = data
    guard ??= store.dispatch(guardCommand(name)) as unknown as Guard
    for (const handler of handlers) guard('onData', () => handler(data))
  }
  const shared = {
    id: '',
    data: undefined as unknown,
    handlers,
    end: () => {
      if (shared.id) store.dispatch(unsubscribeOf(name)(shared.id))
    },
  }
  const id: unknown = store.dispatch(subscribeOf(name)(channel, params, { shared: true, listener }))
  // Without the middleware it is not an id; in development the reducer has warned.
  if (typeof id === 'string') shared.id = id
  return shared
}

/** Creates `useSubscription`. */
export const createUseSubscription =
  (config: HooksConfig) =>
  (
    channel: string,
    params?: unknown,
    options: UseSubscriptionOptions & { readonly actions?: NameOrActions | undefined } = {},
  ): SubscriptionView => {
    const { onData, skip = false, actions = config.name } = options
    const { selectSockets } = config
    const name = nameOf(actions)
    const context = useHookContext('useSubscription', config, name)
    const { store, subscriptions } = context
    const latest = useLatest({ channel, params, onData })
    const key = skip ? undefined : stableHash([channel, params])
    const find = useCallback(
      (id: string) => subscriptionOf(selectSockets(store.getState() as never), id),
      [selectSockets, store],
    )

    // Above `useTracked`, which reads the state once more after the effects above it.
    useEffect(() => {
      if (key === undefined) return undefined
      const create = () => subscribe(context, name, latest.current.channel, latest.current.params)
      const { value, release } = subscriptions.acquire(key, create)
      const handler = (data: unknown) => latest.current.onData?.(data)
      value.handlers.add(handler)
      if (__DEV__ && value.id && !find(value.id)) warnOfNoReducer()
      return () => {
        value.handlers.delete(handler)
        release()
      }
    }, [key, name, context, subscriptions, latest, find])

    const before = skip ? idle : pending
    const read = useCallback((): SubscriptionView => {
      const shared = key === undefined ? undefined : subscriptions.peek(key)
      if (!shared) return before
      const { status, error } = find(shared.id) ?? pending
      return { status, data: shared.data, error }
    }, [key, before, subscriptions, find])
    return useTracked(context, read, before)
  }

const warnOfNoReducer = (): void =>
  warn(
    'useSubscription: expected socketReducer under the key "socket" of the store, or where "selectSockets" of createSocketHooks points, and found none: the status stays "pending".',
  )
