import type { Connection, ConnectionSettings } from '../connection/settings.js'
import type { ConnectionHooks } from '../connection/hooks.js'
import type { HookLists } from '../internal/hookLists.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { Guard } from '../internal/guard.js'
import type { SocketMiddlewareOptions } from './options.js'
import type { Pipeline } from './pipeline.js'
import type { StorePort } from './storePort.js'

/** A command as the middleware gets it. */
export interface CommandAction {
  readonly type: string
  readonly payload: unknown
  readonly meta: { readonly socket: string; readonly delivery?: string }
}

/** Carries out a command; `next` gives it to the reducers. What it returns is what `dispatch` returns. */
export type CommandHandler = (command: CommandAction, next: (action: unknown) => unknown) => unknown

/** What takes part in one connection of one store: the hooks of the connection, and those of messages and commands. */
export interface FeatureHooks extends ConnectionHooks {
  /**
   * Claims a decoded message: returns the function that takes it in its turn. A claimed message goes to no schema, rule or store. Called as soon as
   * the message is decoded, possibly before those ahead of it were delivered.
   */
  readonly claim?: (message: unknown) => ((message: unknown) => void) | undefined
  /** Takes a plain message before `accept` and `toActions`; `true` consumes it. */
  readonly onMessage?: (message: unknown) => boolean
  /** A message has reached the store; it is given as it was decoded. */
  readonly onDelivered?: (message: unknown) => void
  /** Finds the handler of a command by its type. */
  readonly handlerOf?: (type: string) => CommandHandler | undefined
  /** The middleware is disposed of and the connection closed. */
  readonly onDispose?: () => void
}

/** One connection of one store, as features and carried commands see it. */
export interface ConnectionContext {
  readonly name: string
  readonly options: SocketMiddlewareOptions
  readonly connection: Connection
  readonly store: StorePort
  readonly hooks: HookLists<FeatureHooks>
  readonly taskQueue: TaskQueue
  /** Runs a callback of the app: what it throws becomes a `socketError`. */
  readonly guard: Guard
  readonly isDisposed: () => boolean
  /** What `create` makes, made once a connection: how features share a part, and how a command that brings its own code keeps state. */
  readonly part: <Part>(create: (context: ConnectionContext) => Part) => Part
}

/** The same, once every feature has taken part in the pipeline. */
export interface FeatureContext extends ConnectionContext {
  readonly pipeline: Pipeline
}

/** An option of `createSocketMiddleware`. */
export type OptionKey = keyof SocketMiddlewareOptions

/**
 * A feature: a value that is given to `createSocketMiddleware.with(…)`. The middleware calls its members in this order, for all features by `order`:
 * `settings` of each, then the connection is created, `pipeline` of each, `create` of each.
 */
export interface Feature<Key extends OptionKey = OptionKey, Extension extends object = object> {
  /** The options it carries out. One that is given without its feature throws `missing_feature`. */
  readonly options: readonly Key[]
  /** Its place, whatever the order in which features are given: see order.ts. */
  readonly order: number
  /** In development: throws `invalid_option` for options that are malformed or contradict each other. */
  readonly check?: ((options: SocketMiddlewareOptions) => void) | undefined
  /** Replaces settings of the connection: address, reconnect policy, queue. */
  readonly settings?: (
    options: SocketMiddlewareOptions,
    base: ConnectionSettings,
    guard: Guard,
  ) => Partial<ConnectionSettings>
  /** Wraps or replaces parts of the pipeline between values and frames. */
  readonly pipeline?: (base: Pipeline, context: ConnectionContext) => Partial<Pipeline>
  /** Creates it for one connection of one store; `undefined` when the options do not ask for it. */
  readonly create?: (context: FeatureContext) => FeatureHooks | undefined
  /** What the instance of the middleware gains; `parts` are the connections of its stores. */
  readonly extend?: (connections: () => Iterable<ConnectionContext>) => Extension
}
