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

// What a store promises with any WebSocket: each case runs against every implementation, also inside a page.

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

/** The messages so far, without fences. */
const messages = ({ recorder }: BuiltStore): unknown[] =>
  recorder
    .of(socketMessage)
    .filter((action) => !isFence(action))
    .map(({ payload }) => payload)

const errorCodes = ({ recorder }: BuiltStore): string[] => recorder.of(socketError).map(({ payload }) => payload.code)

const opening: Case[] = [
  {
    name: 'a connect opens: the state follows, and the outcome is open',
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
    name: 'connecting is dispatched before opened, once each',
    run: async (environment) => {
      const store = await connected(environment)
      const types = store.recorder.types.filter((type) => type !== 'socket/changed')
      equal(types, [socketConnect.type, socketConnecting.type, socketOpened.type], 'the actions')
    },
  },
  {
    name: 'the subprotocol that the server chose is in the event and in the state',
    run: async (environment) => {
      const store = await connected(environment, { protocols: ['chat.v2', 'chat.v1'] })
      const [opened] = store.recorder.of(socketOpened)
      equal([opened?.payload.protocol, store.state().protocol], ['chat.v1', 'chat.v1'], 'protocol')
    },
  },
  {
    name: 'the path is joined to the url without a double slash',
    run: async (environment) => {
      await connected(environment, { url: `${environment.url}/`, path: '/ws' })
      equal((await environment.server.snapshot()).paths, ['/ws'], 'the path that the server saw')
    },
  },
  {
    name: 'the store is open before the first sends of onOpen go out',
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
    name: 'the state of a connection is plain data',
    run: async (environment) => {
      const store = await connected(environment)
      equal(JSON.parse(JSON.stringify(store.state())), store.state(), 'the state after a trip through JSON')
    },
  },
  {
    name: 'two socketConnect in one task are one attempt',
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
    name: 'socketConnect during an attempt joins it',
    run: async (environment) => {
      const store = environment.createStore()
      const first = store.dispatch(socketConnect())
      await store.recorder.take(socketConnecting)
      equal([await store.dispatch(socketConnect()), await first], ['open', 'open'], 'outcomes')
      await fence(environment, store)
      equal(
        [(await environment.server.snapshot()).attempts, store.recorder.count(socketClosed)],
        [1, 0],
        'attempts and closes',
      )
    },
  },
  {
    name: 'socketConnect on an open socket changes nothing',
    run: async (environment) => {
      const store = await connected(environment)
      equal(await store.dispatch(socketConnect()), 'open', 'outcome')
      await fence(environment, store)
      equal((await environment.server.snapshot()).accepted, 1, 'connections')
    },
  },
  {
    name: 'a refused attempt is an error, then a close with 1006, then a retry, in that order',
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
    name: 'a server that is available again gets a connection',
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
    name: 'maxRetries ends in failed, and a new socketConnect starts over',
    run: async (environment) => {
      await environment.server.refuse(true)
      const store = environment.createStore({ reconnect: { backoff: () => 5, minUptime: 0, maxRetries: 2 } })
      await store.dispatch(socketConnect())
      const failed = await store.recorder.take(socketFailed)
      equal(
        [failed.payload.code, store.recorder.count(socketConnecting)],
        ['retries_exhausted', 3],
        'code and attempts',
      )
      await environment.server.refuse(false)
      equal(await store.dispatch(socketConnect()), 'open', 'outcome of the new connect')
    },
  },
  {
    name: 'reconnect: false fails after a refused attempt',
    run: async (environment) => {
      await environment.server.refuse(true)
      const store = environment.createStore({ reconnect: false })
      equal(await store.dispatch(socketConnect()), 'failed', 'outcome')
    },
  },
  {
    name: 'a server that never answers the upgrade ends at connectTimeout, and the next attempt follows',
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
    name: 'a text is one action with the parsed JSON',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendText('{"a":[1,"é",null]}')
      equal((await store.recorder.take(socketMessage)).payload, { a: [1, 'é', null] }, 'payload')
    },
  },
  {
    name: 'a thousand texts sent in one task arrive as a thousand actions, in order',
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
    name: 'a send reaches an echo server as JSON, and comes back',
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
    name: 'a thousand sends in one task reach the server in order',
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
    name: 'a ping is answered with pong and reaches neither the store nor JSON.parse',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendText('ping')
      const { received } = await environment.server.reached({ received: 1 })
      await fence(environment, store)
      equal([received, messages(store), errorCodes(store)], [['pong'], [], []], 'answer, messages, errors')
    },
  },
  {
    name: 'the texts of ping and pong can be others',
    run: async (environment) => {
      const store = await connected(environment, { respondToPing: { ping: '"are you there?"', pong: 'yes' } })
      await environment.server.sendText('"are you there?"')
      const { received } = await environment.server.reached({ received: 1 })
      await fence(environment, store)
      equal([received, messages(store)], [['yes'], []], 'answer and messages')
    },
  },
  {
    name: 'a binary frame under the json codec is one message with a handle, and the bytes stay outside the store',
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
    name: 'a codec for bytes gets them as an ArrayBuffer, in order with the texts',
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
    name: 'no message is dispatched after socketClose, although the server still sends',
    run: async (environment) => {
      const store = await connected(environment)
      const talk = environment.server.sendMarked(500)
      const closed = store.dispatch(socketClose())
      const actionCount = store.recorder.all.length
      await Promise.all([talk, closed])
      await environment.server.reached({ ended: 1 })
      const late = store.recorder.all.slice(actionCount).filter((action) => socketMessage.match(action))
      equal(late.length, 0, 'messages after socketClose')
    },
  },
  {
    name: 'a send after the close is reported as dropped, with its id in socketDropped',
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
    name: 'a send during the close is reported as dropped at once',
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
    name: 'a send before the connect waits, and arrives first and in order',
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
    name: 'the queue goes out before the sends of onOpen',
    run: async (environment) => {
      const store = environment.createStore({ onOpen: ({ dispatch }) => dispatch(socketSend('from onOpen')) })
      store.dispatch(socketSend('waited'))
      await store.dispatch(socketConnect())
      const { received } = await environment.server.reached({ received: 2 })
      equal(received, ['"waited"', '"from onOpen"'], 'frames')
    },
  },
  {
    name: 'a send inside the opened event goes out behind the queue',
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
    name: 'a send while the server is away waits for it',
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
    name: 'an accepted message becomes an action with its type and payload, and nothing else',
    run: async (environment) => {
      const store = await connected(environment, { accept: ['chat/said'] })
      await environment.server.sendText('{"type":"chat/said","payload":"hi","meta":{"root":true},"extra":1}')
      const said = await store.recorder.take('chat/said')
      equal([said['payload'], said['extra'], isReceived(said)], ['hi', undefined, true], 'payload, extra, isReceived')
      equal((said['meta'] as Record<string, unknown>)['root'], undefined, 'meta.root')
    },
  },
  {
    name: 'a received action is not forwarded back, an action of the app is',
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

const unexpectedMessages: [what: string, text: string, documented: Documented][] = [
  ['malformed JSON', '{"a":', { error: 'invalid_frame' }],
  ['a text that is no JSON', '{', { error: 'invalid_frame' }],
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

const unexpectedCases: Case[] = [
  ...unexpectedMessages.map(([what, text, documented]): Case => ({
    name: `the server sends ${what}: ${'error' in documented ? documented.error : 'a message'}, and the socket stays open`,
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
    name: `the server sends the type ${type}, and the app accepts everything: reserved_type, and no dispatch`,
    run: async (environment) => {
      const store = await connected(environment, { accept: [/.*/] })
      const before = store.recorder.count(type)
      await environment.server.sendText(JSON.stringify({ type, payload: { url: 'ws://evil.example' } }))
      await fence(environment, store)
      equal([errorCodes(store), store.recorder.count(type) - before], [['reserved_type'], 0], 'errors and dispatches')
      equal(store.state().status, 'open', 'status')
    },
  })),
  {
    name: 'the server sends 9 MiB: message_too_large, not parsed, and the socket stays open',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendHuge(9 * 1024 * 1024)
      await fence(environment, store)
      equal([errorCodes(store), messages(store)], [['message_too_large'], []], 'errors and messages')
      equal(store.state().status, 'open', 'status')
    },
  },
  {
    name: 'the server sends 1 MiB: a message',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendHuge(1024 * 1024)
      await fence(environment, store)
      const [message] = messages(store)
      equal([errorCodes(store), String(message).length], [[], 1024 * 1024 - 2], 'errors and length')
    },
  },
  {
    name: 'the server sends invalid UTF-8: the platform ends the socket, and the store has its close code',
    run: async (environment) => {
      const store = await connected(environment)
      await environment.server.sendInvalidText()
      const { payload } = await store.recorder.take(socketClosed)
      // RFC 6455, 7.1.7: the end that fails the connection sends 1007 to its peer; its own user gets 1006.
      equal([payload.code, payload.wasClean, payload.next], [1006, false, 'reconnecting'], 'socketClosed')
    },
  },
]

