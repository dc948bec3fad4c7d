import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { configureStore } from '@reduxjs/toolkit'
import { WebSocket } from 'ws'
import { createSocketMiddleware, socketConnect, socketReducer } from '../../src/index.js'
import { startEchoServer } from '../support/echoServer.js'

// Run by manyStores.test.ts: a store for each request of a server, with one middleware for all of them.

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const main = async () => {
  await using server = await startEchoServer()
  const socket = createSocketMiddleware({ url: server.url, WebSocket })
  const createStore = () =>
    configureStore({
      reducer: { socket: socketReducer },
      middleware: (defaults) => defaults().prepend(socket.middleware),
    })

  const forgotten = Array.from({ length: 40 }, () => new WeakRef(createStore().getState()))
  const kept = createStore()
  await kept.dispatch(socketConnect())

  // A WeakRef is kept until the end of the job that created it, so collection takes a few.
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  const left = forgotten.filter((reference) => reference.deref()).length
  socket.dispose()
  process.stdout.write(JSON.stringify({ left, status: kept.getState().socket['default']?.status }))
}

void main()
