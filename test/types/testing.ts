// `reduplex/testing`: its class is one for the option `WebSocket`, and what `next`, `reply` and the recorder are given decides the types of what they return.
import type { afterEach as jestHook } from '@jest/globals'
import type { afterEach as nodeHook } from 'node:test'
import type { afterEach as vitestHook } from 'vitest'
import { configureStore, createAction, type UnknownAction } from '@reduxjs/toolkit'
import { createSocketMiddleware, socketOpened, socketReducer, type WebSocketClass } from '../../src/index.js'
import { createServerSocket, createSocketServer } from '../../src/server/index.js'
import {
  createFakeServer,
  expectAllClosed,
  manualClock,
  recordActions,
  type ActionMatch,
  type ActionRecorder,
  type FakeConnection,
  type FakeServer,
  type MessageCreator,
  type MessageTest,
} from '../../src/testing/index.js'
import type { Equal, Expect } from './expect.js'

const said = createAction<string>('said')
const server = createFakeServer()

server.WebSocket satisfies WebSocketClass
server.WebSocket satisfies new (url: string, protocols?: string[]) => object
const socket = createSocketMiddleware({ WebSocket: server.WebSocket })
const store = configureStore({
  reducer: { socket: socketReducer },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})

interface Call {
  readonly method: string
}
type Said = ReturnType<typeof said>

const messages = {
  any: server.next(),
  creator: server.next(said),
  type: server.next('said'),
  predicate: server.next((call: Call) => call.method === 'get'),
}
void (messages satisfies {
  any: Promise<unknown>
  creator: Promise<Said>
  type: Promise<unknown>
  predicate: Promise<Call>
})
export type Messages = [
  Expect<Equal<Awaited<typeof messages.any>, unknown>>,
  Expect<Equal<Awaited<typeof messages.creator>, Said>>,
  Expect<Equal<Awaited<typeof messages.predicate>, Call>>,
  Expect<Equal<Parameters<Extract<MessageTest<Call>, (message: Call) => boolean>>, [message: Call]>>,
]
said satisfies MessageCreator<Said>

server.reply(said, (action, connection) => {
  void (true satisfies Equal<typeof action.payload, string>)
  void (true satisfies Equal<typeof connection, FakeConnection>)
})
server.reply(
  (call: Call) => call.method === 'get',
  async (call) => call.method,
)
// @ts-expect-error -- the answer is a function
server.reply(said, said('x'))
// @ts-expect-error -- the modes are accept, refuse and hold
createFakeServer({ mode: 'manual' })
// @ts-expect-error -- an unknown option
createFakeServer({ delay: 10 })

const recorder = recordActions(store)
recorder satisfies ActionRecorder
const opened = recorder.next(socketOpened)
const some = recorder.next(({ type }) => type === 'said')
const many = recorder.nextMany(2, said)
export type Recorded = [
  Expect<Equal<Awaited<typeof opened>['payload']['reconnected'], boolean>>,
  Expect<Equal<Awaited<typeof some>, UnknownAction>>,
  Expect<Equal<Awaited<typeof many>, Said[]>>,
  Expect<Equal<ReturnType<ActionRecorder['count']>, number>>,
]
said satisfies ActionMatch<Said>

const clock = manualClock({ now: 0 })
void clock.advance(10)
void clock.advance('backoff')
void clock.advance('heartbeat')
// @ts-expect-error -- there is no such step
void clock.advance('retry')

const companion = createSocketServer({ noServer: true })
createFakeServer({
  serve: (transport, request) => {
    const served = createServerSocket(transport)
    companion.attach(served.socket, request)
    return served
  },
}) satisfies FakeServer

// A hook of each runner, and a call with the context of its hook.
expectAllClosed satisfies Parameters<typeof jestHook>[0]
expectAllClosed satisfies Parameters<typeof nodeHook>[0]
expectAllClosed satisfies Parameters<typeof vitestHook>[0]
export const hooks = (afterEachOf: { node: typeof nodeHook; vitest: typeof vitestHook }): void => {
  afterEachOf.node((context) => expectAllClosed(context))
  afterEachOf.vitest((context) => expectAllClosed(context))
}

recordActions(store, 'default', { nextTimeout: Infinity })
// @ts-expect-error the limit is a number
recordActions(store, 'default', { nextTimeout: '4s' })
