import type { UnknownAction } from '@reduxjs/toolkit'
import {
  isReceived,
  socketClose,
  socketClosed,
  socketConnect,
  socketConnecting,
  socketDropped,
  socketError,
  socketFailed,
  socketMessage,
  socketOpened,
  socketReconnect,
  socketReconnecting,
  socketSend,
} from '../../src/index.js'
import type { BuiltStore, StoreOptions } from '../support/buildStore.js'
import { equal, ok } from './check.js'
import type { Case, Environment } from './environment.js'

// What a store promises whatever the WebSocket: each case runs against every implementation, also inside a page.

const connected = async (environment: Environment, options?: StoreOptions): Promise<BuiltStore> => {
  const store = environment.createStore(options)
  equal(await store.dispatch(socketConnect()), 'open', 'the outcome of socketConnect')
  return store
}

const isFence = (action: UnknownAction): boolean => socketMessage.match(action) && action.payload === 'fence'

/** Everything that the server sent before has arrived. */
const fence = async ({ server }: Environment, { recorder }: BuiltStore): Promise<void> => {
  const seen = recorder.next(isFence)
  await server.sendText('"fence"')
  await seen
}

/** The messages so far, fences left out. */
const messages = ({ recorder }: BuiltStore): unknown[] =>
  recorder
    .of(socketMessage)
    .filter((action) => !isFence(action))
    .map(({ payload }) => payload)

const errorCodes = ({ recorder }: BuiltStore): string[] => recorder.of(socketError).map(({ payload }) => payload.code)

