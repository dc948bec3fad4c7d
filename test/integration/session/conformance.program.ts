// Runs the cases of conformance/ for clients of sessions against the client of the library. Prints what is wrong, by case, as JSON.
import { configureStore, type Middleware } from '@reduxjs/toolkit'
import { WebSocket } from 'ws'
import { clientCases, runClientCase } from '../../../conformance/clientCases.mjs'
import { streamClientCases } from '../../../conformance/streamClientCases.mjs'
import {
  createSocketMiddleware,
  socketConnect,
  socketMessage,
  socketReducer,
  socketSend,
  type WebSocketClass,
} from '../../../src/index.js'
import { jsonRpc, socketRequestStream } from '../../../src/rpc/index.js'
import { sessionFeature } from '../../../src/session/index.js'
import { customStorage } from '../../../src/session/storage/index.js'
import { createFakeStorage, type FakeStorage } from '../../support/session/fakeStorage.js'

let storage: FakeStorage

const start = (url: string, isReload: boolean) => {
  if (!isReload) storage = createFakeStorage()
  const socket = createSocketMiddleware.with(sessionFeature)({
    url,
    WebSocket: WebSocket as unknown as WebSocketClass,
    reconnect: { backoff: () => 1 },
    session: { ackInterval: 0, storage: customStorage(storage.page()) },
  })
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) => defaults({ immutableCheck: false, serializableCheck: false }).prepend(socket.middleware),
  })
  void store.dispatch(socketConnect())
  if (!isReload) for (const payload of [1, 2, 3]) store.dispatch(socketSend({ type: 'conformance/said', payload }))
  return (isKilled?: boolean) => {
    if (isKilled) storage.kill()
    socket.dispose()
  }
}

/** Reads a reply in chunks, as the cases ask for. */
const startStream = (url: string) => {
  let onGo = () => {}
  let isStopped = false
  const say = (payload: unknown) => {
    if (!isStopped) store.dispatch(socketSend({ type: 'conformance/said', payload }))
  }
  const onMessage: Middleware = () => (next) => (action) => {
    const result = next(action)
    if (socketMessage.match(action)) {
      const { payload } = action.payload as { readonly payload: unknown }
      if (payload === 'ping') say('pong')
      else onGo()
    }
    return result
  }
  const socket = createSocketMiddleware.with(sessionFeature)({
    url,
    WebSocket: WebSocket as unknown as WebSocketClass,
    protocol: jsonRpc(),
    reconnect: { backoff: () => 1 },
    session: { ackInterval: 0 },
  })
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) =>
      defaults({ immutableCheck: false, serializableCheck: false }).prepend(socket.middleware).concat(onMessage),
  })
  const read = async () => {
    const stream = store.dispatch(
      socketRequestStream('conformance.count', { upTo: 100 }, { window: 4, timeout: 9_000 }),
    )
    try {
      for await (const chunk of stream) {
        say(chunk)
        if (chunk === 'cancel') stream.cancel()
        if (chunk === 'stop') await new Promise<void>((resolve) => (onGo = resolve))
      }
      say('end')
    } catch {
      say('error')
    }
  }
  void store.dispatch(socketConnect())
  void read()
  return () => {
    isStopped = true
    socket.dispose()
  }
}

const run = async () => {
  const outcomes: Record<string, string | null> = {}
  for (const one of clientCases) {
    outcomes[one.name] = (await runClientCase(one, start, 5_000)) ?? null
  }
  for (const one of streamClientCases) outcomes[one.name] = (await runClientCase(one, startStream, 5_000)) ?? null
  // A broken client: it finds nothing in its storage.
  const end = clientCases.find(({ needsStorage }) => needsStorage)!
  outcomes['without its storage'] = (await runClientCase(end, (url) => start(url, false), 5_000)) ?? null
  console.log(JSON.stringify(outcomes))
  process.exit(0)
}

void run()