const retried = [1001, 1005, 1011, 1012, 1013, 1014, 4408, 4429, 3001, 4000, 4399, 4500]
const terminal = [1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003, 4400, 4401, 4403, 4499]

const serverEnds: Case[] = [
  {
    name: 'the server closes with 1000: closed',
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
    name: `the server closes with ${code === 1005 ? 'no code (1005)' : code}: reconnects`,
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
    name: `the server closes with ${code}: failed, with the code of the network`,
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
    name: 'the connection is cut: 1006, not clean, reconnects',
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
    name: 'the server restarts: reconnects to the same address',
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
    name: 'the state of a lost connection is reset: no openedAt, no protocol',
    run: async (environment) => {
      const store = await connected(environment, { protocols: 'chat.v1' })
      await environment.server.closeAll(1000)
      await store.recorder.take(socketClosed)
      equal([store.state().openedAt, store.state().status], [null, 'closed'], 'openedAt and status')
    },
  },
  {
    name: 'connections that are lost before minUptime use up the retries',
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
    name: 'connections that are open for minUptime reset the retries',
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
    name: 'reconnect: false fails after a loss',
    run: async (environment) => {
      const store = await connected(environment, { reconnect: false })
      await environment.server.dropAll()
      await store.recorder.take(socketFailed)
      equal([store.state().status, store.state().lastClose?.code], ['failed', 1006], 'status and lastClose.code')
    },
  },
  {
    name: 'reconnect: false is closed after a close with 1000',
    run: async (environment) => {
      const store = await connected(environment, { reconnect: false })
      await environment.server.closeAll(1000)
      await store.recorder.take(socketClosed)
      equal([store.state().status, store.recorder.count(socketFailed)], ['closed', 0], 'status and failures')
    },
  },
]

