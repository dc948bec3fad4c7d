// The options of createSocketMiddleware.
import { createAction, createAsyncThunk, createSlice, isAnyOf } from '@reduxjs/toolkit'
import { WebSocket as MockWebSocket } from 'mock-socket'
import { WebSocket as WsWebSocket } from 'ws'
import {
  createSocketMiddleware,
  exponentialBackoff,
  json,
  socketConnect,
  socketEndpoint,
  text,
  type Backoff,
  type Codec,
  type SocketMiddlewareOptions,
} from '../../src/index.js'
import type { Equal, Expect } from './expect.js'

export const none = [createSocketMiddleware(), createSocketMiddleware({})]

export const all: Required<Pick<SocketMiddlewareOptions, 'connectTimeout' | 'closeTimeout' | 'autoBatch'>> &
  SocketMiddlewareOptions = {
  url: socketEndpoint('https://example.org', '/ws'),
  path: '/ws',
  params: { token: 'x', page: 1, on: true, no: null, neither: undefined },
  protocols: ['v2', 'v1'],
  connectTimeout: 1,
  closeTimeout: 1,
  autoBatch: false,
  maxMessageBytes: 1,
  reserved: ['api/'],
  respondToPing: { ping: 'hi' },
  reconnect: { backoff: exponentialBackoff({ minDelay: 1 }), maxRetries: 3, minUptime: 0, random: Math.random },
  queue: { maxMessages: 1, maxBytes: 1, ttl: 1, overflow: 'drop-oldest' },
}
export const switchedOff = createSocketMiddleware({ respondToPing: false, reconnect: false, queue: false })
export const urls = [
  createSocketMiddleware({ url: new URL('wss://example.org') }),
  createSocketMiddleware({ url: () => 'wss://example.org' }),
  createSocketMiddleware({ url: async () => new URL('wss://example.org') }),
]

// @ts-expect-error -- unknown option
createSocketMiddleware({ uri: 'wss://example.org' })
// @ts-expect-error -- unknown option of a group
createSocketMiddleware({ queue: { size: 1 } })
// @ts-expect-error -- a number, not a text
createSocketMiddleware({ connectTimeout: '10s' })
// @ts-expect-error -- on is the default, off is false
createSocketMiddleware({ reconnect: true })
// @ts-expect-error -- neither drop-newest nor drop-oldest
createSocketMiddleware({ queue: { overflow: 'drop' } })
// @ts-expect-error -- a url function returns a url
createSocketMiddleware({ url: () => 1 })
// @ts-expect-error -- a parameter is a text, a number or a boolean
createSocketMiddleware({ params: { filter: { deep: true } } })
// @ts-expect-error -- a backoff returns milliseconds
createSocketMiddleware({ reconnect: { backoff: () => '1s' } })
// @ts-expect-error -- not an address
socketConnect({ url: 1 })

// Any WebSocket class.
export const classes = [
  createSocketMiddleware({ WebSocket }),
  createSocketMiddleware({ WebSocket: WsWebSocket }),
  createSocketMiddleware({ WebSocket: MockWebSocket }),
  createSocketMiddleware({ WebSocket: globalThis.WebSocket }),
]
// @ts-expect-error -- not a WebSocket
createSocketMiddleware({ WebSocket: Date })
// @ts-expect-error -- a class, not a socket
createSocketMiddleware({ WebSocket: new WsWebSocket('ws://localhost') })

