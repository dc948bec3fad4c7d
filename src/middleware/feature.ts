import type { Action } from '@reduxjs/toolkit'
import type { Connection } from '../connection/connection.js'
import type { ConnectionSettings } from '../connection/core.js'
import type { ConnectionHooks } from '../connection/hooks.js'
import type { Frame, ReceivedFrame } from '../internal/bytes.js'
import type { Guard } from '../internal/guard.js'
import type { HookLists } from '../internal/hookLists.js'
import type { MaybePromise } from '../internal/maybePromise.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { CallbackContext, SocketMiddlewareOptions } from './options.js'
import type { Bytes } from './binarySize.js'
import type { ActionLike } from './match.js'

// The interface of features. A feature acts in four ways, in this order for all of them: `settings` → the connection is created → `pipeline` → `create`.

/** A command as the middleware gets it. */
export interface CommandAction {
  /** `socket/VERB`, or `socket:NAME/VERB` for a named connection. */
  readonly type: string
  /** What the creator was given. */
  readonly payload: unknown
  /** The connection's name. `delivery` is set once the command was carried out. */
  readonly meta: { readonly socket: string; readonly delivery?: string }
}

/** Carries out a command. `next` passes it on to the reducers. The result is what `dispatch` returns. */
export type CommandHandler = (command: CommandAction, next: (action: unknown) => unknown) => unknown

/** What takes part in one connection of one store: the hooks of the connection, and those of messages and commands. */
export interface FeatureHooks extends ConnectionHooks {
  /**
   * Claims a decoded message: returns the function that takes it in its turn. A claimed message goes to no schema, rule or reducer. Called as soon as
   * the message is decoded, possibly before earlier messages were delivered.
   */
  readonly claim?: (message: unknown) => ((message: unknown) => void) | undefined
  /** A frame of an asynchronous codec was decoded. `true` consumes it. Such a frame has passed `onFrame` before. */
  readonly onDecoded?: (frame: ReceivedFrame, message: unknown) => boolean
  /** Takes a plain message before `accept` and `toActions`. `true` consumes it. */
  readonly onMessage?: (message: unknown) => boolean
  /** A message has reached the store, or an `onMessage` has consumed it. It is given as it was decoded. */
  readonly onDelivered?: (message: unknown) => void
  /** Finds the handler of a command by its type. */
  readonly handlerOf?: (type: string) => CommandHandler | undefined
  /** Development only: an action goes on to the next middleware. */
  readonly onPass?: (action: unknown) => void
  /** An action of the store has passed the reducers. */
  readonly onAction?: (action: unknown) => void
  /** The middleware was disposed of and the connection is closed. */
  readonly onDispose?: () => void
}

/** The store, as a connection sees it. No member throws: what a reducer or another middleware throws becomes a `socketError`. */
export interface StorePort {
  /** The connection's name. */
  readonly name: string
  /** What the types of the connection's actions begin with: `socket` or `socket:NAME`. */
  readonly prefix: string
  /** Runs a callback of the app. What it throws becomes a `socketError`. */
  readonly guard: Guard
  /** The state of the store. */
  readonly getState: () => unknown
  /** Dispatches an action, or passes it to `next`. */
  readonly dispatch: (action: Action, next?: (action: unknown) => unknown) => unknown
  /** Dispatches an event of the connection, or of a feature. */
  readonly emit: (event: { readonly type: string; readonly payload: unknown }) => void
  /** Dispatches a command that the connection gave itself. The reducers treat it as carried out. */
  readonly emitCommand: (verb: string, payload?: unknown) => void
  /** Adds to an action before the reducers get it. `entryPatch` sets it. */
  stamp?: (action: ActionLike) => ActionLike
  /** The connection's entry in the store is to have these values. */
  readonly expect: (values: object) => void
  /** `members`, with the `dispatch`, `getState` and `extra` that callbacks of the app are given. */
  readonly contextWith: <Members extends object>(members: Members) => Members & CallbackContext
}

