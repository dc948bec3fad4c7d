// What a value is in the store.
import type { BinaryHandle, BinarySize, Plain } from '../../src/index.js'
import type { Equal, Expect } from './expect.js'

interface Tree {
  readonly name: string
  readonly made: Date
  readonly children: readonly Tree[]
}
interface PlainTree {
  readonly name: string
  readonly made: string
  readonly children: readonly PlainTree[]
}
type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
interface Account {
  readonly id: bigint
  owner?: string
  deposit(amount: number): void
  withdraw: (amount: number) => void
  onChange?: () => void
  neverThere?: never
}
type Id = string & { readonly brand: 'Id' }
type Euro = number & { readonly brand: 'Euro' }
declare enum Level {
  Low,
  High,
}

export type StaysAsItIs = [
  Expect<Equal<Plain<string>, string>>,
  Expect<Equal<Plain<number>, number>>,
  Expect<Equal<Plain<boolean>, boolean>>,
  Expect<Equal<Plain<null>, null>>,
  Expect<Equal<Plain<undefined>, undefined>>,
  Expect<Equal<Plain<'a' | 1 | false>, 'a' | 1 | false>>,
  Expect<Equal<Plain<Id>, Id>>,
  Expect<Equal<Plain<Euro>, Euro>>,
  Expect<Equal<Plain<Level>, Level>>,
  Expect<Equal<Plain<`a${string}`>, `a${string}`>>,
  Expect<Equal<Plain<unknown>, unknown>>,
  Expect<Equal<Plain<Record<string, unknown>>, Record<string, unknown>>>,
  Expect<Equal<Plain<never>, never>>,
  // oxlint-disable-next-line typescript/no-explicit-any -- what of it
  Expect<Equal<Plain<any>, any>>,
  Expect<Equal<Plain<{ a: unknown[] }>, { a: unknown[] }>>,
]

export type BecomesPlain = [
  Expect<Equal<Plain<Date>, string>>,
  Expect<Equal<Plain<URL>, string>>,
  Expect<Equal<Plain<bigint>, string>>,
  Expect<Equal<Plain<10n>, string>>,
  Expect<Equal<Plain<Map<string, Date>>, Record<string, string>>>,
  Expect<Equal<Plain<ReadonlyMap<Id, bigint>>, Record<string, string>>>,
  Expect<Equal<Plain<Map<bigint, 1>>, Record<string, 1>>>,
  // It depends on the keys: an empty Map is an object.
  Expect<Equal<Plain<Map<number, Date>>, Record<string, string> | [number, string][]>>,
  Expect<Equal<Plain<Map<string | number, 1>>, Record<string, 1> | [string | number, 1][]>>,
  Expect<Equal<Plain<Set<Date>>, string[]>>,
  Expect<Equal<Plain<ReadonlySet<Map<string, Set<bigint>>>>, Record<string, string[]>[]>>,
  Expect<Equal<Plain<{ toJSON: () => { at: Date } }>, { at: string }>>,
  Expect<Equal<Plain<{ toJSON: (key: string) => number; other: string }>, number>>,
]

export type BytesAreElsewhere = [
  Expect<Equal<Plain<ArrayBuffer>, BinaryHandle>>,
  Expect<Equal<Plain<Uint8Array>, BinaryHandle>>,
  Expect<Equal<Plain<DataView>, BinaryHandle>>,
  Expect<Equal<Plain<Buffer>, BinaryHandle>>,
  Expect<Equal<Plain<Blob | File>, BinaryHandle>>,
  Expect<Equal<Plain<{ data: Float64Array } | string>, { data: BinaryHandle } | string>>,
  Expect<Equal<Plain<Uint8Array[]>, BinaryHandle[]>>,
  Expect<Equal<Plain<{ data: Blob }, BinarySize>, { data: BinarySize }>>,
  Expect<Equal<Plain<Map<string, Uint8Array>, BinarySize>, Record<string, BinarySize>>>,
]

export type PartByPart = [
  Expect<Equal<Plain<{ a: Date; b: { c: bigint } }>, { a: string; b: { c: string } }>>,
  Expect<Equal<Plain<{ readonly a?: Date }>, { readonly a?: string }>>,
  Expect<Equal<Plain<{ a?: Date | undefined }>, { a?: string | undefined }>>,
  Expect<Equal<Plain<{ a: Date | null }>, { a: string | null }>>,
  Expect<Equal<Plain<Date[]>, string[]>>,
  Expect<Equal<Plain<readonly Date[][]>, readonly string[][]>>,
  Expect<Equal<Plain<[Date, number]>, [string, number]>>,
  Expect<Equal<Plain<readonly [at: Date, note?: bigint]>, readonly [at: string, note?: string]>>,
  Expect<Equal<Plain<[number, ...Date[]]>, [number, ...string[]]>>,
  Expect<Equal<Plain<{ kind: 'a'; at: Date } | { kind: 'b' }>, { kind: 'a'; at: string } | { kind: 'b' }>>,
  Expect<Equal<Plain<Record<string, Date>>, Record<string, string>>>,
  Expect<Equal<Plain<Partial<Record<'a' | 'b', Set<1>>>>, { a?: 1[]; b?: 1[] }>>,
  Expect<Equal<Plain<{ [key: number]: Date }>, { [key: number]: string }>>,
  // A method is not data.
  Expect<Equal<Plain<Account>, { readonly id: string; owner?: string; neverThere?: never }>>,
  Expect<Equal<Plain<() => void>, never>>,
  Expect<Equal<Plain<symbol>, never>>,
]

// Types that contain themselves.
export const tree = (plain: Plain<Tree>): PlainTree => plain
export const andBack = (plain: PlainTree): Plain<Tree> => plain
export const json = (plain: Plain<Json>): Json => plain
export const jsonAndBack = (plain: Json): Plain<Json> => plain
type Folder = Map<string, Folder> | Date
interface PlainFolder {
  [name: string]: PlainFolder | string
}
export const folder = (plain: Plain<Folder>): PlainFolder | string => plain
type Sum = { op: '+'; of: [Sum, Sum] } | bigint
export const sum = (plain: Plain<Sum>): string => (typeof plain === 'string' ? plain : sum(plain.of[0]))
// The limit: a tuple directly inside itself. With an object around it, as in Sum, it ends.
type List = [number, List] | null
// @ts-expect-error -- excessively deep
export const list = (plain: Plain<List>): unknown => plain

// A generic parameter.
export const first = <Item>(items: Plain<{ items: Item[] }>) => items.items[0]
