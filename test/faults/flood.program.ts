import { combineReducers, configureStore, type Middleware } from '@reduxjs/toolkit'
import { WebSocket as WsWebSocket } from 'ws'
import {
  createSocketMiddleware,
  selectIsCongested,
  selectSocket,
  socketChanged,
  socketClose,
  socketClosed,
  socketConnect,
  socketDropped,
  socketError,
  socketReducer,
  socketSend,
} from '../../src/index.js'

// Run by flood.test.ts in a process of its own, so that the memory is that of the client alone.

const { url, megabytes, size, manner, heartbeat } = JSON.parse(process.argv[2] ?? '{}') as {
  url: string
  megabytes: number
  size: number
  /** `polite` waits while its sends are queued; `rude` sends all the same. */
  manner: 'polite' | 'rude'
  heartbeat: { interval: number; timeout: number }
}

const counts = { sent: 0, queued: 0, dropped: 0, reported: {} as Record<string, number>, proven: 0, congestions: 0 }
const errors: string[] = []
const closures: unknown[] = []
let changes = 0
let highestBuffered = 0
let highestQueued = 0

const observe: Middleware = () => (next) => (action) => {
  if (socketDropped.match(action)) {
    const { reason, count } = action.payload
    counts.reported[reason] = (counts.reported[reason] ?? 0) + count
  }
  if (socketError.match(action)) errors.push(action.payload.code)
  if (socketClosed.match(action)) closures.push(action.payload)
  if (socketChanged.match(action)) {
    changes++
    const { latency, congested, buffered = 0, queued = 0 } = action.payload
    if (latency !== undefined) counts.proven++
    if (congested === true) counts.congestions++
    highestBuffered = Math.max(highestBuffered, buffered)
    highestQueued = Math.max(highestQueued, queued)
  }
  return next(action)
}

const socket = createSocketMiddleware({
  // The peer answers our close frame when it has read everything, and is slow.
  closeTimeout: 30_000,
  url,
  WebSocket: WsWebSocket,
  heartbeat,
  reconnect: { backoff: () => 10 },
})
const store = configureStore({
  reducer: combineReducers({ socket: socketReducer }),
  middleware: (defaults) =>
    defaults({ immutableCheck: { warnAfter: Infinity }, serializableCheck: { warnAfter: Infinity } })
      .prepend(socket.middleware)
      .concat(observe),
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const until = async (holds: () => boolean): Promise<void> => {
  if (holds()) return
  await new Promise<void>((resolve) => {
    const stop = store.subscribe(() => {
      if (!holds()) return
      stop()
      resolve()
    })
  })
}

const memory = (): number => {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const main = async (): Promise<void> => {
  await store.dispatch(socketConnect())
  const filler = 'x'.repeat(size)
  const total = Math.ceil((megabytes * 1024 * 1024) / size)
  const before = memory()
  let peak = 0
  let peakRss = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, memory())
    peakRss = Math.max(peakRss, process.memoryUsage().rss)
  }, 5)
  for (let n = 0; n < total; n++) {
    // A different text for every message, as an app would have.
    const { delivery } = store.dispatch(socketSend(`${String(n)} ${filler}`.slice(0, size)))
    counts[delivery]++
    if (delivery === 'queued' && manner === 'polite') {
      // The counters in the state are up to 16 ms old.
      const known = changes
      await until(
        () => changes > known && !selectIsCongested(store.getState()) && selectSocket(store.getState()).queued === 0,
      )
    } else if (n % 8 === 0) await turn()
  }
  await until(() => selectSocket(store.getState()).queued === 0)
  // The peer's close frame follows once it has read everything.
  const congestedAtEnd = selectIsCongested(store.getState())
  await until(() => !selectIsCongested(store.getState()))
  const closed = closures.length
  await store.dispatch(socketClose())
  clearInterval(watch)
  console.log(
    JSON.stringify({
      ...counts,
      total,
      before,
      peak,
      peakRss,
      errors,
      closed,
      congestedAtEnd,
      highestBuffered,
      highestQueued,
    }),
  )
}

void main()
