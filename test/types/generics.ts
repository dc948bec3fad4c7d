// The public generics that an app names in its own functions; the others are tested where they are used.
import {
  createSocketActions,
  createSocketMiddleware,
  getSocketSelectors,
  raw,
  socketConnect,
  type Address,
  type Codec,
  type Command,
  type CommandCreator,
  type CommandMeta,
  type ConnectOutcome,
  type ConnectPayload,
  type Contract,
  type Frame,
  type MessageOfType,
  type MessageType,
  type OpenContext,
  type ProviderContext,
  type RawOptions,
  type SendMeta,
  type SendResult,
  type SocketActions,
  type SocketCommandCreators,
  type SocketDispatch,
  type SocketEvent,
  type SocketEventCreator,
  type SocketEventCreators,
  type SocketEvents,
  type SocketMiddlewareInstance,
  type SocketMiddlewareOptions,
  type SocketSelectors,
  type SocketState,
  type ValueOrFactory,
} from '../../src/index.js'
import { framed, type MultiMessageCodec } from '../../src/features/index.js'
import { createSocketMiddleware as createAll } from '../support/allFeatures.js'
import type { Equal, Expect } from './expect.js'

interface Root {
  readonly token: string
}
type Tick = { type: 'tick'; price: bigint } | { type: 'halt'; at: Date }
interface Prices {
  send: { ask: string }
  receive: Tick
}
const prices = createSocketActions('prices').withTypes<Prices>()

export type Sets = [
  Expect<Equal<Parameters<SocketActions<Prices>['send']>[0], { ask: string }>>,
  Expect<Equal<SocketCommandCreators<Prices>['send'], typeof prices.send>>,
  Expect<Equal<SocketEventCreators<string>['message'], SocketEventCreator<string>>>,
  Expect<
    Equal<typeof prices.message, SocketEventCreator<{ type: 'tick'; price: string } | { type: 'halt'; at: string }>>
  >,
]
/** For any set of actions: only what is sent and received is the set's own. */
export const restart = async <C extends Contract>(
  { reconnect, name }: SocketActions<C>,
  dispatch: SocketDispatch,
): Promise<string> => `${name}: ${await dispatch(reconnect())}`
export const restarted = (dispatch: SocketDispatch) => restart(prices, dispatch)

export type Commands = [
  Expect<Equal<Command<1, 2>['payload'], 1>>,
  Expect<Equal<Command<1, 2, { id: string }>['meta']['id'], string>>,
  Expect<Equal<CommandMeta<1>['socket'], string>>,
  Expect<Equal<ReturnType<CommandCreator<[a: 1], 2, 3>>, Command<2, 3>>>,
  Expect<Equal<Parameters<CommandCreator<[a: 1, b?: 2], 2, 3>>, [a: 1, b?: 2]>>,
  Expect<Equal<ReturnType<typeof prices.send>, Command<{ ask: string }, SendResult, SendMeta>>>,
]
export const dispatchAny = <Returned>(
  dispatch: SocketDispatch,
  command: { type: string; meta: CommandMeta<Returned> },
): Returned => dispatch(command)
const connected = (dispatch: SocketDispatch) => dispatchAny(dispatch, socketConnect())
export type Connected = Expect<Equal<Awaited<ReturnType<typeof connected>>, ConnectOutcome>>
// Reducers may get another payload than the one that was dispatched.
const sentIn = (action: unknown) => (prices.send.match(action) ? action.payload.ask : undefined)
const seenBy = (creator: CommandCreator<[], Date, void, object, string>, action: unknown) =>
  creator.match(action) ? action.payload : undefined
const urlIn = (action: unknown) => (socketConnect.match(action) ? action.payload : undefined)
export type Seen = [
  Expect<Equal<ReturnType<typeof sentIn>, string | undefined>>,
  Expect<Equal<ReturnType<typeof seenBy>, string | undefined>>,
  Expect<Equal<ReturnType<typeof urlIn>, ConnectPayload | undefined>>,
]

