/** The functions of a server, and what its channels push and take, by name; for `createRpcActions(…).withTypes<…>()`. All members are optional. */
export interface RpcContract {
  /** The server's functions: `typeof functions`, each `(params, context?) => result`. @default unknown */
  readonly methods?: object
  /** The type of the data that each channel pushes. @default unknown */
  readonly channels?: object
  /** The type of the params that each channel takes; one that includes `undefined` makes them optional. @default unknown, for each channel that is not listed */
  readonly channelParams?: object
}

/** The methods of a contract; `object` when it has none. */
export type MethodsOf<C> = C extends { readonly methods: infer Methods extends object } ? Methods : object

/** The channels of a contract; `object` when it has none. */
export type ChannelsOf<C> = C extends { readonly channels: infer Channels extends object } ? Channels : object

/** The names of `Names`; any string when it has none. */
export type NameIn<Names> = [keyof Names] extends [never] ? string : keyof Names & string

/** The type of the data that a channel pushes. */
export type DataOf<Channels, Channel> = Channel extends keyof Channels ? Channels[Channel] : unknown

/** The params that a client gives to a server's function: its first parameter. The second one is the server's context. */
export type ParamsOf<Method> = Method extends (...args: infer Args) => unknown
  ? Args extends readonly []
    ? readonly [params?: undefined]
    : Args extends readonly [infer Params, ...unknown[]]
      ? undefined extends Params
        ? readonly [params?: Params]
        : readonly [params: Params]
      : Args extends readonly [(infer Params)?, ...unknown[]]
        ? readonly [params?: Params]
        : readonly [params?: unknown]
  : readonly [params?: unknown]

/** The params that a client gives to subscribe to a channel. */
export type ChannelParamsOf<C, Channel> = C extends { readonly channelParams: infer Params }
  ? Channel extends keyof Params
    ? undefined extends Params[Channel]
      ? readonly [params?: Params[Channel]]
      : readonly [params: Params[Channel]]
    : readonly [params?: unknown]
  : readonly [params?: unknown]

/** A key of a property that JSON keeps. */
type JsonKey<Key, Value> = Key extends symbol
  ? never
  : [NonNullable<Value>] extends [(...args: never) => unknown]
    ? [NonNullable<Value>] extends [never]
      ? Key
      : never
    : Key

/** The type of a value after JSON: a Date is a string, `undefined` in an array is `null`, functions are left out, a Map is an empty object. */
export type Json<Value> = unknown extends Value
  ? Value
  : Value extends string | number | boolean | null
    ? Value
    : Value extends { toJSON: (...args: never) => infer Made }
      ? Json<Made>
      : Value extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
        ? Record<string, never>
        : Value extends readonly unknown[]
          ? { [Index in keyof Value]: JsonItem<Value[Index]> }
          : Value extends bigint | symbol | undefined | ((...args: never) => unknown)
            ? never
            : Value extends object
              ? { [Key in keyof Value as JsonKey<Key, Value[Key]>]: Json<Value[Key]> | Extract<Value[Key], undefined> }
              : never

type JsonItem<Item> = Item extends undefined | symbol | ((...args: never) => unknown) ? null : Json<Item>

/** The type of what a server's function returns or yields, at the client: as JSON leaves it, `null` for `undefined`. */
export type SentOf<Given> = [Given] extends [undefined]
  ? null
  : [Given] extends [void]
    ? null
    : Json<Exclude<Given, undefined>> | (undefined extends Given ? (unknown extends Given ? never : null) : never)

/** Whether a function returns chunks: whether it is an async generator, or returns another async iterable. */
export type IsStreaming<Method> = Method extends (...args: never) => infer Result
  ? unknown extends Awaited<Result>
    ? false
    : [Awaited<Result>] extends [never]
      ? false
      : [Awaited<Result>] extends [AsyncIterable<unknown>]
        ? true
        : false
  : false

/** The type of the result of a server's function, at the client; `null` for a function that returns nothing, `never` for one that returns chunks. */
export type ResultOf<Method> = Method extends (...args: never) => infer Result
  ? IsStreaming<Method> extends true
    ? never
    : SentOf<Awaited<Result>>
  : unknown
