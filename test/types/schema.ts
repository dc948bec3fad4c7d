// Schemas of three libraries: their input is sent, their output is received.
import { configureStore, createSlice } from '@reduxjs/toolkit'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import {
  createListening,
  createSocketActions,
  socketReducer,
  type BinaryHandle,
  type Contract,
  type HandshakeContext,
  type InputOf,
  type MaybeSchema,
  type OutputOf,
  type Plain,
  type SchemaContract,
  type SocketActions,
  type SocketActionsOptions,
  type SocketSchema,
} from '../../src/index.js'
import { createSocketMiddleware } from '../support/allFeatures.js'
import type { Equal, Expect } from './expect.js'

// Each with a transform both ways: a number is sent as text, a text is received as a Date.
const withZod = {
  receive: z.object({ at: z.string().transform((text) => new Date(text)), note: z.optional(z.string()) }),
  send: z.object({ page: z.number().transform(String) }),
}
const withValibot = {
  receive: v.object({
    at: v.pipe(
      v.string(),
      v.transform((text) => new Date(text)),
    ),
    note: v.optional(v.string()),
  }),
  send: v.object({ page: v.pipe(v.number(), v.transform(String)) }),
}
const withArktype = {
  receive: type({ at: type('string').pipe((text) => new Date(text)), 'note?': 'string' }),
  send: type({ page: type('number').pipe(String) }),
}

interface Note {
  at: Date
  note?: string | undefined
}
interface PageRequest {
  page: number
}
/** One that leaves `note` out, and never has `undefined`. */
interface ExactNote {
  at: Date
  note?: string
}

const zod = createSocketActions({ name: 'zod', schema: withZod })
const valibot = createSocketActions({ name: 'valibot', schema: withValibot })
const arktype = createSocketActions({ schema: withArktype })

export type TheActionsAreTypedByThem = [
  Expect<Equal<typeof zod, SocketActions<{ readonly send: PageRequest; readonly receive: Note }>>>,
  Expect<Equal<typeof valibot, SocketActions<{ readonly send: PageRequest; readonly receive: Note }>>>,
  Expect<Equal<typeof arktype, SocketActions<{ readonly send: PageRequest; readonly receive: ExactNote }>>>,
]

export const sent = [zod.send({ page: 1 }), valibot.send({ page: 1 }), arktype.send({ page: 1 })]
// @ts-expect-error -- a text is the output of the schema, not its input
zod.send({ page: '1' })
// @ts-expect-error -- a text is the output of the schema, not its input
valibot.send({ page: '1' })
// @ts-expect-error -- a text is the output of the schema, not its input
arktype.send({ page: '1' })
// @ts-expect-error -- this is what is received
zod.send({ at: new Date() })

// Events have messages as they are in the store, listeners as they were decoded.
const received = [zod.message.type, zod, valibot, arktype] as const
export type InTheStore = [
  Expect<Equal<ReturnType<(typeof received)[1]['message']>['payload'], { at: string; note?: string | undefined }>>,
  Expect<Equal<ReturnType<(typeof received)[2]['message']>['payload'], { at: string; note?: string | undefined }>>,
  Expect<Equal<ReturnType<(typeof received)[3]['message']>['payload'], { at: string; note?: string }>>,
]
export const slice = createSlice({
  name: 'said',
  initialState: { at: '' },
  reducers: {},
  extraReducers: (builder) =>
    builder.addMatcher(arktype.message.match, (state, { payload }) => {
      state.at = payload.at
      // @ts-expect-error -- a Date is a text in the store
      const decoded: Date = payload.at
      void decoded
    }),
})
export const listening = createListening(zod).listen(
  ({ at }) => at.getTime() > 0,
  ({ at }) => at.getTime(),
)