const opening: Case[] = [
  {
    name: 'R2 connect, open: the state follows, and the outcome is open',
    run: async (environment) => {
      const store = environment.createStore()
      equal(store.state().status, 'idle', 'status before')
      const outcome = store.dispatch(socketConnect())
      equal(store.state().status, 'connecting', 'status meanwhile')
      equal(await outcome, 'open', 'outcome')
      equal(store.state().status, 'open', 'status after')
    },
  },
  {
    name: 'connecting comes before open, once each',
    run: async (environment) => {
      const store = await connected(environment)
      const types = store.recorder.types.filter((type) => type !== 'socket/changed')
      equal(types, [socketConnect.type, socketConnecting.type, socketOpened.type], 'the actions')
    },
  },
  {
    name: 'the subprotocol that the server picked is in the event and in the state',
    run: async (environment) => {
      const store = await connected(environment, { protocols: ['chat.v2', 'chat.v1'] })
      const [opened] = store.recorder.of(socketOpened)
      equal([opened?.payload.protocol, store.state().protocol], ['chat.v1', 'chat.v1'], 'protocol')
    },
  },
  {
    name: 'R1 the path is joined to the url without a double slash',
    run: async (environment) => {
      await connected(environment, { url: `${environment.url}/`, path: '/ws' })
      equal((await environment.server.snapshot()).paths, ['/ws'], 'the path that the server saw')
    },
  },
  {
    name: 'R3 the connection is in the store before the first requests of onOpen go out',
    run: async (environment) => {
      const seen: string[] = []
      const store = environment.createStore({
        onOpen: ({ dispatch }) => {
          seen.push(store.state().status)
          dispatch(socketSend('first request'))
        },
      })
      await store.dispatch(socketConnect())
      const { received } = await environment.server.reached({ received: 1 })
      equal([seen, received], [['open'], ['"first request"']], 'status in onOpen, and what the server got')
    },
  },
  {
    name: 'R4 what the store holds of a connection is plain data',
    run: async (environment) => {
      const store = await connected(environment)
      equal(JSON.parse(JSON.stringify(store.state())), store.state(), 'the state after a trip through JSON')
    },
  },
  {
    name: 'two socketConnect in one tick are one dial',
    run: async (environment) => {
      const store = environment.createStore()
      const outcomes = await Promise.all([store.dispatch(socketConnect()), store.dispatch(socketConnect())])
      await fence(environment, store)
      equal(
        [outcomes, (await environment.server.snapshot()).accepted],
        [['open', 'open'], 1],
        'outcomes and connections',
      )
    },
  },
  {
    name: 'socketConnect while a dial is under way joins it',
    run: async (environment) => {
      const store = environment.createStore()
      const first = store.dispatch(socketConnect())
      await store.recorder.take(socketConnecting)
      equal([await store.dispatch(socketConnect()), await first], ['open', 'open'], 'outcomes')
      await fence(environment, store)
      equal(
        [(await environment.server.snapshot()).dials, store.recorder.count(socketClosed)],
        [1, 0],
        'dials and closes',
      )
    },
  },
  {
    name: 'socketConnect on an open socket leaves it as it is',
    run: async (environment) => {
      const store = await connected(environment)
      equal(await store.dispatch(socketConnect()), 'open', 'outcome')
      await fence(environment, store)
      equal((await environment.server.snapshot()).accepted, 1, 'connections')
    },
  },
  {
    name: 'R8 a refused dial is an error, then a close with 1006, then a retry, in that order',
    run: async (environment) => {
      await environment.server.refuse(true)
      const store = environment.createStore()
      equal(await store.dispatch(socketConnect()), 'reconnecting', 'outcome')
      await store.recorder.take(socketReconnecting)
      const closed = await store.recorder.take(socketClosed)
      const order = store.recorder.types.filter((type) => type !== 'socket/changed').slice(2, 5)
      equal(order, [socketError.type, socketClosed.type, socketReconnecting.type], 'the order')
      equal([closed.payload.code, closed.payload.wasClean], [1006, false], 'code and wasClean')
    },
  },
  {
    name: 'a server that comes back is found again',
    run: async (environment) => {
      await environment.server.refuse(true)
      const store = environment.createStore()
      await store.dispatch(socketConnect())
      await environment.server.refuse(false)
      await store.recorder.take(socketOpened)
      equal(store.state().status, 'open', 'status')
    },
  },
  {
    name: 'M4 maxRetries ends in failed, and a new socketConnect starts afresh',
    run: async (environment) => {
      await environment.server.refuse(true)
      const store = environment.createStore({ reconnect: { backoff: () => 5, minUptime: 0, maxRetries: 2 } })
      await store.dispatch(socketConnect())
      const failed = await store.recorder.take(socketFailed)
      equal([failed.payload.code, store.recorder.count(socketConnecting)], ['retries_exhausted', 3], 'code and dials')
      await environment.server.refuse(false)
      equal(await store.dispatch(socketConnect()), 'open', 'outcome of the new connect')
    },
  },
  {
    name: 'without reconnect a refused dial has failed',
    run: async (environment) => {
      await environment.server.refuse(true)
      const store = environment.createStore({ reconnect: false })
      equal(await store.dispatch(socketConnect()), 'failed', 'outcome')
    },
  },
  {
    name: 'M4 a server that never answers the upgrade runs into connectTimeout, and the next attempt runs',
    run: async (environment) => {
      await environment.server.freeze(true)
      const store = environment.createStore({ connectTimeout: 80 })
      equal(await store.dispatch(socketConnect()), 'reconnecting', 'outcome')
      const closed = await store.recorder.take(socketClosed)
      equal([errorCodes(store)[0], closed.payload.code], ['connect_timeout', null], 'error, and no code invented')
      await environment.server.freeze(false)
      await store.until(({ status }) => status === 'open')
    },
  },
]

