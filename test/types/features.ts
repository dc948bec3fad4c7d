// Features: the options that they bring, what the instance gains, and the interface for features of the app's own.
import type { UnknownAction } from '@reduxjs/toolkit'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import {
  asyncFeature,
  binaryFeature,
  buildSocketMiddleware,
  createListening,
  createSocketActions,
  createSocketMiddleware,
  handshakeFeature,
  idleFeature,
  json,
  queueFeature,
  schemaFeature,
  socketConnect,
  type BinaryExtension,
  type CallbackContext,
  type CompleteContract,
  type ConnectionContext,
  type ConnectOutcome,
  type Contract,
  type CreateSocketMiddleware,
  type ExtensionOf,
  type Feature,
  type HandshakeContext,
  type HasMatch,
  type KeyOf,
  type ListeningActions,
  type MappedActions,
  type MaybePromise,
  type ProviderContext,
  type SocketMiddlewareInstance,
  type StorePort,
} from '../../src/index.js'
import { handoverFeature, rateFeature, serverMayComeBack, type SendRateOptions } from '../../src/features/index.js'
import type { Equal, Expect } from './expect.js'

// The default set has no option of the other features.
export const withDefaultSet = createSocketMiddleware({
  path: '/ws',
  params: {},
  heartbeat: { interval: 1, timeout: 1 },
  queue: { maxMessages: 1 },
  reconnect: { maxRetries: 1 },
})
// @ts-expect-error -- needs asyncFeature
createSocketMiddleware({ codecs: [json()] })
// @ts-expect-error -- needs binaryFeature
createSocketMiddleware({ binary: {} })
// @ts-expect-error -- needs handshakeFeature
createSocketMiddleware({ handshake: () => {} })
// @ts-expect-error -- needs idleFeature
createSocketMiddleware({ lazy: true })
// @ts-expect-error -- needs idleFeature
createSocketMiddleware({ idleTimeout: 1 })
// @ts-expect-error -- needs schemaFeature
createSocketMiddleware({ schema: {} })
// @ts-expect-error -- needs binaryFeature
void createSocketMiddleware().readBinary

// @ts-expect-error -- needs rateFeature
createSocketMiddleware({ rate: { perSecond: 1 } })
export const paced = [
  createSocketMiddleware.with(rateFeature)({ rate: { perSecond: 5, burst: 2 } }),
  createSocketMiddleware.with(rateFeature)({ rate: { perSecond: 0.5 } }),
  buildSocketMiddleware(rateFeature, handoverFeature)({ rate: false }),
]
export const sendRate: SendRateOptions = { perSecond: 1 }
// @ts-expect-error -- perSecond is required
createSocketMiddleware.with(rateFeature)({ rate: { burst: 1 } })
// @ts-expect-error -- unknown member
createSocketMiddleware.with(rateFeature)({ rate: { perSecond: 1, perMinute: 1 } })

export const handover = socketConnect({ url: 'wss://example.org', handover: true, keepQueue: false })
// @ts-expect-error -- left out, or true
socketConnect({ handover: 'yes' })

// A preset for `reconnect`.
export const comesBack = createSocketMiddleware({
  reconnect: serverMayComeBack({
    maxRetries: 1,
    shouldReconnect: ({ code }) => (code === 4001 ? 'refresh' : undefined),
  }),
})
// @ts-expect-error -- a function that returns the options
createSocketMiddleware({ reconnect: serverMayComeBack })

// `.with` adds the options of a feature, and what the instance gains by it.
const create = createSocketMiddleware.with(binaryFeature, idleFeature)
const instance = create({ lazy: true, binary: { maxCount: 1 }, path: '/ws' })
export type Gained = [
  Expect<Equal<typeof instance.readBinary, BinaryExtension['readBinary']>>,
  Expect<Equal<typeof instance.dispose, () => void>>,
]
// @ts-expect-error -- needs handshakeFeature
create({ handshake: () => {} })
export const twice = createSocketMiddleware.with(asyncFeature).with(handshakeFeature)({
  codecs: [json()],
  handshake: () => {},
})

