import { useContext, type Context } from 'react'
import { ReactReduxContext, type ReactReduxContextValue } from 'react-redux'
import type { Store } from '@reduxjs/toolkit'
import { closeOf, connectOf, reconnectOf, senderOf, type SocketCommandCreators } from '../actions/commands.js'
import type { Contract } from '../actions/contract.js'
import { codedError } from '../internal/errors.js'
import type { SocketsState, SocketState } from '../state/socketState.js'
import { createRefCounted, type RefCounted } from './refCounted.js'

/** A command creator together with the dispatch of what it creates. */
type Dispatched<Creator> = Creator extends (...args: infer Args) => { readonly meta: infer Meta }
  ? (...args: Args) => Meta[Extract<keyof Meta, symbol>]
  : never

/** The commands of a connection, each bound to the store. They stay the same as long as the store does. */
export interface SocketControls<Send = unknown> {
  /** Sends a value: `{ id, delivery: 'sent' | 'queued' | 'dropped', reason? }`. */
  readonly send: Dispatched<SocketCommandCreators<{ send: Send; receive: unknown }>['send']>
  /** Connects: a promise of `'open' | 'reconnecting' | 'closed' | 'failed'` that never rejects. */
  readonly connect: Dispatched<SocketCommandCreators<Contract>['connect']>
  /** Closes the connection: a promise of `'closed'`. */
  readonly close: Dispatched<SocketCommandCreators<Contract>['close']>
  /** Gives the socket up and connects again; ends a wait for the next attempt. Returns what `connect` returns. */
  readonly reconnect: Dispatched<SocketCommandCreators<Contract>['reconnect']>
}

/** A subscription that components share. */
export interface SharedSubscription {
  /** The id that `dispatch(socketSubscribe(…))` returned; empty without the middleware. */
  readonly id: string
  /** The data of the last push. */
  data: unknown
  /** Called with each push. */
  readonly handlers: Set<(data: unknown) => void>
  readonly end: () => void
}

/** A connection that components ask for. */
export interface SharedConnection {
  /** The options that were asked for last, as text. */
  key: string
  readonly end: () => void
}

/** A connection's state as components see it. */
export type SocketStateView = SocketState & { readonly isOpen: boolean }

/** What the hooks of one connection of one store share. */
export interface HookContext {
  readonly store: Store
  readonly subscribe: Store['subscribe']
  readonly controls: SocketControls
  readonly subscriptions: RefCounted<SharedSubscription>
  readonly connections: RefCounted<SharedConnection>
  /** Adds `isOpen` to the state. The same state gives the same object. */
  readonly view: (state: SocketState) => SocketStateView
}

/** The context that react-redux's Provider fills. */
export type StoreContext = Context<ReactReduxContextValue | null>

/** What the hooks of a connection are created with. */
export interface HooksConfig {
  /** Where the store is. @default the context of react-redux */
  readonly context?: StoreContext | undefined
  /** The connection's name, when a component gives none. */
  readonly name: string
  readonly selectSockets: (state: never) => SocketsState | undefined
}

/** How hooks are given a connection: by its name, or by a set of its actions. */
export type NameOrActions<Actions extends { readonly name: string } = { readonly name: string }> = string | Actions

/** The name of a connection. */
export const nameOf = (target: NameOrActions): string => (typeof target === 'string' ? target : target.name)

const createHookContext = (store: Store, name: string): HookContext => {
  const bind =
    (create: (...args: never[]) => { readonly type: string }) =>
    (...args: never[]) =>
      store.dispatch(create(...args))
  const controls = {
    send: bind(senderOf(name, 'send')),
    connect: bind(connectOf(name)),
    close: bind(closeOf(name)),
    reconnect: bind(reconnectOf(name)),
  }
  let last: { readonly state: SocketState; readonly view: SocketStateView } | undefined
  return {
    store,
    subscribe: (listener) => store.subscribe(listener),
    controls: controls as unknown as SocketControls,
    subscriptions: createRefCounted(),
    connections: createRefCounted(),
    view: (state) => {
      if (last?.state !== state) last = { state, view: { ...state, isOpen: state.status === 'open' } }
      return last.view
    },
  }
}

/** By store and connection. Each entry is part of its store and is collected with it: the store itself holds only plain data. */
const contexts = new WeakMap<Store, Map<string, HookContext>>()

const contextOf = (store: Store, name: string): HookContext => {
  const connections = contexts.get(store) ?? new Map<string, HookContext>()
  contexts.set(store, connections)
  const context = connections.get(name) ?? createHookContext(store, name)
  connections.set(name, context)
  return context
}

/** The {@link HookContext} in the store of the Provider above. Throws `no_provider` without a Provider. */
export const useHookContext = (hook: string, { context }: HooksConfig, name: string): HookContext => {
  const found = useContext(context ?? (ReactReduxContext as StoreContext))
  if (found) return contextOf(found.store, name)
  const message = __DEV__
    ? `${hook}: expected a <Provider store={…}> of react-redux above this component, found none. Put one around the app.`
    : ''
  throw codedError('no_provider', message)
}