const talking: Case[] = [
  {
    name: 'R6 a text is one action with the parsed JSON',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendText('{"a":[1,"é",null]}')
      equal((await store.recorder.take(socketMessage)).payload, { a: [1, 'é', null] }, 'payload')
    },
  },
  {
    name: 'R6 a thousand texts sent in one tick arrive as a thousand actions, in order',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendNumbers(1000)
      await fence(environment, store)
      equal(
        messages(store),
        Array.from({ length: 1000 }, (_, index) => index),
        'payloads',
      )
    },
  },
  {
    name: 'R11 R12 what is sent reaches an echo server as JSON, and comes back',
    run: async (environment) => {
      await environment.server.echo(true)
      const store = await connected(environment)
      const result = store.dispatch(socketSend({ hello: 'environment' }))
      equal(result.delivery, 'sent', 'delivery')
      equal((await store.recorder.take(socketMessage)).payload, { hello: 'environment' }, 'what came back')
      equal((await environment.server.snapshot()).received, ['{"hello":"environment"}'], 'what the server got')
    },
  },
  {
    name: 'a thousand sends in one tick reach the server in order',
    run: async (environment) => {
      const store = await connected(environment)
      for (let index = 0; index < 1000; index++) store.dispatch(socketSend(index))
      const { received } = await environment.server.reached({ received: 1000 })
      equal(
        received,
        Array.from({ length: 1000 }, (_, index) => String(index)),
        'frames',
      )
    },
  },
  {
    name: 'R5 a ping is answered with pong and reaches neither the store nor JSON.parse',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendText('ping')
      const { received } = await environment.server.reached({ received: 1 })
      await fence(environment, store)
      equal([received, messages(store), errorCodes(store)], [['pong'], [], []], 'answer, messages, errors')
    },
  },
  {
    name: 'R5 both words can be others',
    run: async (environment) => {
      const store = await connected(environment, { respondToPing: { ping: '"are you there?"', pong: 'yes' } })
      await environment.server.sendText('"are you there?"')
      const { received } = await environment.server.reached({ received: 1 })
      await fence(environment, store)
      equal([received, messages(store)], [['yes'], []], 'answer and messages')
    },
  },
  {
    name: 'R7 a binary frame under the json codec is one message with a handle, and the bytes stay outside the store',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendBinary([1, 2, 3])
      await fence(environment, store)
      const [handle] = messages(store) as { id: string; byteLength: number }[]
      const bytes = handle && store.socket.readBinary(handle.id)
      equal([errorCodes(store), handle?.byteLength], [[], 3], 'errors and size')
      equal(bytes instanceof ArrayBuffer && [...new Uint8Array(bytes)], [1, 2, 3], 'bytes')
      equal([store.state().status, store.recorder.count(socketClosed)], ['open', 0], 'status and closes')
    },
  },
  {
    name: 'R7 a codec that takes bytes gets them as an ArrayBuffer, in order with the texts',
    run: async (environment) => {
      const store = await connected(environment, {
        codec: {
          encode: String,
          decode: (frame) => (typeof frame === 'string' ? frame : Array.from(new Uint8Array(frame))),
        },
      })
      await environment.server.sendText('before')
      await environment.server.sendBinary([0, 255])
      await environment.server.sendText('after')
      const taken = await store.recorder.takeMany(3, socketMessage)
      equal(
        taken.map(({ payload }) => payload),
        ['before', [0, 255], 'after'],
        'payloads',
      )
    },
  },
  {
    name: 'R9 after socketClose no message is dispatched, though the server still talks',
    run: async (environment) => {
      const store = await connected(environment)
      const talk = environment.server.sendMarked(500)
      const closed = store.dispatch(socketClose())
      const asked = store.recorder.all.length
      await Promise.all([talk, closed])
      await environment.server.reached({ ended: 1 })
      const late = store.recorder.all.slice(asked).filter((action) => socketMessage.match(action))
      equal(late.length, 0, 'messages after socketClose')
    },
  },
  {
    name: 'R9 a send after the close is reported as dropped, and named in socketDropped',
    run: async (environment) => {
      const store = await connected(environment)
      await store.dispatch(socketClose())
      const result = store.dispatch(socketSend('too late', { id: 'late' }))
      equal(result, { id: 'late', delivery: 'dropped', reason: 'closed' }, 'what dispatch returns')
      const dropped = await store.recorder.take(socketDropped)
      equal([dropped.payload.reason, dropped.payload.ids], ['closed', ['late']], 'socketDropped')
    },
  },
  {
    name: 'R9 a send while the close is under way is reported at once, for it would wait in vain',
    run: async (environment) => {
      const store = await connected(environment)
      const closed = store.dispatch(socketClose())
      const result = store.dispatch(socketSend('too late', { id: 'late' }))
      equal(result, { id: 'late', delivery: 'dropped', reason: 'closed' }, 'what dispatch returns')
      await closed
      const { received } = await environment.server.reached({ ended: 1 })
      equal(received, [], 'frames')
    },
  },
  {
    name: 'what is sent before the connect waits, and arrives first and in order',
    run: async (environment) => {
      const store = environment.createStore()
      const early = ['a', 'b', 'c'].map((text) => store.dispatch(socketSend(text)).delivery)
      await store.dispatch(socketConnect())
      store.dispatch(socketSend('d'))
      const { received } = await environment.server.reached({ received: 4 })
      equal(
        [early, received],
        [
          ['queued', 'queued', 'queued'],
          ['"a"', '"b"', '"c"', '"d"'],
        ],
        'deliveries and frames',
      )
    },
  },
  {
    name: 'what waited goes out before what onOpen sends',
    run: async (environment) => {
      const store = environment.createStore({ onOpen: ({ dispatch }) => dispatch(socketSend('from onOpen')) })
      store.dispatch(socketSend('waited'))
      await store.dispatch(socketConnect())
      const { received } = await environment.server.reached({ received: 2 })
      equal(received, ['"waited"', '"from onOpen"'], 'frames')
    },
  },
  {
    name: 'what is sent out of the opened event keeps its place behind what waited',
    run: async (environment) => {
      const store = environment.createStore({ autoBatch: false })
      store.dispatch(socketSend('waited'))
      const stop = store.store.subscribe(() => {
        if (store.state().status !== 'open') return
        stop()
        store.dispatch(socketSend('from the event'))
      })
      await store.dispatch(socketConnect())
      const { received } = await environment.server.reached({ received: 2 })
      equal(received, ['"waited"', '"from the event"'], 'frames')
    },
  },
  {
    name: 'what is sent while the server is away waits for it',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.refuse(true)
      await environment.server.dropAll()
      await store.recorder.take(socketReconnecting)
      equal(store.dispatch(socketSend('patience')).delivery, 'queued', 'delivery')
      await environment.server.refuse(false)
      const { received } = await environment.server.reached({ received: 1 })
      equal(received, ['"patience"'], 'frames')
    },
  },
  {
    name: 'R6 an accepted message becomes the action itself: type, payload and nothing the server added',
    run: async (environment) => {
      const store = await connected(environment, { accept: ['chat/said'] })
      await environment.server.sendText('{"type":"chat/said","payload":"hi","meta":{"root":true},"extra":1}')
      const said = await store.recorder.take('chat/said')
      equal([said['payload'], said['extra'], isReceived(said)], ['hi', undefined, true], 'payload, extra, isReceived')
      equal((said['meta'] as Record<string, unknown>)['root'], undefined, 'meta.root')
    },
  },
  {
    name: 'what was received is not forwarded back, what the app says is',
    run: async (environment) => {
      const store = await connected(environment, { accept: ['chat/said'], forward: ['chat/said'] })
      await environment.server.sendText('{"type":"chat/said","payload":"theirs"}')
      await store.recorder.take('chat/said')
      store.dispatch({ type: 'chat/said', payload: 'ours' })
      store.dispatch(socketSend('fence'))
      const { received } = await environment.server.reached({ received: 2 })
      equal(received, ['{"type":"chat/said","payload":"ours"}', '"fence"'], 'frames')
    },
  },
]

