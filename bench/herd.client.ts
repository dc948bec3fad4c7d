// A part of the clients of herd.ts, each with a store and the defaults of `createSocketMiddleware`: `node herd.client.js <url> <count>`. It prints
// `open` once all are, and after the next line, once all are open again, the time of each attempt since then as JSON: milliseconds of the wall clock.
import { configureStore, type Middleware } from '@reduxjs/toolkit'
import { WebSocket } from 'ws'
import { createSocketMiddleware, socketClosed, socketConnect, socketOpened, socketReducer } from '../src/index.js'
import { readLines } from './support/child.js'

const [, , url = '', count] = process.argv
const size = Number(count)
const attempts: number[] = []
const open = new Set<number>()
let lost = 0
let whenAllOpen = (): void => {}

class CountedSocket extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols, { perMessageDeflate: false })
    attempts.push(Date.now())
  }
}

const watch =
  (n: number): Middleware =>
  () =>
  (next) =>
  (action) => {
    if (socketOpened.match(action)) open.add(n)
    if (socketClosed.match(action) && open.delete(n)) lost++
    if (open.size === size) whenAllOpen()
    return next(action)
  }

const start = (n: number): void => {
  const { middleware } = createSocketMiddleware({ url, WebSocket: CountedSocket })
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) =>
      defaults({ serializableCheck: false, immutableCheck: false }).prepend(middleware, watch(n)),
  })
  void store.dispatch(socketConnect())
}

const allOpen = async (): Promise<void> => await new Promise((resolve) => (whenAllOpen = resolve))

const opened = allOpen()
// A few at a time: a listen queue is short.
for (let n = 0; n < size; n++) {
  start(n)
  if (n % 25 === 0) await new Promise((resolve) => setTimeout(resolve, 10))
}
await opened
console.log('open')

readLines(async () => {
  attempts.length = 0
  lost = 0
  whenAllOpen = () => {
    if (lost < size) return
    console.log(JSON.stringify(attempts))
    whenAllOpen = () => {}
  }
})
