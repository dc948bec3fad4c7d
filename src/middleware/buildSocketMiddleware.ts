import type { Middleware } from '@reduxjs/toolkit'
import type { SocketDispatch } from '../actions/command.js'
import type { Contract, MaybeSchema } from '../actions/contract.js'
import { codedError } from '../internal/errors.js'
import type { Feature, OptionKey } from './feature.js'
import { checkOptions, type SocketMiddlewareOptions } from './options.js'
import { toMatcher } from './match.js'
import { pingReply } from './ping.js'
import { createStoreConnection, type StoreConnection } from './storeConnection.js'

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
  | 'ping'
  | 'onOpen'
  | 'protocol'
  | 'connectTimeout'
  | 'closeTimeout'
  | 'autoBatch'
  | 'maxMessageBytes'

/** What every instance has. */
export interface SocketMiddlewareInstance {
  /** For the store, first in the list: `middleware: (defaults) => defaults().prepend(socket.middleware)`. */
  readonly middleware: Middleware<SocketDispatch>
  /** Closes the connections of every store at once and for good. Actions pass through afterwards. */
  readonly dispose: () => void
}

/** The options that some features carry out. */
export type KeyOf<Features extends readonly Feature[]> = Features[number]['options'][number]

type ToIntersection<Union> = (Union extends unknown ? (value: Union) => void : never) extends (value: infer All) => void
  ? All
  : never

/** What the instance gains by some features. */
export type ExtensionOf<Features extends readonly Feature[]> = ToIntersection<
  {
    [Index in keyof Features]: Features[Index] extends Feature<OptionKey, infer Extension> ? Extension : object
  }[number]
>

/** A function that creates the middleware, with the options of its features. */
export interface CreateSocketMiddleware<Key extends OptionKey, Root, Extension> {
  <
    C extends Contract = Contract,
    Receive extends MaybeSchema<C['receive']> = undefined,
    Send extends MaybeSchema = undefined,
  >(
    options?: Pick<SocketMiddlewareOptions<C, Root, Receive, Send>, Key>,
  ): SocketMiddlewareInstance & Extension
  /** The same function, with `getState` typed in the callbacks. */
  readonly withTypes: <TypedRoot>() => CreateSocketMiddleware<Key, TypedRoot, Extension>
  /** The same function, with further features. */
  readonly with: <const Features extends readonly Feature[]>(
    ...features: Features
  ) => CreateSocketMiddleware<Key | KeyOf<Features>, Root, Extension & ExtensionOf<Features>>
}

/** Options that a feature must carry out. One that is ignored could be a hole: a schema that does not check. */
const featureKeys = [
  'heartbeat',
  'queue',
  'path',
  'params',
  'reconnect',
  'schema',
  'handshake',
  'binary',
  'lazy',
  'idleTimeout',
] as const

const checkFeatures = (options: SocketMiddlewareOptions, features: readonly Feature[]): void => {
  for (const key of featureKeys) {
    const isGiven = options[key] || (key === 'schema' && options.actions?.schema)
    if (!isGiven || features.some((feature) => feature.options.includes(key))) continue
    throw codedError(
      'missing_feature',
      __DEV__ ? `The option "${key}" needs its feature: createSocketMiddleware.with(${key}Feature).` : key,
    )
  }
}

/** Creates an instance: options and features, and a connection for each store. */
const createInstance = (options: SocketMiddlewareOptions, given: readonly Feature[]): SocketMiddlewareInstance => {
  if (__DEV__) {
    checkOptions(options)
    toMatcher(options.accept, 'accept')
    toMatcher(options.forward, 'forward')
    for (const { check } of given) check?.(options)
  }
  checkFeatures(options, given)
  const features = [...given, pingReply, ...(options.protocol ? [options.protocol.feature] : [])].sort(
    (a, b) => a.order - b.order,
  )
  let isDisposed = false
  // Weak: a server renders many stores with one middleware, and each must be collectable.
  const references = new Set<WeakRef<StoreConnection>>()
  const connections = (): StoreConnection[] => {
    const alive: StoreConnection[] = []
    for (const reference of references) {
      const connection = reference.deref()
      if (connection) alive.push(connection)
      else references.delete(reference)
    }
    return alive
  }
  const instance: SocketMiddlewareInstance = {
    middleware: (api) => {
      const connection = createStoreConnection(options, features, api, () => isDisposed)
      connections()
      references.add(new WeakRef(connection))
      return (next) => (action) => connection.handle(action, next)
    },
    dispose: () => {
      isDisposed = true
      for (const connection of connections()) connection.dispose()
    },
  }
  const contexts = () => connections().map(({ context }) => context)
  return Object.assign(instance, ...features.map(({ extend }) => extend?.(contexts)))
}

/** Creates a `createSocketMiddleware` that carries these features and nothing else. */
export const buildSocketMiddleware = <const Features extends readonly Feature[]>(
  ...features: Features
): CreateSocketMiddleware<CoreKey | KeyOf<Features>, unknown, ExtensionOf<Features>> => {
  const create = (options: SocketMiddlewareOptions = {}) => createInstance(options, features)
  const members = {
    withTypes: () => create,
    with: (...more: readonly Feature[]) => buildSocketMiddleware(...features, ...more),
  }
  // The implementation does not depend on the type arguments.
  return Object.assign(create, members) as never
}
