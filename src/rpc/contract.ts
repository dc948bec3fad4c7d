/** Which functions a server has, and which data its channels push, by name; for `createRpcActions(…).withTypes<…>()`. */
export interface RpcContract {
  /** The server's functions: `typeof functions`, each `(params, context?) => result`. */
  readonly methods: object
  /** What each channel pushes. */
  readonly channels: object
}

/** Whether nothing is known: every name is then allowed. */
type IsOpen<Names> = [keyof Names] extends [never] ? true : false

/** The names of what is known; any, when nothing is. */
export type NameIn<Names> = IsOpen<Names> extends true ? string : keyof Names & string

/** What a channel pushes. */
export type DataOf<Channels, Channel> = Channel extends keyof Channels ? Channels[Channel] : unknown

/** What a client gives to a server's function: its first parameter. The context, which comes second, is the server's own. */
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

/** Keys that JSON leaves out. */
type JsonKey<Key, Value> = Key extends symbol
  ? never
  : [NonNullable<Value>] extends [(...args: never) => unknown]
    ? [NonNullable<Value>] extends [never]
      ? Key
      : never
    : Key

/** A value as JSON makes of it: a Date is a text, `undefined` in a list is `null`, functions are not there, a Map is empty. */
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

/** What a client gets from a server's function; of nothing, `null`. */
export type ResultOf<Method> = Method extends (...args: never) => infer Result
  ? Awaited<Result> extends infer Given
    ? [Given] extends [undefined]
      ? null
      : [Given] extends [void]
        ? null
        : Json<Exclude<Given, undefined>> | (undefined extends Given ? (unknown extends Given ? never : null) : never)
    : never
  : unknown
