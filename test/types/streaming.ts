import { configureStore } from '@reduxjs/toolkit'
import { createSocketActions, createSocketMiddleware, socketReducer } from '../../src/index.js'
import {
  createRemote,
  createRpcActions,
  createStreaming,
  jsonRpc,
  socketRequestStream,
  type ChunkOf,
  type RequestHandle,
  type RequestStream,
  type RequestStreamCreator,
  type ResultOf,
  type ReturnedOf,
} from '../../src/rpc/index.js'
import type { Equal, Expect } from './expect.js'

const socket = createSocketMiddleware({ protocol: jsonRpc() })
const store = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})

interface Functions {
  tell: (params: { about: string }, context: object) => AsyncGenerator<{ word: string; at: Date }, { count: number }>
  clock: () => AsyncGenerator<number, void, unknown>
  maybe: (params?: number) => AsyncGenerator<string | undefined, Date | undefined>
  lines: (file: string) => AsyncIterable<string>
  later: () => Promise<AsyncIterable<number>>
  add: (params: [number, number]) => number
  anything: () => unknown
  then: () => AsyncGenerator<number>
}

type Word = { readonly word: string; readonly at: string }

export type Cases = [
  Expect<Equal<ChunkOf<Functions['tell']>, { word: string; at: string }>>,
  Expect<Equal<ReturnedOf<Functions['tell']>, { count: number }>>,
  Expect<Equal<ChunkOf<Functions['clock']>, number>>,
  Expect<Equal<ReturnedOf<Functions['clock']>, null>>,
  Expect<Equal<ChunkOf<Functions['maybe']>, string | null>>,
  Expect<Equal<ReturnedOf<Functions['maybe']>, string | null>>,
  Expect<Equal<ChunkOf<Functions['lines']>, string>>,
  Expect<Equal<ReturnedOf<Functions['lines']>, null>>,
  Expect<Equal<ChunkOf<Functions['later']>, number>>,
  Expect<Equal<ChunkOf<Functions['add']>, never>>,
  Expect<Equal<ChunkOf<Functions['anything']>, unknown>>,
  Expect<Equal<ReturnedOf<Functions['anything']>, unknown>>,
  Expect<Equal<ResultOf<Functions['tell']>, never>>,
  Expect<Equal<ResultOf<Functions['add']>, number>>,
]

// Without a contract.
const loose = store.dispatch(socketRequestStream('tell', { about: 'rain' }, { window: 4, timeout: 50 }))
const typed = store.dispatch(socketRequestStream<Word, number>('tell'))
export type Untyped = [
  Expect<Equal<typeof loose, RequestStream>>,
  Expect<Equal<typeof typed, RequestStream<Word, number>>>,
]

export const read = async (): Promise<void> => {
  for await (const word of typed) word.word satisfies string
  const { data, error } = await typed.result
  if (data !== undefined) data satisfies number
  error?.message satisfies string | undefined
}

// A stream is an async iterable for the functions that take one.
typed satisfies AsyncIterable<Word>

// With a contract.
const actions = createRpcActions(createSocketActions('chat')).withTypes<{ methods: Functions }>()
const { requestStream } = createStreaming(actions)
requestStream satisfies RequestStreamCreator<Functions>
const words = store.dispatch(requestStream('tell', { about: 'rain' }))
const ticks = store.dispatch(requestStream('clock'))
const strings = store.dispatch(requestStream('maybe', undefined, { window: 1 }))
export type Typed = [
  Expect<Equal<typeof words, RequestStream<{ word: string; at: string }, { count: number }>>>,
  Expect<Equal<typeof ticks, RequestStream<number, null>>>,
  Expect<Equal<typeof strings, RequestStream<string | null, string | null>>>,
]
// @ts-expect-error A function that answers with one result.
requestStream('add', [1, 2])
// @ts-expect-error Params of another function.
requestStream('tell', { of: 'rain' })
// @ts-expect-error A function that the contract does not have.
requestStream('nobody')
// @ts-expect-error A function that answers in chunks is no request.
actions.request('tell', { about: 'rain' })
actions.request('add', [1, 2])
actions.request('anything')
// @ts-expect-error An option of requests only.
requestStream('clock', undefined, { retry: true })

// createRemote.
const remote = createRemote<Functions>({
  overSocket: /.*/,
  streams: { names: ['tell', 'clock'], request: socketRequestStream },
})
const remoteWords = store.dispatch(remote.tell({ about: 'rain' }))
const sum = store.dispatch(remote.add([1, 2]))
export type Remote = [
  Expect<Equal<typeof remoteWords, RequestStream<{ word: string; at: string }, { count: number }>>>,
  Expect<Equal<typeof sum, RequestHandle<number>>>,
]
createRemote<Functions>({ streams: { names: 'tell', request: requestStream } })
// @ts-expect-error Another command.
createRemote<Functions>({ streams: { names: 'tell', request: actions.request } })
// @ts-expect-error The command that reads chunks is missing.
createRemote<Functions>({ streams: { names: 'tell' } })

const positional = createRemote<{ count: (from: number, to: number) => AsyncGenerator<number> }>({
  positional: true,
  streams: { names: 'count', request: socketRequestStream },
})
const counted = store.dispatch(positional.count(1, 2))
export type Positional = Expect<Equal<typeof counted, RequestStream<number, null>>>