// The middleware is typed by the set of actions that it is given.
export const byActions = [
  createSocketMiddleware({
    actions: zod,
    toActions: (message) => {
      const text: Expect<Equal<typeof message, { at: string; note?: string | undefined }>> = true
      return { type: message.at, text }
    },
    handshake: async ({ send, receive }) => {
      send({ page: 1 })
      // @ts-expect-error -- not what is sent
      send({ page: '1' })
      const message = await receive()
      const decoded: Expect<Equal<typeof message, Note>> = true
      return decoded
    },
  }),
  createSocketMiddleware({ toActions: ({ at }) => ({ type: at }), actions: valibot }),
  createSocketMiddleware({
    actions: arktype,
    toActions: ({ at, note = '' }) => [{ type: at }, { type: note }],
  }),
]

// Without a set, or with one that is not typed, the option types the callbacks, wherever it is.
export const byOption = [
  createSocketMiddleware({
    schema: withZod,
    toActions: (message) => {
      const text: Expect<Equal<typeof message, { at: string; note?: string | undefined }>> = true
      return { type: message.at, text }
    },
    handshake: async ({ send, receive }) => {
      send({ page: 1 })
      // @ts-expect-error -- not what is sent
      send({ page: '1' })
      const message = await receive()
      const decoded: Expect<Equal<typeof message, Note>> = true
      return decoded
    },
  }),
  createSocketMiddleware({ toActions: ({ at }) => ({ type: at }), schema: { receive: withValibot.receive } }),
  createSocketMiddleware({ toActions: ({ at }) => ({ type: at }), schema: { receive: withArktype.receive } }),
  createSocketMiddleware({
    schema: { receive: z.object({ kind: z.literal('tick'), price: z.number() }) },
    toActions: (message) => ({ type: message.kind, payload: message.price.toFixed(2) }),
  }),
  createSocketMiddleware({
    schema: {
      receive: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('a'), n: z.number() }),
        z.object({ kind: z.literal('b') }),
      ]),
    },
    toActions: (message) => (message.kind === 'a' ? { type: 'a', payload: message.n } : undefined),
  }),
  createSocketMiddleware({
    actions: createSocketActions('said'),
    schema: withZod,
    toActions: ({ at }) => ({ type: at }),
    handshake: ({ send }) => send({ page: 1 }),
  }),
]
createSocketMiddleware({
  schema: withZod,
  // @ts-expect-error -- a Date is a text by then
  toActions: ({ at }: { at: Date }) => ({ type: at.toISOString() }),
})
createSocketMiddleware({
  schema: { send: withZod.send },
  toActions: (message) => {
    // @ts-expect-error -- what is received is not typed
    void message.at
    return undefined
  },
})

interface RootState {
  readonly auth: { readonly token: string }
}
export const withRoot = createSocketMiddleware.withTypes<RootState>()({
  handshake: async ({ send, receive, getState }) => {
    send({ page: getState().auth.token.length })
    // @ts-expect-error -- the state has no such slice
    void getState().user
    return (await receive()).at.getTime()
  },
  toActions: (message) => ({ type: message.at.slice(0, 4) }),
  schema: withZod,
})

// A contract written by hand wins, and the output of the schema must agree with it. (The input is not compared.)
interface Ticks {
  send: { page: number }
  receive: { at: Date }
}
const ticks = createSocketActions('ticks').withTypes<Ticks>()
export const agreed = createSocketMiddleware({ actions: ticks, schema: withZod, toActions: ({ at }) => ({ type: at }) })
// @ts-expect-error -- what is received would be something else
createSocketMiddleware({ actions: ticks, schema: { receive: z.object({ at: z.number() }) } })

