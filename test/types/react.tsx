import type { ReactNode } from 'react'
import { configureStore, createAction } from '@reduxjs/toolkit'
import { createSocketActions, socketReducer, type ConnectOutcome, type SendResult } from '../../src/index.js'
import type { StreamActions } from '../../src/query/index.js'
import {
  createSocketHooks,
  useReconnectCountdown,
  useSocket,
  useSocketConnection,
  useSocketMessage,
  useSubscription,
  type SocketHooks,
  type SocketView,
  type SubscriptionView,
} from '../../src/react/index.js'
import { createRpcActions, type RpcProblem } from '../../src/rpc/index.js'
import type { Equal, Expect } from './expect.js'

type Sent = { readonly subscribe: string }
type Received = { readonly type: 'price'; readonly price: number } | { readonly type: 'halt'; readonly why: string }
interface Api {
  channels: { ticks: number; news: { readonly title: string } }
}

const prices = createSocketActions('prices').withTypes<{ send: Sent; receive: Received }>()
const rpc = createRpcActions(prices).withTypes<Api>()
const store = configureStore({ reducer: { live: socketReducer } })
type RootState = ReturnType<typeof store.getState>

/** Takes what does not compile unless it holds. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it is there for its bound
const expects = <_Holds extends readonly true[]>(): null => null

/** What there is without types. */
export function Untyped(): ReactNode {
  const socket = useSocket()
  useSocket('prices')
  // @ts-expect-error names are texts
  useSocket(7)
  type View = Expect<Equal<typeof socket, SocketView>>
  type Sends = Expect<Equal<ReturnType<typeof socket.send>, SendResult>>
  type SendsAnything = Expect<Equal<Parameters<typeof socket.send>[0], unknown>>
  type Connects = Expect<Equal<Awaited<ReturnType<typeof socket.connect>>, ConnectOutcome>>
  type Reconnects = Expect<Equal<Awaited<ReturnType<typeof socket.reconnect>>, ConnectOutcome>>
  type Closes = Expect<Equal<Awaited<ReturnType<typeof socket.close>>, 'closed'>>
  type Open = Expect<Equal<typeof socket.isOpen, boolean>>
  type RetryAt = Expect<Equal<typeof socket.retryAt, number | null>>

  const said = createAction<{ text: string }>('said')
  useSocketMessage(said, ({ payload }) => payload.text.length)
  useSocketMessage('said', ({ type, payload }) => {
    type Typed = Expect<Equal<typeof type, 'said'>>
    type Payload = Expect<Equal<typeof payload, unknown>>
    return expects<[Typed, Payload]>()
  })
  useSocketMessage(/said/, (message) => {
    type Message = Expect<Equal<typeof message, unknown>>
    return expects<[Message]>()
  })
  useSocketMessage(
    (message): message is Date => message instanceof Date,
    (message) => message.getTime(),
    'prices',
  )
  // @ts-expect-error a handler is a function
  useSocketMessage('said')

  const any = useSubscription('anything', { a: 1 }, { onData: (data) => data, skip: true, actions: 'prices' })
  type Any = Expect<Equal<typeof any, SubscriptionView>>
  const promised = useSubscription<number>('anything', undefined, { onData: (data) => data.toFixed() })
  type Promised = Expect<Equal<typeof promised.data, number | undefined>>
  type Problem = Expect<Equal<typeof promised.error, RpcProblem | undefined>>
  type Status = Expect<Equal<typeof promised.status, 'idle' | 'pending' | 'active' | 'failed'>>

  const countdown = useReconnectCountdown('prices')
  type Countdown = Expect<Equal<typeof countdown, number | null>>

  useSocketConnection({ url: new URL('ws://x'), params: { token: 'a' }, skip: false }, 'prices')
  // @ts-expect-error unknown
  useSocketConnection({ uri: 'ws://x' })
  return expects<
    [View, Sends, SendsAnything, Connects, Reconnects, Closes, Open, RetryAt, Any, Promised, Problem, Status, Countdown]
  >()
}