// `.with` and `.withTypes` compose in both orders.
interface Root {
  readonly token: string
}
interface Extra {
  readonly log: (text: string) => void
}
export const typedFirst = createSocketMiddleware.withTypes<Root, Extra>().with(handshakeFeature)({
  handshake: ({ getState, extra, send }) => {
    extra.log(getState().token)
    send(1)
  },
})
export const typedLast = createSocketMiddleware.with(handshakeFeature).withTypes<Root, Extra>()({
  params: ({ getState, extra }) => {
    extra.log('params')
    return { token: getState().token }
  },
  onOpen: ({ extra }) => extra.log('open'),
  handshake: ({ getState }) => getState().token,
})
export type Contexts = [
  Expect<Equal<ProviderContext<Root, Extra>['extra'], Extra>>,
  Expect<Equal<ProviderContext<Root>['extra'], unknown>>,
  Expect<Equal<HandshakeContext<Contract, Root, Extra>['extra'], Extra>>,
  Expect<Equal<ReturnType<CallbackContext<Root>['getState']>, Root>>,
]
/** A callback's dispatch takes thunks and commands. */
export const dispatchIn = ({ dispatch }: CallbackContext<Root, Extra>, command: Parameters<typeof dispatch>[0]) => [
  dispatch((_dispatch, getState, extra) => extra.log(getState().token)),
  dispatch({ type: 'app/ready' }),
  dispatch(command),
]

// Without features.
const createBare = buildSocketMiddleware()
export const bare = createBare({ url: 'wss://example.org', respondToPing: false })
// @ts-expect-error -- needs queueFeature
createBare({ queue: {} })
// @ts-expect-error -- needs addressFeature
createBare({ params: {} })
export const withQueue = buildSocketMiddleware(queueFeature)({ queue: { maxMessages: 1 } })
export const kept: CreateSocketMiddleware<'queue', object> = buildSocketMiddleware(queueFeature)

// The instance carries its actions and their types.
interface Prices {
  send: { ask: string }
  receive: { price: number }
}
const prices = createSocketActions('prices').withTypes<Prices>()
const typed = createSocketMiddleware({ actions: prices })
export const sent = typed.actions.send({ ask: 'A' })
// @ts-expect-error -- the contract says what is sent
typed.actions.send({ ask: 1 })
export const name: SocketMiddlewareInstance['name'] = typed.name

export type OneWay = Expect<Equal<CompleteContract<Pick<Prices, 'receive'>>['send'], unknown>>

// A schema of the options types them too.
declare const priceSchema: StandardSchemaV1<unknown, { price: number }>
declare const questionSchema: StandardSchemaV1<{ ask: string }, string>
const checked = createSocketMiddleware.with(schemaFeature)({ schema: { receive: priceSchema, send: questionSchema } })
export const checkedMessage: Expect<Equal<ReturnType<typeof checked.actions.message>['payload'], Prices['receive']>> =
  true
checked.actions.send({ ask: 'A' })
// @ts-expect-error -- the schema says what is sent
checked.actions.send({ ask: 1 })

// Schemas of the actions reach the callbacks, with the feature.
export const withSchema = createSocketMiddleware.with(schemaFeature)({
  actions: prices,
  toActions: ({ price }) => ({ type: 'prices/changed', payload: price }),
})

// Listening on a named connection.
const listening: ListeningActions<{ readonly price: number } | Prices['receive']> = createListening(prices)
const isPrice: HasMatch<Prices['receive']> = {
  type: 'price',
  match: (message): message is Prices['receive'] => typeof message === 'object',
}
export const listen = listening.listen(isPrice, ({ price }) => price.toFixed())

// What `toActions` may return.
export const mapped: MappedActions<Root>[] = [
  { type: 'a' },
  (dispatch, getState) => dispatch({ type: getState().token }),
  [{ type: 'a' }, (dispatch) => dispatch({ type: 'b' })],
  undefined,
]
export const mapping = createSocketMiddleware.withTypes<Root>()({
  toActions: (message) => (dispatch, getState) => {
    dispatch({ type: getState().token, payload: message } satisfies UnknownAction)
  },
})
// @ts-expect-error -- neither an action nor a thunk
createSocketMiddleware({ toActions: () => 'a' })

// A feature of the app's own.
const counts = ({ connection, store }: ConnectionContext): StorePort =>
  connection.phase() === 'open' ? store : { ...store, name: 'none' }
const counter: Feature<never, { readonly count: () => number }> = {
  options: [],
  order: 55,
  create: (context) => {
    counts(context)
    return { onMessage: (message): boolean => message === 'counted' }
  },
  extend: (connections) => ({ count: () => Array.from(connections()).length }),
}
export const counted: number = createSocketMiddleware.with(counter)().count()
export const soon: MaybePromise<ConnectOutcome>[] = ['open', Promise.resolve('open')]

// What a list of features brings, for a factory of the app's own.
type Some = [typeof idleFeature, typeof binaryFeature]

export type OptionsOfSome = Expect<Equal<KeyOf<Some>, 'lazy' | 'idleTimeout' | 'binary'>>
export type InstanceOfSome = Expect<Equal<ExtensionOf<Some>['readBinary'], BinaryExtension['readBinary']>>