// One direction, or none.
const onlyIn = createSocketActions({ schema: { receive: z.number() } })
const onlyOut = createSocketActions({ schema: { send: z.number() } })
const neither = createSocketActions({ name: 'x' })
export type OneDirection = [
  Expect<Equal<typeof onlyIn, SocketActions<{ readonly send: unknown; readonly receive: number }>>>,
  Expect<Equal<typeof onlyOut, SocketActions<{ readonly send: number; readonly receive: unknown }>>>,
  Expect<Equal<typeof neither, SocketActions>>,
]
// @ts-expect-error -- not a schema
createSocketActions({ schema: { receive: (value: unknown) => value } })
// @ts-expect-error -- a misspelt direction
createSocketActions({ schema: { recieve: z.number() } })
// @ts-expect-error -- a misspelt direction beside a right one
createSocketActions({ schema: { receive: z.number(), sent: z.number() } })
// @ts-expect-error -- one schema is for one direction
createSocketActions({ schema: z.number() })
// @ts-expect-error -- unknown option
createSocketActions({ nam: 'x' })
// @ts-expect-error -- a misspelt direction
createSocketMiddleware({ schema: { recieve: z.number() } })
// @ts-expect-error -- not a schema
createSocketMiddleware({ schema: { receive: Number } })

// The contract of a pair of schemas, by name.
export type ByName = [
  Expect<Equal<SchemaContract<typeof withZod>['send'], PageRequest>>,
  Expect<Equal<SchemaContract<typeof withValibot>['receive'], Note>>,
  Expect<Equal<SchemaContract<{ receive: typeof withArktype.receive }>['send'], unknown>>,
  Expect<Equal<SchemaContract<SocketSchema>['receive'], unknown>>,
  Expect<Equal<InputOf<typeof withZod.send>, PageRequest>>,
  Expect<Equal<OutputOf<typeof withZod.send>, { page: string }>>,
  Expect<Equal<OutputOf<undefined>, unknown>>,
]
export const schema: SocketSchema = withZod
export const given: SocketActionsOptions<typeof withZod.receive> = { schema: { receive: withZod.receive } }
export const maybe: MaybeSchema[] = [undefined, withZod.send, withValibot.send, withArktype.send]
export const widely: SocketActionsOptions = { name: 'x', schema: withArktype }
// Types that were widened: anything is sent, and what is received is unknown.
const forgetful = createSocketActions(widely)
export type Forgotten = Expect<Equal<typeof forgetful, SocketActions>>

// Through a function of the app's own.
export const connectionOf = <Receive extends MaybeSchema, Send extends MaybeSchema>(
  name: string,
  both: SocketSchema<Receive, Send>,
) => createSocketActions({ name, schema: both })
const own = connectionOf('own', withZod)
export type Own = Expect<Equal<Parameters<typeof own.send>[0], PageRequest>>

// Bytes.
const bytes = createSocketActions({
  schema: { receive: z.object({ picture: z.instanceof(Uint8Array) }), send: z.instanceof(Blob) },
})
const picture = () => bytes.message({ picture: { id: 'x', byteLength: 1, type: '' } }).payload.picture
export type InTheStoreAHandle = Expect<Equal<ReturnType<typeof picture>, BinaryHandle>>
bytes.send(new Blob())
// @ts-expect-error -- not bytes
bytes.send({ byteLength: 1, type: '' })

// Asynchronous schemas, and branded values.
const branded = createSocketActions({
  schema: {
    receive: z.object({ id: z.string().brand<'Id'>() }),
    send: z.string().refine(async () => await Promise.resolve(true)),
  },
})
type Id = z.core.$brand<'Id'> & string
const idOf = () => branded.message({ id: 'x' as Id }).payload.id
export type StaysBranded = Expect<Equal<ReturnType<typeof idOf>, string & z.core.$brand<'Id'>>>
export const text = branded.send('x')

// What a handshake is given.
export type Handshakes = [
  Expect<Equal<Parameters<HandshakeContext<Ticks>['send']>, [value: { page: number }]>>,
  Expect<Equal<Awaited<ReturnType<HandshakeContext<Ticks>['receive']>>, { at: Date }>>,
  Expect<Equal<Awaited<ReturnType<HandshakeContext['receive']>>, unknown>>,
  Expect<Equal<ReturnType<HandshakeContext<Contract, RootState>['getState']>, RootState>>,
  Expect<Equal<Plain<Ticks['receive']>, { at: string }>>,
]

export const store = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(byActions[0]!.middleware),
})
export const delivery = () => store.dispatch(zod.send({ page: 1 })).delivery
