import { createSlice } from '@reduxjs/toolkit'
import { DEFAULT_NAME, isSocketAction } from '../actions/creators.js'
import { warn } from '../internal/environment.js'
import type { SubscribePayload } from './actions.js'
import type { RpcProblem } from './types.js'

/** What the store knows of one subscription. */
export interface SubscriptionState extends SubscribePayload {
  /** The connection's name. */
  readonly socket: string
  /** `pending` until the server knows of it, and again when the connection is lost; `failed` when the server refused it. */
  readonly status: 'pending' | 'active' | 'failed'
  /** Why it failed. */
  readonly error?: RpcProblem
}

/** What the store knows of RPC, on all connections. */
export interface RpcState {
  /** How many requests wait for an answer, by the connection's name. */
  readonly pending: Readonly<Record<string, number>>
  /** The subscriptions by their ids, until they are unsubscribed. */
  readonly subscriptions: Readonly<Record<string, SubscriptionState>>
}

interface Mutable {
  pending: Record<string, number>
  subscriptions: Record<string, { -readonly [Key in keyof SubscriptionState]: SubscriptionState[Key] }>
}

interface Seen {
  readonly type: string
  readonly payload: never
  readonly meta: { readonly socket: string; readonly delivery?: string; readonly id?: string }
}

type Ids = { readonly ids: readonly string[]; readonly error?: RpcProblem }

const move = (state: Mutable, { ids, error }: Ids, status: SubscriptionState['status']) => {
  for (const id of ids) {
    const subscription = Object.hasOwn(state.subscriptions, id) && state.subscriptions[id]
    if (subscription) Object.assign(subscription, { status, ...(error && { error }) })
  }
}

/** What each verb changes; the others change nothing. */
const changes: Readonly<Record<string, (state: Mutable, payload: never, meta: Seen['meta']) => void>> = {
  subscribe: (state, payload: SubscribePayload, { socket, id }) => {
    if (id !== undefined) state.subscriptions[id] = { ...payload, socket, status: 'pending' }
  },
  unsubscribe: (state, id: string) => {
    delete state.subscriptions[id]
  },
  subscribed: (state, payload: Ids) => move(state, payload, 'active'),
  subscribeFailed: (state, payload: Ids) => move(state, payload, 'failed'),
  requestsChanged: (state, { pending }: { readonly pending: number }, { socket }) => {
    state.pending[socket] = pending
  },
  // The connection's own event: the server has forgotten them.
  closed: (state, _payload, { socket }) => {
    for (const subscription of Object.values(state.subscriptions)) {
      if (subscription.socket === socket && subscription.status === 'active') subscription.status = 'pending'
    }
  },
}

/** Those that something is lost with. Where there is no subscription, ending one is none, and needs nobody. */
const commands = ['request', 'notify', 'batch', 'subscribe']

const verbOf = (type: string) => type.slice(type.lastIndexOf('/') + 1)

/** Whether it is a command that nobody has carried out. */
const isLost = (verb: string, { delivery }: Seen['meta']) => !delivery && commands.includes(verb)

/** Whether it says something to this slice; requests, pushes and messages, which are many, do not. */
const isTold = (verb: string, { meta }: Seen) => Object.hasOwn(changes, verb) || isLost(verb, meta)

const initialState: RpcState = { pending: {}, subscriptions: {} }

/** The slice of RPC on all connections. `rpcSlice` goes into `combineSlices`, `rpcReducer` into a `reducer` map, both under `rpc`. */
export const rpcSlice = /* @__PURE__ */ createSlice({
  name: 'rpc',
  initialState,
  reducers: {},
  extraReducers: (builder) => {
    builder.addMatcher(
      (action): action is Seen => isSocketAction(action) && isTold(verbOf(action.type), action as Seen),
      (state, { type, payload, meta }) => {
        const verb = verbOf(type)
        if (isLost(verb, meta)) {
          return warn(
            `reduplex: "${type}" reached the reducer, but no middleware of that connection took it. Has it the option protocol: jsonRpc()?`,
          )
        }
        changes[verb]?.(state, payload, meta)
      },
    )
  },
})

/** Remembers requests that wait and subscriptions; for the key `rpc` of the store. */
export const rpcReducer = rpcSlice.reducer

/** Selectors of one mount. */
export interface RpcSelectors<Root> {
  /** How many requests wait for an answer, on the connection of that name, by default the default one. */
  readonly selectPendingCount: (state: Root, name?: string) => number
  /** A subscription by the id that `dispatch(socketSubscribe(…))` returned; `undefined` when there is none. */
  readonly selectSubscription: (state: Root, id: string) => SubscriptionState | undefined
}

/** What an object has of its own under a name that may be one of Object's. */
const own = <Value>(from: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined =>
  from && Object.hasOwn(from, name) ? from[name] : undefined

/** Creates the selectors for a slice that is mounted elsewhere than under `rpc`. One that is not there yet reads as empty. */
export const getRpcSelectors = <Root>(selectState: (state: Root) => RpcState | undefined): RpcSelectors<Root> => ({
  selectPendingCount: (state, name = DEFAULT_NAME) => own(selectState(state)?.pending, name) ?? 0,
  selectSubscription: (state, id) => own(selectState(state)?.subscriptions, id),
})

/** A root state with the slice where it usually is. */
export interface WithRpc {
  /** What `rpcReducer` keeps. */
  readonly rpc: RpcState
}

const atRpc = /* @__PURE__ */ getRpcSelectors((state: WithRpc) => state.rpc)

/** How many requests wait for an answer: `selectPendingCount(state, name?)`. */
export const selectPendingCount = atRpc.selectPendingCount

/** A subscription by its id: `{ socket, channel, params?, status, error? }`. */
export const selectSubscription = atRpc.selectSubscription
