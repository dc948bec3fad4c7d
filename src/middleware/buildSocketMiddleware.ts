import type { Middleware } from '@reduxjs/toolkit'
import type { SocketDispatch } from '../actions/command.js'
import type { Contract, InputOf, MaybeSchema, OutputOf } from '../actions/contract.js'
import { createSocketActions, type SocketActions } from '../actions/createSocketActions.js'
import { missingFeature } from '../internal/errors.js'
import { checkMiddlewareOptions } from './checkOptions.js'
import type { ConnectionContext, Feature, OptionKey } from './feature.js'
import { toMatcher } from './match.js'
import type { SocketMiddlewareOptions } from './options.js'
import { pingFeature } from './respondToPing.js'
import { reportPasses } from './reportPasses.js'
import { createStoreConnection } from './storeConnection.js'

/** The options of a middleware without features. */
export type CoreKey =
  | 'actions'
  | 'url'
  | 'protocols'
  | 'WebSocket'
  | 'codec'
  | 'accept'
  | 'toActions'
  | 'reserved'
  | 'forward'
  | 'respondToPing'
  | 'onOpen'
  | 'protocol'
  | 'connectTimeout'
  | 'closeTimeout'
  | 'autoBatch'
  | 'maxMessageBytes'

/**
 * What every instance has. `Hint` is a text that the compiler prints where the store gets the instance in place of its middleware: it has no other meaning.
 */
export interface SocketMiddlewareInstance<
  C extends Contract = Contract,
  // oxlint-disable-next-line no-unused-vars
  Hint extends string = 'pass its member socket.middleware',
> {
  /** The connection's name. */
  readonly name: string
  /** The connection's actions: those of the options, or the default ones, typed by the schema. */
  readonly actions: SocketActions<C>
  /** For the store, first in the list: `middleware: (defaults) => defaults().prepend(socket.middleware)`. */
  readonly middleware: Middleware<SocketDispatch>
  /** Closes the connections of every store at once and for good. Actions pass through afterwards. */
  readonly dispose: () => void
}

/** The options that these features carry out. */
export type KeyOf<Features extends readonly Feature[]> = Features[number]['options'][number]

type ToIntersection<Union> = (Union extends unknown ? (value: Union) => void : never) extends (value: infer All) => void
  ? All
  : never

/** What the instance gains by these features. */
export type ExtensionOf<Features extends readonly Feature[]> = ToIntersection<
  {
    [Index in keyof Features]: Features[Index] extends Feature<OptionKey, infer Extension> ? Extension : object
  }[number]
>

/** A function that creates the middleware, with the options of its features. */
export interface CreateSocketMiddleware<Key extends OptionKey, Extension, Root = unknown, Extra = unknown> {
  /**
   * Creates the middleware that owns one WebSocket for each store it is in.
   * @throws `invalid_option` in development, `missing_feature` for an option whose feature is missing
   */
  <
    C extends Contract = Contract,
    Receive extends MaybeSchema<C['receive']> = undefined,
    Send extends MaybeSchema = undefined,
  >(
    options?: Pick<SocketMiddlewareOptions<C, Root, Receive, Send, Extra, 'batch' extends Key ? true : false>, Key>,
  ): SocketMiddlewareInstance<{
    // Written out, so that the types of an app that exports the instance name neither its schemas nor their library.
    readonly send: unknown extends C['send'] ? InputOf<Send> : C['send']
    readonly receive: unknown extends C['receive'] ? OutputOf<Receive> : C['receive']
  }> &
    Extension
  /** The same function, with `getState` and `extra` typed in the callbacks. */
  readonly withTypes: <TypedRoot, TypedExtra = unknown>() => CreateSocketMiddleware<
    Key,
    Extension,
    TypedRoot,
    TypedExtra
  >
  /** The same function, with further features. */
  readonly with: <const Features extends readonly Feature[]>(
    ...features: Features
  ) => CreateSocketMiddleware<Key | KeyOf<Features>, Extension & ExtensionOf<Features>, Root, Extra>
}

/** The options that need a feature. An option that is ignored could be a hole: a schema that checks nothing. */
const featureKeys: readonly OptionKey[] = [
  'path',
  'params',
  'reconnect',
  'queue',
  'heartbeat',
  'schema',
  'handshake',
  'binary',
  'codecs',
  'lazy',
  'idleTimeout',
  'headers',
  'debug',
  'rate',
  'batch',
  'lifecycle',
  'session',
]

