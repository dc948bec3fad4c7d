import { useCallback, useEffect, useMemo } from 'react'
import { warn } from '../internal/environment.js'
import { createRpcActions, type RpcActions } from '../rpc/actions.js'
import type { DataOf } from '../rpc/contract.js'
import type { RpcProblem } from '../rpc/types.js'
import { useAttached, type Attached, type SharedSubscription } from './attach.js'
import type { SubscriptionHooksConfig } from './config.js'
import { keyOf } from './keyOf.js'
import { useLatest } from './latest.js'
import { useTracked } from './tracked.js'

/** What a component sees of a subscription. */
export interface SubscriptionView<Data = unknown> {
  /**
   * `pending` until the server knows of it, and again while the connection is lost; then `active`. `failed` when the server refused it; `idle`
   * when it is skipped.
   */
  readonly status: 'idle' | 'pending' | 'active' | 'failed'
  /** What was pushed last; `undefined` before the first push. */
  readonly data: Data | undefined
  /** Why it failed. */
  readonly error: RpcProblem | undefined
}

/** How a component hears a subscription. */
export interface UseSubscriptionOptions<Data = unknown> {
  /** Hears every push while the component is mounted, in order, each right before the reducers see it. That of the last render is used. @default none */
  readonly onData?: ((data: Data) => unknown) | undefined
  /** Whether not to subscribe, for now. @default false */
  readonly skip?: boolean | undefined
}

/**
 * Subscribes to a channel while the component is mounted. All components that want the same channel with equal params share one subscription. Other
 * params replace it. `Name` is what the options say beside: the connection's.
 */
export interface UseSubscription<Channels, Name> {
  /** By a name of the contract. */
  <Channel extends keyof Channels & string>(
    channel: Channel,
    params?: unknown,
    options?: UseSubscriptionOptions<DataOf<Channels, Channel>> & Name,
  ): SubscriptionView<DataOf<Channels, Channel>>
  /** Where nothing is known of the channels; what comes is a promise of the app's, not checked. */
  <Data = unknown>(
    channel: keyof Channels extends never ? string : never,
    params?: unknown,
    options?: UseSubscriptionOptions<Data> & Name,
  ): SubscriptionView<Data>
}

const idle: SubscriptionView = { status: 'idle', data: undefined, error: undefined }
const pending: SubscriptionView = { ...idle, status: 'pending' }

const withoutReducer =
  'useSubscription: expected rpcReducer under the key "rpc" of the store, or where "selectRpc" says, and found none: the status stays "pending".'

/** Subscribes, for all who share it. */
const begin = ({ store, guard }: Attached, rpc: RpcActions, channel: string, params: unknown): SharedSubscription => {
  const handlers: SharedSubscription['handlers'] = new Set()
  const listener = (data: unknown) => {
    shared.data = data
    for (const handler of handlers) guard('"onData" of "useSubscription"', () => handler(data))
  }
  const shared = {
    id: '',
    data: undefined as unknown,
    handlers,
    end: () => void store.dispatch(rpc.unsubscribe(shared.id)),
  }
  const id: unknown = store.dispatch(rpc.subscribe(channel, params, { shared: true, listener }))
  // Without the middleware it is none; in development the reducer has said so.
  if (typeof id === 'string') shared.id = id
  return shared
}

/** Creates `useSubscription`. */
export const createUseSubscription =
  ({ context, name: own, rpc: given, selectSubscription }: SubscriptionHooksConfig) =>
  (
    channel: string,
    params?: unknown,
    { onData, skip = false, name = own }: UseSubscriptionOptions & { readonly name?: string | undefined } = {},
  ): SubscriptionView => {
    const attached = useAttached('useSubscription', context, name)
    const { store, subscriptions } = attached
    const rpc = useMemo(() => given ?? createRpcActions({ name }), [name])
    const latest = useLatest({ channel, params, onData })
    const key = skip ? undefined : keyOf([channel, params])

    // Above `useTracked`, which looks at the state once more after the effects that stand above it.
    useEffect(() => {
      if (key === undefined) return undefined
      const { thing, release } = subscriptions.hold(key, () =>
        begin(attached, rpc, latest.current.channel, latest.current.params),
      )
      const hear = (data: unknown) => latest.current.onData?.(data)
      thing.handlers.add(hear)
      if (thing.id && !selectSubscription(store.getState() as never, thing.id)) warn(withoutReducer)
      return () => {
        thing.handlers.delete(hear)
        release()
      }
    }, [key, attached, store, rpc, subscriptions, latest])

    const before = skip ? idle : pending
    const read = useCallback((): SubscriptionView => {
      const shared = key === undefined ? undefined : subscriptions.peek(key)
      if (!shared) return before
      const { status, error } = selectSubscription(store.getState() as never, shared.id) ?? pending
      return { status, data: shared.data, error }
    }, [key, before, subscriptions, store])
    return useTracked(attached, read, before)
  }