export type Events = [
  Expect<Equal<SocketEvent<1>['payload'], 1>>,
  Expect<Equal<ReturnType<SocketEventCreator<1>>, SocketEvent<1>>>,
  Expect<Equal<typeof prices.opened, SocketEventCreator<SocketEvents['opened']>>>,
]

export type Messages = [
  Expect<Equal<MessageType<Tick>, 'tick' | 'halt'>>,
  Expect<Equal<MessageType<unknown>, string>>,
  Expect<Equal<MessageType<{ kind: 'tick' }>, never>>,
  Expect<Equal<MessageType<Tick | number>, 'tick' | 'halt'>>,
  Expect<Equal<MessageOfType<Tick, 'halt'>, { type: 'halt'; at: Date }>>,
  Expect<Equal<MessageOfType<Tick, 'tick' | 'halt'>, Tick>>,
  Expect<Equal<MessageOfType<Tick, 'other'>, never>>,
  Expect<Equal<MessageOfType<{ type: 'a' | 'b'; n: 1 } | { type: 'c' }, 'a'>, { type: 'a' | 'b'; n: 1 }>>,
  Expect<Equal<MessageOfType<{ type: string; n: 1 }, 'a'>, { type: string; n: 1 }>>,
  Expect<Equal<MessageOfType<unknown, 'a'>, { readonly type: 'a'; readonly payload?: unknown }>>,
]

// Options that are created elsewhere.
export const url: ValueOrFactory<string, ProviderContext<Root>> = ({ getState }) => getState().token
export const address: Address<ProviderContext<Root>> = {
  url,
  params: async ({ getState }) => ({ t: getState().token }),
}
export const withoutState: Address = { url: ({ attempt }) => `wss://example.org/${attempt}` }
export const onOpen = async ({ dispatch, getState }: OpenContext<Root>): Promise<ConnectOutcome> =>
  getState().token ? await dispatch(socketConnect()) : 'failed'
export const options: SocketMiddlewareOptions<Prices, Root> = {
  ...address,
  onOpen,
  actions: prices,
  toActions: (message) => (message.type === 'tick' ? { type: message.price.slice(1) } : undefined),
}
export const create = createSocketMiddleware.withTypes<Root>()
export const made: Pick<SocketMiddlewareInstance, 'middleware' | 'dispose'>[] = [
  create(options),
  create<Prices>({ toActions: (message) => (message.type === 'halt' ? { type: message.at } : undefined) }),
  // @ts-expect-error -- without withTypes the state is unknown
  createSocketMiddleware(options),
]
export const wrap = <C extends Contract>(given: SocketMiddlewareOptions<C>) => createAll({ lazy: true, ...given })
export const wrapped = wrap({ actions: prices, toActions: ({ type }) => ({ type }) })

// Codecs.
// Frames with several messages.
const lines = framed({ encode: (line: string) => line, decode: (frame) => (frame as string).split('\n') })
const parts = framed((): MultiMessageCodec<Tick, number, string> => ({ encode: () => '', decode: async () => [1] }))
export type FramedTests = [
  Expect<Equal<typeof lines, Codec<string, string, string>>>,
  Expect<Equal<typeof parts, Codec<Tick, number, string>>>,
]
// @ts-expect-error `decode` returns an array.
framed({ encode: String, decode: String })

export const codecs: Codec<never>[] = [raw(), raw({ binaryType: 'blob' })]
const asBytes = raw()
const asBlobs = raw({ binaryType: 'blob' })
const either = (given: RawOptions) => raw(given)
export type Raw = [
  Expect<Equal<typeof asBytes, Codec<Frame, string | ArrayBuffer>>>,
  Expect<Equal<typeof asBlobs, Codec<Frame, string | Blob>>>,
  Expect<Equal<ReturnType<typeof either>, Codec<Frame, string | ArrayBuffer | Blob>>>,
  Expect<Equal<RawOptions<'blob'>['binaryType'], 'blob' | undefined>>,
]
// @ts-expect-error -- neither
raw({ binaryType: 'text' })

export const selectors: SocketSelectors<Root> = getSocketSelectors(() => undefined)
export type Selected = Expect<Equal<ReturnType<SocketSelectors<Root>['selectSocket']>, SocketState>>