/** The features that are not named after their option, or that another entry point has. */
const featureNames: Readonly<Record<string, string>> = {
  path: 'addressFeature',
  params: 'addressFeature',
  reconnect: 'retryFeature',
  codecs: 'asyncFeature',
  lazy: 'idleFeature',
  idleTimeout: 'idleFeature',
  headers: 'headersFeature of reduplex/features',
  debug: 'debugFeature of reduplex/features',
  rate: 'rateFeature of reduplex/features',
  lifecycle: 'lifecycleFeature of reduplex/lifecycle',
  batch: 'batchFeature of reduplex/batch',
  session: 'sessionFeature of reduplex/session',
}

const checkFeatures = (options: SocketMiddlewareOptions, features: readonly Feature[]): void => {
  for (const key of featureKeys) {
    const option = options[key]
    // An option that is off needs no feature, except `reconnect`: without its feature the connection retries for ever.
    const isGiven = option || (key === 'reconnect' ? option === false : key === 'schema' && options.actions?.schema)
    if (isGiven && !features.some((one) => one.options.includes(key))) {
      throw missingFeature(__DEV__ ? (featureNames[key] ?? `${key}Feature`) : key)
    }
  }
}

const checkInDevelopment = (options: SocketMiddlewareOptions, features: readonly Feature[]): void => {
  checkMiddlewareOptions(options, featureKeys)
  toMatcher(options.accept, 'accept')
  toMatcher(options.forward, 'forward')
  for (const { check } of features) check?.(options)
  // It would get an ArrayBuffer instead of the Blob.
  if (options.codec?.binaryType === 'blob' && !features.some((one) => one.options.includes('codecs'))) {
    throw missingFeature('asyncFeature')
  }
}

/**
 * Keeps the contexts of connections without keeping them alive: a server renders many stores with one middleware, and each must be collectable. A store
 * keeps the context of its connection, because the function that takes its actions refers to it.
 */
const createRegistry = () => {
  let references: WeakRef<ConnectionContext>[] = []
  return {
    all: (): ConnectionContext[] => references.flatMap((reference) => reference.deref() ?? []),
    add: (context: ConnectionContext) => {
      references = [...references.filter((reference) => reference.deref()), new WeakRef(context)]
    },
  }
}

/** Creates an instance: options and features, and a connection for each store. */
const createInstance = (options: SocketMiddlewareOptions, given: readonly Feature[]): SocketMiddlewareInstance => {
  if (__DEV__) checkInDevelopment(options, given)
  checkFeatures(options, given)
  const { actions = createSocketActions(), codec, protocol, WebSocket } = options
  // A class of `createSharedWebSocket` has several.
  const hosted = ([codec, protocol, WebSocket] as ({ readonly feature?: Feature } | undefined)[]).flatMap(
    (one) => one?.feature ?? [],
  )
  // A feature that is given twice, such as one of the default set, takes part once.
  const features = [...new Set(given.concat(pingFeature, hosted))].sort((a, b) => a.order - b.order)
  const contexts = createRegistry()
  let isDisposed = false
  const instance: SocketMiddlewareInstance = {
    name: actions.name,
    actions,
    middleware: (api) => {
      const { context, handle } = createStoreConnection(options, features, api)
      contexts.add(context)
      if (isDisposed) context.dispose()
      return __DEV__ ? reportPasses(context, handle) : handle
    },
    dispose: () => {
      isDisposed = true
      for (const { dispose } of contexts.all()) dispose()
    },
  }
  for (const { extend } of features) Object.assign(instance, extend?.(contexts.all))
  return instance
}

/** Creates a `createSocketMiddleware` that carries these features and nothing else. See docs/features.md. */
export const buildSocketMiddleware = <const Features extends readonly Feature[]>(
  ...features: Features
): CreateSocketMiddleware<CoreKey | KeyOf<Features>, ExtensionOf<Features>> => {
  const create = (options: SocketMiddlewareOptions = {}) => createInstance(options, features)
  return Object.assign(create, {
    withTypes: () => create,
    with: (...more: readonly Feature[]) => buildSocketMiddleware(...features, ...more),
    // The implementation does not depend on the type arguments.
  }) as never
}