type Documented = { readonly message: unknown } | { readonly error: string }

const strangers: [what: string, text: string, documented: Documented][] = [
  ['malformed JSON', '{"a":', { error: 'invalid_frame' }],
  ['an empty text', '', { error: 'invalid_frame' }],
  ['an array', '[1,2]', { message: [1, 2] }],
  ['the number 0', '0', { message: 0 }],
  ['an empty string', '""', { message: '' }],
  ['false', 'false', { message: false }],
  ['null', 'null', { message: null }],
  ['an own __proto__', '{"a":{"__proto__":{"admin":true}}}', { error: 'invalid_frame' }],
  ['an own __proto__ spelled with escapes', '{"\\u005f_proto__":{"admin":true}}', { error: 'invalid_frame' }],
  ['a constructor with a prototype', '{"constructor":{"prototype":{"admin":true}}}', { error: 'invalid_frame' }],
  ['a lone surrogate', '"\\ud800"', { message: '\ud800' }],
  ['an action of an app that did not ask for it', '{"type":"chat/said"}', { message: { type: 'chat/said' } }],
]

const reserved = [
  'socket/opened',
  'socket:prices/opened',
  '@@redux/INIT',
  '__rtkq/focused',
  'listenerMiddleware/add',
  'dynamicMiddleware/add',
  'persist/REHYDRATE',
]

