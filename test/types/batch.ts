// The options of `reduplex/batch` and `reduplex/lifecycle`: what `toActions` and `key` get, and which factory has the options.
import { configureStore, createAction } from '@reduxjs/toolkit'
import { z } from 'zod'
import { batchFeature, listenerBytes, type BatchOptions } from '../../src/batch/index.js'
import {
  createSocketActions,
  createSocketMiddleware,
  getSocketSelectors,
  schemaFeature,
  selectIsLost,
  socketSlice,
  type IsLostOptions,
  type SocketState,
} from '../../src/index.js'
import {
  lifecycleFeature,
  reactNativeLifecycle,
  type AppStateLike,
  type Lifecycle,
  type NetInfoLike,
} from '../../src/lifecycle/index.js'
import { refetch } from '../../src/query/index.js'
import { useIsLost, type UseIsLostOptions } from '../../src/react/index.js'
import type { Equal, Expect } from './expect.js'

interface Tick {
  readonly symbol: string
  readonly price: number
}
const ticked = createAction<readonly Tick[]>('ticked')

// @ts-expect-error -- needs batchFeature
createSocketMiddleware({ batch: { within: 16 } })
// @ts-expect-error -- needs lifecycleFeature
createSocketMiddleware({ lifecycle: { onPause: () => () => {}, onResume: () => () => {} } })

// Without the feature `toActions` gets one message, with it an array, whether or not `batch` is given.
createSocketMiddleware({
  toActions: (message) => {
    void (true satisfies Equal<typeof message, unknown>)
    return undefined
  },
})
const create = createSocketMiddleware.with(batchFeature)
create({
  toActions: (messages) => {
    void (true satisfies Equal<typeof messages, readonly unknown[]>)
    return undefined
  },
})
create({ batch: { within: 16 }, toActions: (messages) => messages.map((payload) => ({ type: 'a', payload })) })
// @ts-expect-error -- a text is no time
create({ batch: { within: '16' } })

// The output of a schema, as plain data.
const receive = z.object({ symbol: z.string(), price: z.string().transform(Number) })
create.with(schemaFeature)({
  schema: { receive },
  batch: {
    key: (message) => {
      void (true satisfies Equal<typeof message.price, number>)
      return message.symbol
    },
  },
  toActions: (messages) => {
    void (true satisfies Equal<(typeof messages)[number]['price'], number>)
    // @ts-expect-error -- an array has no such member
    void messages.price
    return ticked(messages)
  },
})
createSocketMiddleware.with(schemaFeature)({
  schema: { receive },
  toActions: ({ price }) => ticked([{ symbol: '', price }]),
})

// The contract of a set of actions, and the types of `withTypes`.
const prices = createSocketActions('prices').withTypes<{ send: never; receive: Tick }>()
create.withTypes<{ n: number }>()({
  actions: prices,
  batch: { within: 16, key: ({ symbol }) => symbol },
  toActions: (messages) => [
    ticked(messages),
    (_dispatch, getState) => {
      void (true satisfies Equal<ReturnType<typeof getState>, { n: number }>)
    },
  ],
})
export type Options = Expect<Equal<Parameters<NonNullable<BatchOptions<Tick>['key']>>, [message: Tick]>>

createSocketMiddleware.with(
  listenerBytes(),
  listenerBytes((bytes) => 'byteLength' in bytes),
)
// @ts-expect-error -- a predicate returns a boolean
listenerBytes(() => 'yes')

// Lifecycle adapters.
export const adapter: Lifecycle = { onPause: () => () => {}, onResume: () => () => {} }
createSocketMiddleware.with(lifecycleFeature)({ lifecycle: { ...adapter, isOnline: () => true } })
// @ts-expect-error -- onResume is missing
createSocketMiddleware.with(lifecycleFeature)({ lifecycle: { onPause: () => () => {} } })
export const phone = (appState: AppStateLike, netInfo: NetInfoLike): readonly Lifecycle[] => [
  reactNativeLifecycle(appState),
  reactNativeLifecycle(appState, netInfo),
]

// Downtime.
const store = configureStore({ reducer: { socket: socketSlice.reducer } })
const options: IsLostOptions = { after: 3_000, name: 'prices' }
export const lost = [
  selectIsLost(store.getState()),
  selectIsLost(store.getState(), options),
  getSocketSelectors((state: ReturnType<typeof store.getState>) => state.socket).selectIsLost(
    store.getState(),
    options,
  ),
  socketSlice.selectors.selectIsLost(store.getState(), { after: 1 }),
] satisfies boolean[]
// @ts-expect-error -- the name is an option
selectIsLost(store.getState(), 'prices')
export type LostAt = Expect<Equal<SocketState['lostAt'], number | null>>
export const useBanners = (hookOptions: UseIsLostOptions): readonly boolean[] => [
  useIsLost(hookOptions, prices),
  useIsLost({ after: 1 }),
  useIsLost({}, 'prices'),
]

export const apply = (draft: Tick[], push: Tick): unknown => (push.price < 0 ? refetch() : void draft.push(push))
