import { configureStore } from '@reduxjs/toolkit'
import {
  createProtocol,
  createSocketActions,
  createSocketMiddleware,
  socketReducer,
  type CustomProtocol,
  type Protocol,
  type ProtocolCommand,
  type ProtocolCommandHandler,
  type ProtocolFactory,
  type SendResult,
  type SocketsState,
  type SocketState,
} from '../../src/index.js'
import { createSocketServer, type CallContext } from '../../src/server/index.js'
import {
  createRemote,
  createRpcActions,
  getRpcSelectors,
  jsonRpc,
  selectPendingCount,
  selectSubscription,
  socketBatch,
  socketNotify,
  socketPush,
  socketRequest,
  socketSubscribe,
  socketUnsubscribe,
  type Json,
  type RequestHandle,
  type RequestResult,
  type RpcProblem,
  type RpcSocketState,
  type SubscriptionState,
} from '../../src/rpc/index.js'
import type { Equal, Expect } from './expect.js'

const socket = createSocketMiddleware({
  protocol: jsonRpc({ methods: { confirm: (params: { text: string }) => params.text } }),
})
const store = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})

interface Context {
  readonly signal: AbortSignal
}
interface Post {
  readonly id: number
  readonly at: Date
  readonly tags: Set<string>
  readonly note?: string
  readonly list: readonly (number | undefined)[]
  readonly save: () => void
}
/** A server's functions, in the forms that they come in. */
interface Functions {
  getPost: (params: { id: number }, context: Context) => Promise<Post>
  getOwn: (this: Context, params: { id: number }) => number
  list: () => string[]
  search: (params?: { text: string }) => Promise<Post | undefined>
  onlyContext: (params: undefined, context: Context) => void
  anything: (params: unknown) => unknown
  then: () => number
}
interface JsonPost {
  readonly id: number
  readonly at: string
  readonly tags: Record<string, never>
  readonly note?: string
  readonly list: readonly (number | null)[]
}

// What dispatch returns.
const untyped = store.dispatch(socketRequest('getPost', { id: 1 }))
const promised = store.dispatch(socketRequest<{ title: string }>('getPost'))
export type Returned = [
  Expect<Equal<typeof untyped, RequestHandle>>,
  Expect<Equal<typeof promised, RequestHandle<{ title: string }>>>,
  Expect<Equal<Awaited<typeof promised>, RequestResult<{ title: string }>>>,
  Expect<Equal<Awaited<ReturnType<typeof promised.unwrap>>, { title: string }>>,
]
export const notified: SendResult = store.dispatch(socketNotify('log'))
export const subscription: string = store.dispatch(socketSubscribe('news', { topic: 'sea' }))
export const ended: void = store.dispatch(socketUnsubscribe(subscription))
export const count: number = selectPendingCount(store.getState())
export const known: SubscriptionState | undefined = selectSubscription(store.getState(), subscription)

// The state stands in the entry of the connection.
const entry = store.getState().socket['default'] as RpcSocketState
export const open: SocketState['status'] = entry.status
export const table: Readonly<Record<string, SubscriptionState>> = entry.subscriptions
export const elsewhere: number = getRpcSelectors((state: { live?: SocketsState }) => state.live).selectPendingCount({})

export const narrowed = async (): Promise<string | number> => {
  const { data, error } = await promised
  if (error) {
    const problem: RpcProblem = error
    return problem.code
  }
  return data.title
}