const strangerCases: Case[] = [
  ...strangers.map(([what, text, documented]): Case => ({
    name: `R6 a stranger sends ${what}: ${'error' in documented ? documented.error : 'a message'}, and the socket stays up`,
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendText(text)
      await fence(environment, store)
      const expected = 'error' in documented ? [[documented.error], []] : [[], [documented.message]]
      equal([errorCodes(store), messages(store)], expected, 'errors and messages')
      equal([store.state().status, store.recorder.count(socketClosed)], ['open', 0], 'status and closes')
    },
  })),
  ...reserved.map((type): Case => ({
    name: `a stranger claims ${type}, and the app accepts everything: reserved_type, and nobody hears it`,
    run: async (environment) => {
      const store = await connected(environment, { accept: [/.*/] })
      const before = store.recorder.count(type)
      await environment.server.sendText(JSON.stringify({ type, payload: { url: 'ws://evil.example' } }))
      await fence(environment, store)
      equal([errorCodes(store), store.recorder.count(type) - before], [['reserved_type'], 0], 'errors and claims heard')
      equal(store.state().status, 'open', 'status')
    },
  })),
  {
    name: 'a stranger sends 9 MiB: message_too_large, not parsed, and the socket stays up',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendHuge(9 * 1024 * 1024)
      await fence(environment, store)
      equal([errorCodes(store), messages(store)], [['message_too_large'], []], 'errors and messages')
      equal(store.state().status, 'open', 'status')
    },
  },
  {
    name: 'a stranger sends 1 MiB: a message like any other',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendHuge(1024 * 1024)
      await fence(environment, store)
      const [message] = messages(store)
      equal([errorCodes(store), String(message).length], [[], 1024 * 1024 - 2], 'errors and length')
    },
  },
  {
    name: 'a stranger sends invalid UTF-8: the platform ends the socket, and the store says what it said',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendInvalidText()
      const { payload } = await store.recorder.take(socketClosed)
      // RFC 6455, 7.1.7: who fails the connection tells the peer 1007; its own user reads 1006.
      equal([payload.code, payload.wasClean, payload.next], [1006, false, 'reconnecting'], 'socketClosed')
    },
  },
]

const retried = [1001, 1005, 1011, 1012, 1013, 1014, 4408, 4429, 3001, 4000, 4399, 4500]
const terminal = [1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003, 4400, 4401, 4403, 4499]

const serverEnds: Case[] = [
  {
    name: 'the server closes with 1000: closed, and that is that',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.closeAll(1000, 'done')
      const { payload } = await store.recorder.take(socketClosed)
      equal(
        [payload.code, payload.reason, payload.wasClean, payload.next],
        [1000, 'done', true, 'closed'],
        'socketClosed',
      )
      equal(store.state().status, 'closed', 'status')
    },
  },
  ...retried.map((code): Case => ({
    name: `the server closes with ${code === 1005 ? 'no code (1005)' : code}: dials again, and is open again`,
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.closeAll(code === 1005 ? undefined : code)
      const { payload } = await store.recorder.take(socketClosed)
      equal([payload.code, payload.wasClean, payload.next], [code, true, 'reconnecting'], 'socketClosed')
      await store.recorder.takeMany(2, socketOpened)
      equal([store.state().status, store.state().lastClose?.code], ['open', code], 'status and lastClose.code')
    },
  })),
  ...terminal.map((code): Case => ({
    name: `the server closes with ${code}: failed, with the code that the network said`,
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.closeAll(code, 'no')
      const failed = await store.recorder.take(socketFailed)
      equal([failed.payload.code, store.state().status], ['stopped', 'failed'], 'socketFailed and status')
      const { lastClose } = store.state()
      equal([lastClose?.code, lastClose?.reason, lastClose?.wasClean], [code, 'no', true], 'lastClose')
    },
  })),
  {
    name: 'R9 the line is cut: 1006, not clean, dials again, and is open again',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.dropAll()
      const { payload } = await store.recorder.take(socketClosed)
      equal([payload.code, payload.wasClean, payload.next], [1006, false, 'reconnecting'], 'socketClosed')
      const [, again] = await store.recorder.takeMany(2, socketOpened)
      equal(again?.payload.reconnected, true, 'reconnected')
    },
  },
  {
    name: 'the server restarts: the socket finds it on the same address',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.stop()
      await store.recorder.take(socketReconnecting)
      await environment.server.start()
      await store.recorder.takeMany(2, socketOpened)
      equal(store.state().status, 'open', 'status')
    },
  },
  {
    name: 'R9 the state of a lost connection is reset: no openedAt, no protocol',
    run: async (environment) => {
      const store = await connected(environment, { protocols: 'chat.v1' })
      await environment.server.closeAll(1000)
      await store.recorder.take(socketClosed)
      equal([store.state().openedAt, store.state().status], [null, 'closed'], 'openedAt and status')
    },
  },
  {
    name: 'M4 connections that do not hold for minUptime use up the retries',
    run: async (environment) => {
      const store = await connected(environment, {
        reconnect: { backoff: () => 5, minUptime: 3_600_000, maxRetries: 2 },
      })
      for (let opened = 1; opened <= 3; opened++) {
        // oxlint-disable-next-line no-await-in-loop
        await store.recorder.take(socketOpened)
        // oxlint-disable-next-line no-await-in-loop
        await environment.server.closeAll(1012)
      }
      equal((await store.recorder.take(socketFailed)).payload.code, 'retries_exhausted', 'code')
    },
  },
  {
    name: 'M4 connections that hold for minUptime give the retries back',
    run: async (environment) => {
      const store = await connected(environment, { reconnect: { backoff: () => 5, minUptime: 0, maxRetries: 2 } })
      for (let opened = 1; opened <= 5; opened++) {
        // oxlint-disable-next-line no-await-in-loop
        await store.recorder.take(socketOpened)
        // oxlint-disable-next-line no-await-in-loop
        await environment.server.closeAll(1012)
      }
      await store.recorder.take(socketOpened)
      equal([store.state().status, store.recorder.count(socketFailed)], ['open', 0], 'status and failures')
    },
  },
  {
    name: 'without reconnect an unwanted end has failed',
    run: async (environment) => {
      const store = await connected(environment, { reconnect: false })
      await environment.server.dropAll()
      await store.recorder.take(socketFailed)
      equal([store.state().status, store.state().lastClose?.code], ['failed', 1006], 'status and lastClose.code')
    },
  },
  {
    name: 'without reconnect a wanted end is closed',
    run: async (environment) => {
      const store = await connected(environment, { reconnect: false })
      await environment.server.closeAll(1000)
      await store.recorder.take(socketClosed)
      equal([store.state().status, store.recorder.count(socketFailed)], ['closed', 0], 'status and failures')
    },
  },
]

