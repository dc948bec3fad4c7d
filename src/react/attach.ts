import { useContext, type Context } from 'react'
import { ReactReduxContext, type ReactReduxContextValue } from 'react-redux'
import type { Store } from '@reduxjs/toolkit'
import { createSocketActions, type SocketActions } from '../actions/createSocketActions.js'
import type { SocketCommandCreators } from '../actions/commands.js'
import type { Contract } from '../actions/contract.js'
import { callbackProblem, codedError } from '../internal/errors.js'
import { createGuard, type Guard } from '../internal/guard.js'
import type { SocketState } from '../state/socketState.js'
import { createShares, type Shares } from './shares.js'

/** The commands of a connection, each bound to the store. They stay the same as long as the store does. */
export interface SocketControls<Send = unknown> {
  /** Sends a value: `{ id, delivery: 'sent' | 'queued' | 'dropped', reason? }`. */
  readonly send: Dispatched<SocketCommandCreators<{ send: Send; receive: unknown }>['send']>
  /** Connects: a promise of `'open' | 'reconnecting' | 'closed' | 'failed'` that never rejects. */
  readonly connect: Dispatched<SocketCommandCreators<Contract>['connect']>
  /** Closes for good: a promise of `'closed'`. */
  readonly close: Dispatched<SocketCommandCreators<Contract>['close']>
  /** Dials anew, from a wait for the next attempt at once; returns as `connect` does. */
  readonly reconnect: Dispatched<SocketCommandCreators<Contract>['reconnect']>
}

/** A command creator together with the dispatch of what it creates. */
type Dispatched<Creator> = Creator extends (...args: infer Args) => { readonly meta: infer Meta }
  ? (...args: Args) => Meta[Extract<keyof Meta, symbol>]
  : never

/** What is pushed on a subscription, for all who share it. */
export interface SharedSubscription {
  /** What `dispatch(socketSubscribe(…))` returned. */
  readonly id: string
  /** What was pushed last. */
  data: unknown
  /** Hear every push. */
  readonly handlers: Set<(data: unknown) => void>
  readonly end: () => void
}

/** A connection that components ask for. */
export interface SharedConnection {
  /** What was asked for last. */
  key: string
  readonly end: () => void
}

/** What the hooks of one connection of one store have in common. */
export interface Attached {
  readonly store: Store
  readonly subscribe: Store['subscribe']
  readonly actions: SocketActions
  readonly controls: SocketControls
  readonly guard: Guard
  readonly subscriptions: Shares<SharedSubscription>
  readonly connections: Shares<SharedConnection>
  /** `isOpen` is the only thing that is not in the state as it is. */
  readonly view: (state: SocketState) => SocketState & { readonly isOpen: boolean }
}

const createAttached = (store: Store, name: string): Attached => {
  const actions = createSocketActions(name)
  const bound =
    (command: 'send' | 'connect' | 'close' | 'reconnect') =>
    (...args: readonly unknown[]) =>
      store.dispatch((actions[command] as (...all: readonly unknown[]) => { type: string })(...args))
  const controls = {
    send: bound('send'),
    connect: bound('connect'),
    close: bound('close'),
    reconnect: bound('reconnect'),
  }
  let seen: { readonly state: SocketState; readonly view: ReturnType<Attached['view']> } | undefined
  return {
    store,
    subscribe: (listener) => store.subscribe(listener),
    actions,
    controls: controls as unknown as SocketControls,
    guard: createGuard((what, error) => store.dispatch(actions.error(callbackProblem(what, error)))),
    subscriptions: createShares(),
    connections: createShares(),
    view: (state) => {
      if (seen?.state !== state) seen = { state, view: { ...state, isOpen: state.status === 'open' } }
      return seen.view
    },
  }
}

/** Not state of the library's: each store's own, and gone with it. A store has no other place for it that plain data may not have. */
const attachedTo = new WeakMap<Store, Map<string, Attached>>()

/** What the hooks of a connection have in common, made when first asked for. */
const attach = (store: Store, name: string): Attached => {
  const connections = attachedTo.get(store) ?? new Map<string, Attached>()
  attachedTo.set(store, connections)
  const attached = connections.get(name) ?? createAttached(store, name)
  connections.set(name, attached)
  return attached
}

/** The context that react-redux's Provider fills. */
export type StoreContext = Context<ReactReduxContextValue | null>

/** The same for the store that the Provider above gives. */
export const useAttached = (hook: string, context: StoreContext | undefined, name: string): Attached => {
  const found = useContext(context ?? (ReactReduxContext as StoreContext))
  if (found) return attach(found.store, name)
  const message = `${hook}: expected a <Provider store={…}> of react-redux above this component, found none. Put one around the app.`
  throw codedError('no_provider', message)
}