// The actions that a contract types.
interface Contract {
  readonly methods: Functions
  readonly channels: { readonly news: { readonly title: string }; readonly ticks: number }
}
const rpc = createRpcActions(createSocketActions('app')).withTypes<Contract>()
const post = store.dispatch(rpc.request('getPost', { id: 1 }, { timeout: 5 }))
const found = store.dispatch(rpc.request('search'))
const nothing = store.dispatch(rpc.request('onlyContext'))
export type Typed = [
  Expect<Equal<Awaited<ReturnType<typeof post.unwrap>>, JsonPost>>,
  Expect<Equal<Awaited<ReturnType<typeof found.unwrap>>, JsonPost | null>>,
  Expect<Equal<Awaited<ReturnType<typeof nothing.unwrap>>, null>>,
]
store.dispatch(rpc.subscribe('news'))
// @ts-expect-error no such method
rpc.request('getUser')
// @ts-expect-error the params are missing
rpc.request('getPost')
// @ts-expect-error the params are others
rpc.request('getPost', { id: 'one' })
// @ts-expect-error no such channel
rpc.subscribe('weather')
// @ts-expect-error no such method
rpc.notify('log')

export const read = (action: unknown): string => {
  if (socketPush.match(action)) return String(action.payload.data)
  if (!rpc.push.match(action)) return ''
  const { payload } = action
  return payload.channel === 'news' ? payload.data.title : payload.data.toFixed(2)
}

// The params of notifications are those of the method, those of subscriptions are in the contract.
interface Topics {
  readonly methods: {
    readonly log: (line: string) => void
    readonly mark: (at?: number) => void
    readonly tick: () => void
  }
  readonly channels: { readonly posts: string[]; readonly ticks: number; readonly all: string }
  readonly channelParams: {
    readonly posts: { readonly tag: string }
    readonly ticks: { readonly every: number } | undefined
  }
}
const topics = createRpcActions({ name: 'topics' }).withTypes<Topics>()
export const typedCalls = [
  topics.notify('log', 'line', { ttl: 5 }),
  topics.notify('mark'),
  topics.notify('mark', 7),
  topics.notify('tick'),
  topics.subscribe('posts', { tag: 'sea' }, { shared: true }),
  topics.subscribe('ticks'),
  topics.subscribe('ticks', { every: 5 }),
  topics.subscribe('ticks', undefined, { shared: true }),
  topics.subscribe('all'),
  topics.subscribe('all', ['anything']),
]
// @ts-expect-error the params are missing
topics.notify('log')
// @ts-expect-error the params are others
topics.notify('log', 7)
// @ts-expect-error the function takes no params
topics.notify('tick', 1)
// @ts-expect-error the params are missing
topics.subscribe('posts')
// @ts-expect-error the params are others
topics.subscribe('posts', { tag: 1 })
// @ts-expect-error unknown param
topics.subscribe('posts', { tag: 'sea', tags: [] })
// @ts-expect-error the params are others
topics.subscribe('ticks', { every: 'day' })
// @ts-expect-error no such channel
topics.subscribe('tags')
// Without a contract everything is accepted.
export const untypedCalls = [rpc.subscribe('news', 7), socketSubscribe('any', { a: 1 }), socketNotify('any', [1])]

// All members of a contract are optional.
const onlyMethods = createRpcActions({ name: 'a' }).withTypes<{
  methods: { add: (pair: [number, number]) => number }
}>()
const onlyChannels = createRpcActions({ name: 'b' }).withTypes<{ channels: { ticks: number } }>()
const added = store.dispatch(onlyMethods.request('add', [1, 2]))
export type Optional = [Expect<Equal<Awaited<ReturnType<typeof added.unwrap>>, number>>]
onlyMethods.subscribe('anything')
onlyChannels.request('anything', { a: 1 })
// @ts-expect-error no such channel
onlyChannels.subscribe('tocks')
// @ts-expect-error no such method
onlyMethods.request('sub')

// The server's functions.
const remote = createRemote<Functions>({ overSocket: /get/ })
const own = store.dispatch(remote.getOwn({ id: 1 }))
const list = store.dispatch(remote.list())
const any = store.dispatch(remote.anything(7))
const got = store.dispatch(remote.getPost({ id: 1 }))
export type Called = [
  Expect<Equal<typeof own, RequestHandle<number>>>,
  Expect<Equal<typeof list, RequestHandle<string[]>>>,
  Expect<Equal<typeof any, RequestHandle>>,
  Expect<Equal<typeof got, RequestHandle<JsonPost>>>,
]
// @ts-expect-error the context is the server's own
remote.getPost({ id: 1 }, { signal: new AbortController().signal })
export type Absent = [Expect<Equal<Extract<keyof typeof remote, 'then' | 'getUser'>, never>>]