/** Three dials further on a clock that is the backoff itself: a store beside, refused like the first one. */
const threeRetriesOfAnother = async (environment: Environment, options: StoreOptions): Promise<number> => {
  const witness = environment.createStore(options)
  await witness.dispatch(socketConnect())
  await witness.recorder.takeMany(4, socketConnecting)
  await witness.dispatch(socketClose())
  return witness.recorder.count(socketConnecting)
}

const weEnd: Case[] = [
  {
    name: 'R10 socketClose: closed, 1000, clean, and the server saw it',
    run: async (environment) => {
      const store = await connected(environment)
      equal(await store.dispatch(socketClose()), 'closed', 'outcome')
      const { ended } = await environment.server.reached({ ended: 1 })
      equal([ended[0]?.code, store.state().status], [1000, 'closed'], 'the code at the server, and status')
      equal([store.state().lastClose?.code, store.state().lastClose?.wasClean], [1000, true], 'lastClose')
    },
  },
  {
    name: 'the code and the reason of socketClose reach the server',
    run: async (environment) => {
      const store = await connected(environment)
      await store.dispatch(socketClose(4001, 'über'))
      equal(
        (await environment.server.reached({ ended: 1 })).ended,
        [{ code: 4001, reason: 'über' }],
        'what the server saw',
      )
    },
  },
  {
    name: 'a reason that is too long is cut between two characters, not refused',
    run: async (environment) => {
      const store = await connected(environment)
      await store.dispatch(socketClose(1000, 'é'.repeat(100)))
      const { ended } = await environment.server.reached({ ended: 1 })
      equal(ended, [{ code: 1000, reason: 'é'.repeat(61) }], 'what the server saw')
    },
  },
  {
    name: 'socketClose before the first dial was made: nobody dials',
    run: async (environment) => {
      const store = environment.createStore()
      const outcome = store.dispatch(socketConnect())
      const closed = store.dispatch(socketClose())
      equal([await outcome, await closed], ['closed', 'closed'], 'outcomes')
      equal(await store.dispatch(socketConnect()), 'open', 'outcome of a later connect')
      equal((await environment.server.snapshot()).accepted, 1, 'connections at the server')
    },
  },
  {
    name: 'socketClose while the upgrade hangs: no socket is left behind',
    run: async (environment) => {
      await environment.server.freeze(true)
      const store = environment.createStore()
      const outcome = store.dispatch(socketConnect())
      await environment.server.reached({ dials: 1 })
      equal(await store.dispatch(socketClose()), 'closed', 'outcome of socketClose')
      equal(await outcome, 'closed', 'outcome of socketConnect')
      equal([store.state().lastClose?.code, store.state().lastClose?.cause], [null, 'abandoned'], 'lastClose')
      await environment.server.freeze(false)
      equal(await store.dispatch(socketConnect()), 'open', 'outcome of a later connect')
      const { accepted, open } = await environment.server.snapshot()
      equal([accepted, open], [1, 1], 'connections at the server, ever and now')
    },
  },
  {
    name: 'socketClose during backoff: nobody dials any more',
    run: async (environment) => {
      const options: StoreOptions = { reconnect: { backoff: () => 30, minUptime: 0 } }
      await environment.server.refuse(true)
      const store = environment.createStore(options)
      equal(await store.dispatch(socketConnect()), 'reconnecting', 'outcome')
      equal(await store.dispatch(socketClose()), 'closed', 'outcome of socketClose')
      const others = await threeRetriesOfAnother(environment, options)
      equal(store.recorder.count(socketConnecting), 1, 'attempts')
      const { dials } = await environment.server.snapshot()
      ok(dials <= 1 + others, `at most ${1 + others} dials, not ${dials}`)
      equal(store.state().status, 'closed', 'status')
    },
  },
  {
    name: 'socketConnect after socketClose opens exactly one socket',
    run: async (environment) => {
      const store = await connected(environment)
      await store.dispatch(socketClose())
      equal(await store.dispatch(socketConnect()), 'open', 'outcome')
      await fence(environment, store)
      const { accepted, open } = await environment.server.snapshot()
      equal([accepted, open], [2, 1], 'connections at the server, ever and now')
    },
  },
  {
    name: 'socketConnect while the close is under way: open in the end, with one socket',
    run: async (environment) => {
      const store = await connected(environment)
      const closed = store.dispatch(socketClose())
      const opened = store.dispatch(socketConnect())
      equal(store.state().status, 'connecting', 'status right after')
      equal(await opened, 'open', 'outcome')
      equal(await closed, 'closed', 'outcome of socketClose')
      await environment.server.reached({ accepted: 2, ended: 1 })
      await fence(environment, store)
      const { accepted, open } = await environment.server.snapshot()
      equal([accepted, open, store.state().status], [2, 1, 'open'], 'connections ever and now, status')
    },
  },
  {
    name: 'a peer that froze does not hold up the close longer than closeTimeout',
    run: async (environment) => {
      const store = await connected(environment, { closeTimeout: 60 })
      await environment.server.freeze(true)
      equal(await store.dispatch(socketClose()), 'closed', 'outcome')
      const { lastClose } = store.state()
      equal([lastClose?.code, lastClose?.cause], [null, 'timeout'], 'lastClose: no code was said, none is invented')
    },
  },
  {
    name: 'socketReconnect replaces the socket, and what the old one still delivers changes nothing',
    run: async (environment) => {
      const store = await connected(environment)
      const talk = environment.server.sendMarked(2000)
      await store.recorder.take(socketMessage)
      equal(await store.dispatch(socketReconnect()), 'open', 'outcome')
      await talk
      await environment.server.reached({ accepted: 2, ended: 1 })
      await fence(environment, store)
      const { all } = store.recorder
      const replacedAt = all.findIndex((action) => socketClosed.match(action))
      const late = all
        .slice(replacedAt)
        .filter((action) => socketMessage.match(action) && (action.payload as { connection?: number }).connection === 0)
      equal([late.length, store.recorder.count(socketClosed)], [0, 1], 'messages of the old socket, closes')
      equal([store.state().status, store.state().lastClose?.cause], ['open', 'replaced'], 'status and cause')
    },
  },
  {
    name: 'socketReconnect during backoff dials at once',
    run: async (environment) => {
      await environment.server.refuse(true)
      const store = environment.createStore({ reconnect: { backoff: () => 3_600_000, minUptime: 0 } })
      equal(await store.dispatch(socketConnect()), 'reconnecting', 'outcome')
      await environment.server.refuse(false)
      equal(await store.dispatch(socketReconnect()), 'open', 'outcome of socketReconnect')
    },
  },
]

export const cases: readonly Case[] = [...opening, ...talking, ...strangerCases, ...serverEnds, ...weEnd]
