import type { RpcId } from '../internal/jsonRpc.js'
import type { RpcProblem } from './types.js'

/** What is the same in every state of a subscription. */
interface Common {
  /** Whether the app has a subscription that uses it. */
  readonly isWanted: boolean
  /** Whether the server may be asked. */
  readonly isOnline: boolean
  /** Whether it was active before, without an end in between: what was pushed while it was not active is missing. */
  readonly wasActive: boolean
}

/**
 * The state of one subscription at the server. One request at a time brings it to where the app wants it:
 *
 * ```
 * idle ─subscribe→ subscribing ─accept→ active ─unsubscribe→ unsubscribing ─unsubscribed→ idle
 *
 * subscribing ─refuse, postpone, withdrawn→ idle      active ─end→ idle      any ─offline→ idle
 * ```
 *
 * It subscribes while it is idle, wanted and online, and unsubscribes while it is active and not wanted. An idle one that is not wanted is removed.
 */
export type SubscriptionLifecycle = Common &
  (
    | { readonly status: 'idle' }
    | { readonly status: 'subscribing' }
    /** `key` is what the server's pushes carry. */
    | { readonly status: 'active'; readonly key: RpcId }
    | { readonly status: 'unsubscribing'; readonly key: RpcId }
  )

/** How the server accepted a subscription. */
interface Accepted {
  /** The result of the reply. */
  readonly answer: unknown
  /** Whether no push was missed. */
  readonly recovered: boolean
}

/** What happens to a subscription. */
export type SubscriptionEvent =
  /** A subscription of the app uses it now. */
  | { readonly type: 'want' }
  /** The last subscription of the app that used it has ended. */
  | { readonly type: 'release' }
  /** The server may be asked. */
  | { readonly type: 'online' }
  /** The socket is gone. */
  | { readonly type: 'offline' }
  /** The server accepted. */
  | ({ readonly type: 'accept'; readonly key: RpcId } & Accepted)
  /** The server refused, or could not be asked in a way that it understands. */
  | { readonly type: 'refuse'; readonly error: RpcProblem }
  /** The request was dropped because the connection is closing: it is asked again on the next one. */
  | { readonly type: 'postpone' }
  /** The request still waited in the queue and was taken back. */
  | { readonly type: 'withdrawn' }
  /** The server ended it. */
  | { readonly type: 'end'; readonly error: RpcProblem }
  /** The server has ended it as it was asked to, or failed to. */
  | { readonly type: 'unsubscribed' }

/** What a transition asks for, to be done in this order. */
export type SubscriptionEffect =
  /** Send the request to subscribe. */
  | { readonly type: 'subscribe' }
  /** Take the request to subscribe out of the queue if it still waits there; then `withdrawn` follows. */
  | { readonly type: 'withdraw' }
  /** Send the request to unsubscribe. */
  | { readonly type: 'unsubscribe'; readonly key: RpcId }
  /** No reply is expected any more. */
  | { readonly type: 'forget' }
  /** Pushes with `key` are for it. */
  | { readonly type: 'listen'; readonly key: RpcId }
  /** Pushes with `key` are not for it any more. */
  | { readonly type: 'ignore'; readonly key: RpcId }
  /** Report that the server accepted it. */
  | ({ readonly type: 'reportActive' } & Accepted)
  /** Report that it failed, and forget who used it. */
  | { readonly type: 'fail'; readonly error: RpcProblem }
  /** Remove it. */
  | { readonly type: 'remove' }

type Result = readonly [state: SubscriptionLifecycle, effects: readonly SubscriptionEffect[]]

/** The state before the first event. */
export const idleSubscription = (isOnline: boolean): SubscriptionLifecycle => ({
  status: 'idle',
  isWanted: false,
  isOnline,
  wasActive: false,
})

/** An idle state does not last: it subscribes if it can, and is removed if it is not wanted. */
const toIdle = ({ isWanted, isOnline, wasActive }: Common, effects: readonly SubscriptionEffect[] = []): Result => {
  const common = { isWanted, isOnline, wasActive }
  if (!isWanted) return [{ ...common, status: 'idle' }, [...effects, { type: 'remove' }]]
  if (!isOnline) return [{ ...common, status: 'idle' }, effects]
  return [{ ...common, status: 'subscribing' }, [...effects, { type: 'subscribe' }]]
}

const toUnsubscribing = (state: Common, key: RpcId): Result => [
  { isWanted: false, isOnline: state.isOnline, wasActive: false, status: 'unsubscribing', key },
  [
    { type: 'ignore', key },
    { type: 'unsubscribe', key },
  ],
]

const toActive = ({ isOnline, wasActive }: Common, key: RpcId, { answer, recovered }: Accepted): Result => [
  { isWanted: true, isOnline, wasActive: true, status: 'active', key },
  [
    { type: 'listen', key },
    { type: 'reportActive', answer, recovered: recovered || !wasActive },
  ],
]

const toFailed = ({ isOnline }: Common, error: RpcProblem, effects: readonly SubscriptionEffect[] = []): Result =>
  toIdle({ isWanted: false, isOnline, wasActive: false }, [...effects, { type: 'fail', error }])

const release = (state: SubscriptionLifecycle): Result => {
  const released = { ...state, isWanted: false }
  if (state.status === 'active') return toUnsubscribing(state, state.key)
  if (state.status === 'idle') return toIdle(released)
  return [released, state.status === 'subscribing' ? [{ type: 'withdraw' }] : []]
}

const goOffline = (state: SubscriptionLifecycle): Result => {
  const effects: readonly SubscriptionEffect[] =
    state.status === 'idle'
      ? []
      : state.status === 'active'
        ? [{ type: 'ignore', key: state.key }]
        : [{ type: 'forget' }]
  return toIdle({ ...state, isOnline: false }, effects)
}

/** Events that only one state expects. In any other they change nothing. */
const reply = (state: SubscriptionLifecycle, event: SubscriptionEvent): Result | undefined => {
  const { status } = state
  if (status === 'subscribing') {
    if (event.type === 'accept') {
      return state.isWanted ? toActive(state, event.key, event) : toUnsubscribing(state, event.key)
    }
    if (event.type === 'refuse') return toFailed(state, event.error)
    if (event.type === 'postpone') return toIdle({ ...state, isOnline: false })
    if (event.type === 'withdrawn') return toIdle(state)
  }
  if (status === 'active' && event.type === 'end') {
    return toFailed(state, event.error, [{ type: 'ignore', key: state.key }])
  }
  return status === 'unsubscribing' && event.type === 'unsubscribed' ? toIdle(state) : undefined
}

/** The state after an event, and what it asks for. Total: an event that a state does not expect changes nothing. */
export const reduceSubscription = (state: SubscriptionLifecycle, event: SubscriptionEvent): Result => {
  if (event.type === 'release') return release(state)
  if (event.type === 'offline') return goOffline(state)
  if (event.type !== 'want' && event.type !== 'online') return reply(state, event) ?? [state, []]
  const next = event.type === 'want' ? { ...state, isWanted: true } : { ...state, isOnline: true }
  return state.status === 'idle' ? toIdle(next) : [next, []]
}
