import type { StandardSchemaV1 } from '@standard-schema/spec'

/** The types of what is sent and received. */
export interface Contract {
  /** What `send` takes, before the schema and the codec. */
  readonly send: unknown
  /** What is received, after the codec and the schema. Without a schema it is not checked. */
  readonly receive: unknown
}

/** A schema of any library that follows Standard Schema v1 (zod, valibot, arktype and others) with the output `Output`, or `undefined`. */
export type MaybeSchema<Output = unknown> = StandardSchemaV1<unknown, Output> | undefined

/** Schemas of both directions, of any library that follows Standard Schema v1. They may be async and may transform. */
export interface SocketSchema<Receive extends MaybeSchema = MaybeSchema, Send extends MaybeSchema = MaybeSchema> {
  /** Checks what is received; its output is the message. @default unchecked */
  readonly receive?: Receive
  /** Checks what is sent; its output goes to the codec. @default unchecked */
  readonly send?: Send
}

/** Input type of the schema; `unknown` without one. */
export type InputOf<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferInput<Schema> : unknown

/** Output type of the schema; `unknown` without one. */
export type OutputOf<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : unknown

/** The {@link Contract} of a pair of schemas: `SchemaContract<typeof schema>`. */
export interface SchemaContract<Schema extends SocketSchema> extends Contract {
  /** Input of the send schema. */
  readonly send: InputOf<Schema['send']>
  /** Output of the receive schema. */
  readonly receive: OutputOf<Schema['receive']>
}

/** What replaces sent bytes in an action. */
export interface BinarySize {
  /** The number of bytes. */
  readonly byteLength: number
  /** The media type of a Blob; empty where it is not known. */
  readonly type: string
}

/** What replaces received bytes in an action. The bytes stay outside the store: `readBinary(id)`. */
export interface BinaryHandle extends BinarySize {
  /** For `readBinary`, `binaryUrl` and `releaseBinary`. */
  readonly id: string
}

/** The shape of a Blob. Where neither the DOM nor Node's types declare `Blob`, the name would be `any`, and every type that uses it too. */
interface BlobLike {
  readonly size: number
  readonly type: string
  slice(start?: number, end?: number, contentType?: string): BlobLike
}

/** What an array or a tuple becomes. Arrays are written out: only then can a type contain itself (`type Json = Json[] | …`). */
type PlainList<Value extends readonly unknown[], Handle> = Value extends readonly (infer Item)[]
  ? Item[] extends Value
    ? readonly Item[] extends Value
      ? readonly Plain<Item, Handle>[]
      : Plain<Item, Handle>[]
    : { [Key in keyof Value]: Plain<Value[Key], Handle> }
  : never

/** `Key`, unless the property can only be a function. */
type DataKey<Key, Value> = [Value] extends [never] ? Key : Value extends (...args: never) => unknown ? never : Key

/** What a Map becomes: an object when every key is a string, which includes an empty Map; else its entries. */
type PlainMap<Key, Item, Handle> =
  // Not a Record: TypeScript would resolve it at once, endlessly for a Map of such Maps.
  | { [key: string]: Plain<Item, Handle> }
  | ([Plain<Key, Handle>] extends [string] ? never : [Plain<Key, Handle>, Plain<Item, Handle>][])

/**
 * A value as plain data, which is what the store gets. A `Date`, and any object with `toJSON`, becomes what that returns; a BigInt becomes its digits, bytes
 * become a `Handle`, a Set becomes an array, a Map becomes an object or, when a key is not a string, its entries; methods are left out. `unknown` stays
 * `unknown`.
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