/** What a set of actions makes of the hooks that take a name. */
export function ByActions(): ReactNode {
  const socket = useSocket(prices)
  type View = Expect<Equal<typeof socket, SocketView<Sent>>>
  socket.send({ subscribe: 'ACME' })
  // @ts-expect-error not what the contract says
  socket.send({ subscribe: 1 })

  useSocketMessage('price', ({ price }) => price.toFixed(), prices)
  useSocketMessage(/p.*/, (message) => message.type, prices)
  useSocketMessage(
    (message) => message.type === 'halt',
    (message) => message.type,
    prices,
  )
  useSocketMessage(
    (message): message is Extract<Received, { type: 'halt' }> => message.type === 'halt',
    ({ why }) => why.length,
    prices,
  )
  // @ts-expect-error no such message
  useSocketMessage('prize', () => {}, prices)

  const ticks = useSubscription('ticks', undefined, { actions: rpc, onData: (tick) => tick.toFixed() })
  type Ticks = Expect<Equal<typeof ticks, SubscriptionView<number>>>
  useSubscription('weather', undefined, { actions: createRpcActions({ name: 'prices' }) })
  useSubscription('ticks', undefined, { actions: prices })

  const countdown = useReconnectCountdown(prices)
  type Countdown = Expect<Equal<typeof countdown, number | null>>
  useSocketConnection({ skip: true }, prices)
  // @ts-expect-error not a set of actions
  useSocketConnection({}, { title: 'prices' })
  return expects<[View, Ticks, Countdown]>()
}

export const hooks = createSocketHooks({
  actions: prices,
  rpc,
  selectSockets: (state: RootState) => state.live,
})
export type Hooks = Expect<Equal<typeof hooks, SocketHooks<{ send: Sent; receive: Received }, Api>>>

/** The types that a contract gives it. */
export function Typed(): ReactNode {
  const { send } = hooks.useSocket()
  send({ subscribe: 'ACME' })
  // @ts-expect-error not what the contract says
  send({ subscribe: 1 })
  // @ts-expect-error the hooks are of one connection
  hooks.useSocket('other')

  hooks.useSocketMessage('price', ({ price }) => price.toFixed())
  hooks.useSocketMessage(/p/, (message) => message.type)
  hooks.useSocketMessage(
    (message) => message.type === 'halt',
    (message) => message.type,
  )
  // @ts-expect-error no such message
  hooks.useSocketMessage('prize', () => {})

  const { data } = hooks.useSubscription('ticks', undefined, { onData: (tick) => tick.toFixed() })
  type Ticks = Expect<Equal<typeof data, number | undefined>>
  const news = hooks.useSubscription('news', { topic: 'all' })
  type News = Expect<Equal<typeof news, SubscriptionView<{ readonly title: string }>>>
  // @ts-expect-error no such channel
  hooks.useSubscription('weather')
  return expects<[Ticks, News]>()
}

const topics = createRpcActions({ name: 'topics' }).withTypes<{
  readonly channels: { readonly posts: string[]; readonly all: string }
  readonly channelParams: { readonly posts: { readonly tag: string } }
}>()
export const streamActions: StreamActions = topics
const { useSubscription: useTopic } = createSocketHooks({ rpc: topics })

/** What a contract makes of the params of a subscription. */
export function TypedParams(): ReactNode {
  const { data } = useTopic('posts', { tag: 'sea' }, { onData: (posts) => posts.length })
  type Posts = Expect<Equal<typeof data, string[] | undefined>>
  useTopic('all')
  // @ts-expect-error the params are missing
  useTopic('posts')
  // @ts-expect-error the params are others
  useTopic('posts', { tag: 1 })

  const global = useSubscription('posts', { tag: 'sea' }, { actions: topics, onData: (posts) => posts.length })
  type Global = Expect<Equal<typeof global.data, string[] | undefined>>
  useSubscription('all', undefined, { actions: topics })
  useSubscription('all', { any: 'params' }, { actions: topics })
  // @ts-expect-error the params are missing
  useSubscription('posts', undefined, { actions: topics })
  // @ts-expect-error the params are others
  useSubscription('posts', { tag: 1 }, { actions: topics })
  // @ts-expect-error no such channel
  useSubscription('postings', undefined, { actions: topics })
  useSubscription('postings', { tag: 1 }, { actions: 'topics' })
  return expects<[Posts, Global]>()
}

/** By one of both sets, or by types alone. */
export const onlyRpc = createSocketHooks({ rpc })
export const onlyActions = createSocketHooks({ actions: prices })
export const neither: SocketHooks = createSocketHooks()
export const receiving: SocketHooks<{ receive: Received }> = createSocketHooks<{ receive: Received }>()
export const listening: SocketHooks<{ receive: Received }>['useSocketMessage'] = receiving.useSocketMessage
// @ts-expect-error unknown
createSocketHooks({ action: prices })
