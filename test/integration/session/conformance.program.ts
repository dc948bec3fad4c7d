// Runs the cases of conformance/ for clients of sessions against the client of the library. Prints what is wrong, by case, as JSON.
import { configureStore } from '@reduxjs/toolkit'
import { WebSocket } from 'ws'
import { clientCases, runClientCase } from '../../../conformance/clientCases.mjs'
import {
  createSocketMiddleware,
  socketConnect,
  socketReducer,
  socketSend,
  type WebSocketClass,
} from '../../../src/index.js'
import { sessionFeature } from '../../../src/session/index.js'

const start = (url: string) => {
  const socket = createSocketMiddleware.with(sessionFeature)({
    url,
    WebSocket: WebSocket as unknown as WebSocketClass,
    reconnect: { backoff: () => 1 },
    session: { ackInterval: 0 },
  })
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) => defaults({ immutableCheck: false, serializableCheck: false }).prepend(socket.middleware),
  })
  void store.dispatch(socketConnect())
  for (const payload of [1, 2, 3]) store.dispatch(socketSend({ type: 'conformance/said', payload }))
  return socket.dispose
}

const run = async () => {
  const outcomes: Record<string, string | null> = {}
  for (const one of clientCases) {
    outcomes[one.name] = (await runClientCase(one, start, 5_000)) ?? null
  }
  console.log(JSON.stringify(outcomes))
  process.exit(0)
}

void run()
