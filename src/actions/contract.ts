import type { StandardSchemaV1 } from '@standard-schema/spec'

/** What may be sent and what is received, by type. */
export interface Contract {
  /** What `send` takes, before the schema and the codec. */
  readonly send: unknown
  /** What is received, after the codec and the schema; without a schema a promise of the server's, not checked. */
  readonly receive: unknown
}

/** A schema of any library that follows Standard Schema v1 (zod, valibot, arktype and others) and gives an `Output`, or none. */
export type MaybeSchema<Output = unknown> = StandardSchemaV1<unknown, Output> | undefined

/** Schemas of both directions, of any library that follows Standard Schema v1: zod, valibot, arktype and others. They may be async and may transform. */
export interface SocketSchema<Receive extends MaybeSchema = MaybeSchema, Send extends MaybeSchema = MaybeSchema> {
  /** What is received is checked by it, and is what it makes of that. @default unchecked */
  readonly receive?: Receive
  /** What is sent is checked by it; what it makes of that goes to the codec. @default unchecked */
  readonly send?: Send
}

/** What a schema takes; without one, anything. */
export type InputOf<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferInput<Schema> : unknown

/** What a schema gives; without one, who knows. */
export type OutputOf<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : unknown

/** The {@link Contract} that a pair of schemas says: `SchemaContract<typeof schema>`. */
export interface SchemaContract<Schema extends SocketSchema> extends Contract {
  /** What the send schema takes. */
  readonly send: InputOf<Schema['send']>
  /** What the receive schema gives. */
  readonly receive: OutputOf<Schema['receive']>
}

/** What stands in an action for bytes that were sent. */
export interface BinarySize {
  /** How many bytes there are. */
  readonly byteLength: number
  /** The media type of a Blob; empty where nobody knows it. */
  readonly type: string
}

/** What stands in an action for received bytes, which stay outside the store: `readBinary(id)` has them. */
export interface BinaryHandle extends BinarySize {
  /** For `readBinary`, `binaryUrl` and `releaseBinary`. */
  readonly id: string
}

/** A Blob by its shape: where nothing declares the name, neither the DOM nor Node's types, it would be `any`, and so would be everything. */
interface BlobLike {
  readonly size: number
  readonly type: string
  slice(start?: number, end?: number, contentType?: string): BlobLike
}

/** What an array or a tuple becomes. An array is written out, for only so may types hold themselves: `type Json = Json[] | …`. */
type PlainList<Value extends readonly unknown[], Handle> = Value extends readonly (infer Item)[]
  ? Item[] extends Value
    ? readonly Item[] extends Value
      ? readonly Plain<Item, Handle>[]
      : Plain<Item, Handle>[]
    : { [Key in keyof Value]: Plain<Value[Key], Handle> }
  : never

/** `Key`, unless the property holds nothing but functions. */
type DataKey<Key, Value> = [Value] extends [never] ? Key : Value extends (...args: never) => unknown ? never : Key

/** What a Map becomes: an object when every key is a string, as it is in an empty one, else its entries. */
type PlainMap<Key, Item, Handle> =
  // Not a Record: it would be worked out at once, and without an end for a Map of such Maps.
  | { [key: string]: Plain<Item, Handle> }
  | ([Plain<Key, Handle>] extends [string] ? never : [Plain<Key, Handle>, Plain<Item, Handle>][])

/**
 * What a value is in the store: plain data. A `Date`, and whatever has a `toJSON`, is what that gives, a BigInt its digits, bytes a `Handle`, a Set an
 * array, a Map an object or, when a key is no string, its entries; methods are not there. `unknown` stays `unknown`.
 */
export type Plain<Value, Handle = BinaryHandle> = unknown extends Value
  ? Value
  : Value extends string | number | boolean | null | undefined
    ? Value
    : Value extends bigint
      ? string
      : Value extends ArrayBuffer | ArrayBufferView | BlobLike
        ? Handle
        : Value extends ReadonlyMap<infer Key, infer Item>
          ? PlainMap<Key, Item, Handle>
          : Value extends ReadonlySet<infer Item>
            ? Plain<Item, Handle>[]
            : Value extends { toJSON: (...args: never) => infer Json }
              ? Plain<Json, Handle>
              : Value extends readonly unknown[]
                ? PlainList<Value, Handle>
                : Value extends (...args: never) => unknown
                  ? never
                  : Value extends object
                    ? { [Key in keyof Value as DataKey<Key, NonNullable<Value[Key]>>]: Plain<Value[Key], Handle> }
                    : never