/** Waits for three further attempts of a second store that is refused like the first one: a clock with the same backoff. */
const threeRetriesOfAnother = async (environment: Environment, options: StoreOptions): Promise<number> => {
  const witness = environment.createStore(options)
  await witness.dispatch(socketConnect())
  await witness.recorder.takeMany(4, socketConnecting)
  await witness.dispatch(socketClose())
  return witness.recorder.count(socketConnecting)
}

const weEnd: Case[] = [
  {
    name: 'socketClose: closed, 1000, clean, and the server got it',
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
    name: 'a close reason that is too long is cut between two characters',
    run: async (environment) => {
      const store = await connected(environment)
      await store.dispatch(socketClose(1000, 'é'.repeat(100)))
      const { ended } = await environment.server.reached({ ended: 1 })
      equal(ended, [{ code: 1000, reason: 'é'.repeat(61) }], 'what the server saw')
    },
  },
  {
    name: 'socketClose before the first attempt: no attempt follows',
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
    name: 'socketClose while the upgrade hangs: no socket is left',
    run: async (environment) => {
      await environment.server.freeze(true)
      const store = environment.createStore()
      const outcome = store.dispatch(socketConnect())
      await environment.server.reached({ attempts: 1 })
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
    name: 'socketClose during backoff: no attempt follows',
    run: async (environment) => {
      const options: StoreOptions = { reconnect: { backoff: () => 30, minUptime: 0 } }
      await environment.server.refuse(true)
      const store = environment.createStore(options)
      equal(await store.dispatch(socketConnect()), 'reconnecting', 'outcome')
      equal(await store.dispatch(socketClose()), 'closed', 'outcome of socketClose')
      const others = await threeRetriesOfAnother(environment, options)
      equal(store.recorder.count(socketConnecting), 1, 'attempts')
      const { attempts } = await environment.server.snapshot()
      ok(attempts <= 1 + others, `at most ${1 + others} attempts, not ${attempts}`)
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
    name: 'socketConnect during a close: open in the end, with one socket',
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
    name: 'a frozen peer delays the close by closeTimeout at most',
    run: async (environment) => {
      const store = await connected(environment, { closeTimeout: 60 })
      await environment.server.freeze(true)
      equal(await store.dispatch(socketClose()), 'closed', 'outcome')
      const { lastClose } = store.state()
      equal([lastClose?.code, lastClose?.cause], [null, 'timeout'], 'lastClose: no code was said, none is invented')
    },
  },
  {
    name: 'socketReconnect replaces the socket, and later events of the old one change nothing',
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
    name: 'socketReconnect during backoff starts an attempt at once',
    run: async (environment) => {
      await environment.server.refuse(true)
      const store = environment.createStore({ reconnect: { backoff: () => 3_600_000, minUptime: 0 } })
      equal(await store.dispatch(socketConnect()), 'reconnecting', 'outcome')
      await environment.server.refuse(false)
      equal(await store.dispatch(socketReconnect()), 'open', 'outcome of socketReconnect')
    },
  },
]

export const cases: readonly Case[] = [...opening, ...talking, ...unexpectedCases, ...serverEnds, ...weEnd]
