// Prints the files of dist/esm that one received and one sent message enter, in production mode, after one of each to warm up.
import { Session } from 'node:inspector/promises'
import { configureStore } from '@reduxjs/toolkit'
import { createSocketMiddleware, socketConnect, socketReducer, socketSend } from 'reduplex'

class FakeSocket {
  readyState = 0
  protocol = ''
  binaryType = ''
  bufferedAmount = 0
  listeners = {}
  constructor() {
    FakeSocket.last = this
    queueMicrotask(() => {
      this.readyState = 1
      this.listeners.open({})
    })
  }
  send() {}
  close() {}
  addEventListener(type, listener) {
    this.listeners[type] = listener
  }
}

const socket = createSocketMiddleware({ url: 'ws://server.test', WebSocket: FakeSocket, accept: 'posts/created' })
const store = configureStore({
  reducer: { socket: socketReducer, posts: (count = 0, { type }) => (type === 'posts/created' ? count + 1 : count) },
  middleware: (defaults) => defaults().prepend(socket.middleware),
})
await store.dispatch(socketConnect())

const walks = {
  in: () => FakeSocket.last.listeners.message({ data: '{"type":"posts/created","payload":1}' }),
  out: () => store.dispatch(socketSend({ id: 1 })),
}
const session = new Session()
session.connect()
await session.post('Profiler.enable')

/** The files with a function that `run` calls. V8 counts each function since the last look. */
const filesOf = async (run) => {
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  await session.post('Profiler.takePreciseCoverage')
  run()
  const { result } = await session.post('Profiler.takePreciseCoverage')
  await session.post('Profiler.stopPreciseCoverage')
  return result
    .filter(({ url, functions }) => url.includes('/dist/esm/') && functions.some(({ ranges }) => ranges[0].count > 0))
    .map(({ url }) => url.split('/dist/esm/')[1].replace(/\.js$/, '.ts'))
    .sort()
}

for (const run of Object.values(walks)) run()
const found = {}
for (const [name, run] of Object.entries(walks)) found[name] = await filesOf(run)
console.log(JSON.stringify(found))
process.exit(0)