// Codecs.
const numbers: Codec<number, number> = {
  encode: (value) => new Float64Array([value]),
  decode: (frame) => (typeof frame === 'string' ? Number(frame) : (new Float64Array(frame)[0] ?? NaN)),
}
export const codecs = [
  createSocketMiddleware({ codec: json() }),
  createSocketMiddleware({ codec: text() }),
  createSocketMiddleware({ codec: numbers }),
  createSocketMiddleware({ codec: { encode: String, decode: String } }),
]
export type TextIsText = Expect<Equal<ReturnType<typeof text>, Codec<string, string, string>>>
// @ts-expect-error -- a codec needs decode too
createSocketMiddleware({ codec: { encode: String } })
// @ts-expect-error -- a frame is text or bytes
createSocketMiddleware({ codec: { encode: () => 1, decode: String } })
// @ts-expect-error -- json is a function that creates a codec
createSocketMiddleware({ codec: json })
createSocketMiddleware({ codec: { encode: async () => '', decode: async (frame) => typeof frame } })
// @ts-expect-error -- a frame is text or bytes, also when it is async
createSocketMiddleware({ codec: { encode: async () => 1, decode: String } })

// Rules of every kind.
const plain = createAction('posts/cleared')
const added = createAction<{ id: string }>('posts/added')
const prepared = createAction('posts/renamed', (id: string, name: string) => ({ payload: { id, name } }))
const slice = createSlice({
  name: 'posts',
  initialState: 0,
  reducers: { counted: (state, { payload }: { payload: number }) => state + payload },
})
const loaded = createAsyncThunk('posts/loaded', (id: string) => id)
for (const rule of [
  plain,
  added,
  prepared,
  slice.actions.counted,
  loaded.fulfilled,
  'posts/removed',
  /posts\//,
  isAnyOf(added, prepared),
  ({ type }: { type: string }) => type.endsWith('/shared'),
  { type: 'posts/own', match: (action: { type: string }) => action.type === 'posts/own' },
]) {
  createSocketMiddleware({ accept: rule, forward: rule })
}
export const rules = createSocketMiddleware({
  accept: [plain, added, prepared, slice.actions.counted, loaded.fulfilled, 'posts/removed', /posts\//, isAnyOf(added)],
  forward: ({ type, meta }) => type.startsWith('chat/') && meta === undefined,
})
// @ts-expect-error -- not a rule
createSocketMiddleware({ accept: 1 })
// @ts-expect-error -- these are not either
createSocketMiddleware({ accept: [added, { name: 'posts' }] })
// @ts-expect-error -- a predicate returns a boolean
createSocketMiddleware({ accept: ({ type }) => type })

// Callbacks.
interface RootState {
  readonly auth: { readonly token: string }
}
const create = createSocketMiddleware.withTypes<RootState>()
export const typed = create({
  url: ({ getState, attempt, lastClose, signal, reason }) => {
    const facts: [number, number | null | undefined, boolean, 'connect' | 'retry' | 'refresh'] = [
      attempt,
      lastClose?.code,
      signal.aborted,
      reason,
    ]
    return `wss://example.org/${facts.length}?token=${getState().auth.token}`
  },
  params: async ({ getState }) => ({ token: getState().auth.token }),
  protocols: ({ getState }) => [getState().auth.token],
  onOpen: async ({ dispatch, getState, reconnected }) => {
    const state: Expect<Equal<ReturnType<typeof getState>, RootState>> = true
    const outcome: 'open' | 'reconnecting' | 'closed' | 'failed' = await dispatch(socketConnect())
    dispatch(added({ id: outcome }))
    const given: string = dispatch((_dispatch, getRoot) => getRoot().auth.token)
    return [state, given, reconnected]
  },
})
create({
  url: ({ getState }) => {
    // @ts-expect-error -- the state has no such slice
    void getState().user
    return ''
  },
})
createSocketMiddleware({
  url: ({ getState }) => {
    // @ts-expect-error -- without withTypes the state is unknown
    void getState().auth
    return ''
  },
})

const backoff: Backoff = (attempt, { random, code }) => attempt * 1000 * random() + (code ?? 0)
export const reconnecting = createSocketMiddleware({
  reconnect: {
    backoff,
    shouldReconnect: ({ code, reason, wasClean, opened, attempt }) =>
      code === 4000 && wasClean && opened && attempt < 3 ? { delay: reason.length } : true,
  },
})
