import type { ChannelPosition } from '../internal/channelPosition.js'
import type { RpcId } from '../internal/jsonRpc.js'
import type { RpcProblem } from './types.js'

/** What every state of a subscription has. */
interface Common {
  /** Whether a subscription of the app uses it. */
  readonly isWanted: boolean
  /** Whether the server may be asked. */
  readonly isOnline: boolean
  /** Whether it was active before, without an end in between, or goes on from a position: what was pushed while it was not active is missing. */
  readonly wasActive: boolean
}

/**
 * The state of one subscription at the server. One request at a time brings it to where the app wants it:
 *
 * ```
 * idle ─subscribe→ subscribing ─accept→ active ─unsubscribe→ unsubscribing ─unsubscribed→ idle
 *
 * subscribing ─refuse, postpone, withdrawn→ idle      active ─end, interrupt→ idle      any ─offline→ idle
 * ```
 *
 * It subscribes while it is idle, wanted and online, and unsubscribes while it is active and not wanted.
 */
export type SubscriptionLifecycle = Common &
  (
    | { readonly status: 'idle' | 'subscribing' }
    /** `key` is what the server's pushes carry; `recovered`: no push was missed since it was active before. */
    | { readonly status: 'active'; readonly key: RpcId; readonly recovered: boolean }
    | { readonly status: 'unsubscribing'; readonly key: RpcId }
  )

/** What happens to a subscription. */
export type SubscriptionEvent =
  /**
   * `want`: a subscription of the app uses it now. `release`: none does any more. `online`: the server may be asked. `offline`: the socket is gone.
   * `postpone`: the request was dropped because the connection is closing. `withdrawn`: the request was taken out of the queue. `unsubscribed`: the server
   * has ended it, or failed to.
   */
  | { readonly type: 'want' | 'release' | 'online' | 'offline' | 'postpone' | 'withdrawn' | 'unsubscribed' }
  /** The server accepted. `recovered`: it delivers what was missed. */
  | {
      readonly type: 'accept'
      readonly key: RpcId
      readonly answer: unknown
      readonly recovered: boolean
      readonly pushes?: readonly unknown[] | undefined
      readonly at?: ChannelPosition | undefined
    }
  /** `refuse`: the server refused, or the request could not be sent. `end`: the server ended it. `interrupt`: it ended it for now. */
  | { readonly type: 'refuse' | 'end' | 'interrupt'; readonly error: RpcProblem }

/**
 * What a transition asks for. `subscribe`, `unsubscribe`: send that request. `withdraw`: take the request out of the queue if it still waits there; then
 * `withdrawn` follows. `forget`: expect no reply any more. `reportActive`, `reportFailed`: report it to the app.
 */
export type SubscriptionEffect = 'subscribe' | 'unsubscribe' | 'withdraw' | 'forget' | 'reportActive' | 'reportFailed'

type Result = readonly [state: SubscriptionLifecycle, effects: readonly SubscriptionEffect[]]

/** The state before the first event. `wasActive`: it goes on from a position. */
export const idleSubscription = (isOnline: boolean, wasActive = false): SubscriptionLifecycle => ({
  status: 'idle',
  isWanted: false,
  isOnline,
  wasActive,
})

/** Idle, unless it can subscribe. */
const toIdle = (state: SubscriptionLifecycle, ...effects: SubscriptionEffect[]): Result =>
  state.isWanted && state.isOnline
    ? [{ ...state, status: 'subscribing' }, [...effects, 'subscribe']]
    : [{ ...state, status: 'idle' }, effects]

const toFailed = (state: SubscriptionLifecycle): Result =>
  toIdle({ ...state, isWanted: false, wasActive: false }, 'reportFailed')

const toUnsubscribing = (state: SubscriptionLifecycle, key: RpcId): Result => [
  { ...state, isWanted: false, wasActive: false, status: 'unsubscribing', key },
  ['unsubscribe'],
]

const onAccept = (
  state: SubscriptionLifecycle,
  { key, recovered }: Extract<SubscriptionEvent, { type: 'accept' }>,
): Result =>
  state.isWanted
    ? [{ ...state, wasActive: true, status: 'active', key, recovered: recovered || !state.wasActive }, ['reportActive']]
    : toUnsubscribing(state, key)

type Transitions = Partial<Record<SubscriptionEvent['type'], (state: never, event: never) => Result>>

/** What the events do in every state, unless the table below says otherwise. */
const general: Transitions = {
  want: (state: SubscriptionLifecycle) => [{ ...state, isWanted: true }, []],
  release: (state: SubscriptionLifecycle) => [{ ...state, isWanted: false }, []],
  online: (state: SubscriptionLifecycle) => [{ ...state, isOnline: true }, []],
  offline: (state: SubscriptionLifecycle) => toIdle({ ...state, isOnline: false }),
}

const offlineInRequest = (state: SubscriptionLifecycle) => toIdle({ ...state, isOnline: false }, 'forget')

const table: Readonly<Record<SubscriptionLifecycle['status'], Transitions>> = {
  idle: {
    want: (state: SubscriptionLifecycle) => toIdle({ ...state, isWanted: true }),
    online: (state: SubscriptionLifecycle) => toIdle({ ...state, isOnline: true }),
  },
  subscribing: {
    release: (state: SubscriptionLifecycle) => [{ ...state, isWanted: false }, ['withdraw']],
    offline: offlineInRequest,
    accept: onAccept,
    refuse: toFailed,
    postpone: (state: SubscriptionLifecycle) => toIdle({ ...state, isOnline: false }),
    withdrawn: (state: SubscriptionLifecycle) => toIdle(state),
  },
  active: {
    release: (state: Extract<SubscriptionLifecycle, { status: 'active' }>) => toUnsubscribing(state, state.key),
    end: toFailed,
    interrupt: (state: SubscriptionLifecycle) => toIdle(state),
  },
  unsubscribing: {
    offline: offlineInRequest,
    unsubscribed: (state: SubscriptionLifecycle) => toIdle(state),
  },
}

/** The state after an event, and what it asks for. Total: an event that a state does not expect changes nothing. */
export const reduceSubscription = (state: SubscriptionLifecycle, event: SubscriptionEvent): Result => {
  const transition = table[state.status][event.type] ?? general[event.type]
  return transition?.(state as never, event as never) ?? [state, []]
}