const positional = createRemote<{ add: (a: number, b: number) => number }>({ positional: true })
export const sum: Promise<number> = store.dispatch(positional.add(1, 2)).unwrap()
// @ts-expect-error one is missing
positional.add(1)

export type Jsons = [
  Expect<Equal<Json<[Date, undefined, () => void]>, [string, null, null]>>,
  Expect<Equal<Json<{ a: URL; b: Map<string, number> }>, { a: string; b: Record<string, never> }>>,
  Expect<Equal<Json<unknown>, unknown>>,
  Expect<Equal<Json<{ a: number } | null>, { a: number } | null>>,
]

// @ts-expect-error jsonRpc's result is what is given, not the function itself
createSocketMiddleware({ protocol: jsonRpc })

// A batch gives of each call what its own dispatch would.
const batched = store.dispatch(
  socketBatch([socketRequest<number>('add', [1, 2]), socketNotify('log'), rpc.request('getPost', { id: 1 })]),
)
const listed = store.dispatch(socketBatch(['a', 'b'].map((method) => socketRequest<string>(method))))
export type Batched = [
  Expect<Equal<(typeof batched)[0], RequestHandle<number>>>,
  Expect<Equal<(typeof batched)[1], SendResult>>,
  Expect<Equal<(typeof batched)[2], RequestHandle<JsonPost>>>,
  Expect<Equal<(typeof listed)[number], RequestHandle<string>>>,
]
// @ts-expect-error neither a request nor a notification
socketBatch([socketSubscribe('news')])

// The option takes what createProtocol returns, not the function itself.
const factory: ProtocolFactory = () => ({})
createSocketMiddleware({ protocol: createProtocol(factory) })
// @ts-expect-error not made by createProtocol
createSocketMiddleware({ protocol: factory })

// The commands of a user's protocol are typed by their handlers.
const chat = createProtocol((host) => ({
  commands: {
    say: ({ payload }: ProtocolCommand<{ readonly text: string }>) => host.send(payload).delivery,
    leave: async (_command: ProtocolCommand<undefined>) => await Promise.resolve(1),
    any: ({ payload }) => payload,
  },
}))
createSocketMiddleware({ protocol: chat })
const saidDelivery = store.dispatch(chat.command('say')({ text: 'hello' }))
const left = store.dispatch(chat.command('leave', createSocketActions('app'))())
const anything = store.dispatch(chat.command('any')(1))
export type FromCommands = [
  Expect<Equal<typeof saidDelivery, SendResult['delivery']>>,
  Expect<Equal<typeof left, Promise<number>>>,
  Expect<Equal<typeof anything, unknown>>,
]
// @ts-expect-error the payload has no text
chat.command('say')({})
interface Handlers {
  readonly [verb: string]: ProtocolCommandHandler
  readonly count: (command: ProtocolCommand<number>) => Set<number>
}
const counting: Protocol<Handlers> = { commands: { count: ({ payload }) => new Set([payload]) } }
const counter: CustomProtocol<Handlers> = createProtocol<Handlers>(() => counting)
const counted = store.dispatch(counter.command('count')(1))
export type Counted = Expect<Equal<typeof counted, Set<number>>>
// @ts-expect-error the payload is missing
chat.command('say')()
// @ts-expect-error no such command
chat.command('shout')

// The server's own functions, as server.methods gives them back.
const functions = createSocketServer({ noServer: true }).methods({
  getPost: (id: number, { user }: CallContext) => ({ id, at: new Date(0), isMine: user !== undefined }),
})
const ownPost = store.dispatch(createRemote<typeof functions>().getPost(1))
export type OwnPost = Expect<Equal<typeof ownPost, RequestHandle<{ id: number; at: string; isMine: boolean }>>>