/** Values to frames and back. Every function may throw; without an async feature none returns a promise. */
export interface Pipeline {
  /** value → codec → frame, past the schema. */
  readonly encode: (value: unknown) => MaybePromise<Frame>
  /** value → schema → codec → frame. */
  readonly toFrame: (value: unknown) => MaybePromise<Frame>
  /** frame → codec → value, past the schema. `undefined` for a frame without a message. */
  readonly decode: (frame: ReceivedFrame) => MaybePromise<unknown>
  /** decoded value → schema → message. */
  readonly check?: ((value: unknown) => MaybePromise<unknown>) | undefined
  /** Whether `decode` and `check` return plain data for every text frame. */
  readonly isPlain: () => boolean
  /** Converts a value to plain data; `toHandle` replaces bytes. Throws for a value that contains itself. */
  readonly toPlain: (value: unknown, toHandle: (bytes: Bytes) => unknown) => unknown
  /** Returns what replaces received bytes in an action. */
  readonly keepBytes: (bytes: Bytes) => unknown
  /** Whether any text is a message of the app, so that a bare `ping` may be data. */
  readonly isPlainText: boolean
  /** Whether the codec may change with the socket. What waits is then encoded again. */
  readonly mayChange: boolean
  /** Replaces the step from frames to messages, for decoding that is asynchronous. */
  readonly createInbound?: CreateInbound
}

/** Passes a message to the store, then to the listeners. Never throws. */
export type Deliver = (message: unknown, frame: ReceivedFrame) => void

/** Creates the step from received frames to `deliver`, as hooks of the connection. */
export type CreateInbound = (context: FeatureContext, deliver: Deliver) => FeatureHooks

/** One connection of one store, as features and commands that carry their own code see it. */
export interface ConnectionContext {
  /** The connection's name. */
  readonly name: string
  /** The options of the middleware. */
  readonly options: SocketMiddlewareOptions
  /** The connection. It exists before any feature is created. */
  readonly connection: Connection
  /** The store that the connection belongs to. */
  readonly store: StorePort
  /** The hooks of all features. `attach` adds some while the connection lives. */
  readonly hooks: HookLists<FeatureHooks>
  /** Runs tasks one after the other: a task that is added inside another one waits for its end. */
  readonly taskQueue: TaskQueue
  /** Runs a callback of the app. What it throws becomes a `socketError`. */
  readonly guard: Guard
  /** Closes the connection at once and for good, as `dispose` of the instance does. */
  readonly dispose: () => void
  /** Whether `dispose` was called. */
  readonly isDisposed: () => boolean
  /** What `create` returns, created once for the connection: how features share a part, and how a command that carries its code keeps state. */
  readonly part: <Part>(create: (context: ConnectionContext) => Part) => Part
}

/** A {@link ConnectionContext} once every feature has contributed to the pipeline. */
export interface FeatureContext extends ConnectionContext {
  /** The functions between values and frames. */
  readonly pipeline: Pipeline
}

/** The name of an option of `createSocketMiddleware`. */
export type OptionKey = keyof SocketMiddlewareOptions

/**
 * A feature: a value that is given to `createSocketMiddleware.with(…)` or `buildSocketMiddleware(…)`. `Key` are the options that it carries out,
 * `Extension` is what the instance gains.
 */
export interface Feature<Key extends OptionKey = OptionKey, Extension extends object = object> {
  /** The options that it carries out. An option that is given without its feature throws `missing_feature`. */
  readonly options: readonly Key[]
  /** Its place among all features, whatever the order in which they are given: steps, frames, claims and events run in this order (order.ts). */
  readonly order: number
  /** Development only. Throws `invalid_option` for options that are malformed or contradict each other. */
  readonly check?: ((options: SocketMiddlewareOptions) => void) | undefined
  /** Replaces settings of the connection, such as the reconnect policy or the queue. */
  readonly settings?: (
    options: SocketMiddlewareOptions,
    base: ConnectionSettings,
    guard: Guard,
  ) => Partial<ConnectionSettings>
  /** Wraps or replaces parts of the pipeline. */
  readonly pipeline?: (base: Pipeline, context: ConnectionContext) => Partial<Pipeline>
  /** Creates the feature for one connection of one store. `undefined` when the options do not ask for it. */
  readonly create?: (context: FeatureContext) => FeatureHooks | undefined
  /** Returns what the instance of the middleware gains. `connections` are those of all its stores. */
  readonly extend?: (connections: () => Iterable<ConnectionContext>) => Extension
}
