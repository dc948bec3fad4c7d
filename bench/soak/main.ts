import { getHeapCodeStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { AddressInfo } from 'node:net'
import { combineReducers, configureStore, type Middleware } from '@reduxjs/toolkit'
import { WebSocket, WebSocketServer } from 'ws'
import {
  createSocketMiddleware,
  selectIsOpen,
  socketClosed,
  socketConnect,
  socketDropped,
  socketMessage,
  socketReducer,
  socketSend,
} from '../../src/index.js'
import { startFaultProxy } from '../../test/support/faultProxy.js'
import { seeded } from '../restart/simulate.js'

// Run by scripts/soak.mjs: one store, traffic both ways, random cuts, and a measurement of the heap every 30 s.

const minutes = Number(process.argv[2] ?? 10)
const sampleMs = Math.min(30_000, (minutes * 60_000) / 6)
const random = seeded(1)
const below = (limit: number): number => Math.floor(random() * limit)
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const startServer = async (): Promise<WebSocketServer> => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (data: Buffer) => {
      const text = data.toString()
      socket.send(text === 'ping' ? 'pong' : text)
    })
  })
  await new Promise<void>((resolve) => server.once('listening', resolve))
  return server
}

const server = await startServer()
const proxy = await startFaultProxy((server.address() as AddressInfo).port)

// Messages that were sent, and neither echoed nor reported as dropped.
const outstanding = new Set<string>()
const counts = { sent: 0, echoed: 0, reported: 0, cuts: 0 }

const account: Middleware = () => (next) => (action) => {
  if (socketMessage.match(action)) {
    counts.echoed++
    outstanding.delete((action.payload as { id: string }).id)
  } else if (socketDropped.match(action)) {
    counts.reported += action.payload.count
    for (const id of action.payload.ids) outstanding.delete(id)
  } else if (socketClosed.match(action)) counts.cuts++
  return next(action)
}

const socket = createSocketMiddleware({
  url: `ws://127.0.0.1:${String(proxy.port)}`,
  WebSocket,
  heartbeat: { interval: 50, timeout: 1_000 },
  connectTimeout: 1_000,
  queue: { maxMessages: 100 },
  reconnect: { backoff: () => below(20), minUptime: 0, shouldReconnect: () => true },
})
const store = configureStore({
  reducer: combineReducers({ socket: socketReducer }),
  middleware: (defaults) =>
    defaults({ immutableCheck: false, serializableCheck: false }).prepend(socket.middleware).concat(account),
})
const isOpen = (): boolean => selectIsOpen(store.getState())
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await sleep(5)
}

let number = 0
const send = (count: number): void => {
  for (let index = 0; index < count; index++) {
    const id = `m${String(number++)}`
    counts.sent++
    outstanding.add(id)
    store.dispatch(socketSend({ id, text: 'x'.repeat(below(2_000)) }, { id }))
  }
}

const cut = async (): Promise<void> => {
  const how = below(10)
  if (how < 5) proxy.drop()
  else if (how < 7) for (const client of server.clients) client.close(1012)
  else if (how < 8) for (const client of server.clients) client.terminate()
  else if (how < 9) {
    await proxy.refuse()
    proxy.drop()
    await sleep(below(60))
    await proxy.resume()
  } else {
    proxy.freeze()
    await proxy.resume()
  }
}

const handles = (): Record<string, number> => {
  const kinds: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind !== 'Immediate') kinds[kind] = (kinds[kind] ?? 0) + 1
  }
  return kinds
}

interface Sample {
  readonly heap: number
  /** The code that V8 compiles while the program runs. It grows for a long time and does not belong to the library. */
  readonly code: number
  readonly handles: number
  readonly unaccounted: number
}

/** Measures once the store is connected, everything is answered and nothing is under way. */
const sample = async (): Promise<Sample> => {
  // The next cut ends connections that were frozen.
  proxy.drop()
  await sleep(50)
  await until(isOpen)
  send(1)
  await until(() => outstanding.size === 0 || !isOpen())
  await sleep(1_500)
  for (let round = 0; round < 4; round++) {
    collect()
    await sleep(20)
  }
  const { heapUsed, external } = process.memoryUsage()
  const { code_and_metadata_size: machineCode, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics()
  const code = machineCode + bytecode
  const kinds = handles()
  return {
    heap: heapUsed + external - code,
    code,
    // Timers come and go with the heartbeat.
    handles: Object.entries(kinds).reduce((sum, [kind, count]) => (kind === 'Timeout' ? sum : sum + count), 0),
    unaccounted: outstanding.size,
  }
}

const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(2)

const samples: Sample[] = []
const started = performance.now()
await store.dispatch(socketConnect())
while (performance.now() - started < minutes * 60_000) {
  const until30 = performance.now() + sampleMs
  while (performance.now() < until30) {
    send(below(20))
    await sleep(below(20))
    if (below(4) === 0 && isOpen()) await cut()
  }
  const taken = await sample()
  samples.push(taken)
  const elapsed = String(Math.round((performance.now() - started) / 1_000)).padStart(4)
  console.log(
    `${elapsed} s  heap ${mib(taken.heap)} MiB + code ${mib(taken.code)}  handles ${String(taken.handles)}  sent ${String(counts.sent)}  ` +
      `echoed ${String(counts.echoed)}  reported ${String(counts.reported)}  cuts ${String(counts.cuts)}  unaccounted ${String(taken.unaccounted)}`,
  )
}

socket.dispose()
await proxy[Symbol.asyncDispose]()
for (const client of server.clients) client.terminate()
server.close()

// The first third is warm-up: compiled code, pools, caches.
const warm = samples.slice(Math.ceil(samples.length / 3))
const half = Math.ceil(warm.length / 2)
const meanHeap = (some: readonly Sample[]): number => some.reduce((sum, { heap }) => sum + heap, 0) / some.length
const growth = meanHeap(warm.slice(-half)) - meanHeap(warm.slice(0, half))
const isFlat = growth < 256 * 1024
const isConstant = new Set(warm.map(({ handles: count }) => count)).size === 1
const isComplete = samples.every(({ unaccounted }) => unaccounted === 0)
console.log(
  `heap ${isFlat ? 'flat' : 'GROWS'} after warm-up (${growth >= 0 ? '+' : ''}${(growth / 1024).toFixed(0)} KiB from its first half to its second), ` +
    `handles ${isConstant ? 'constant' : 'NOT CONSTANT'}, ` +
    (isComplete ? 'every message accounted for' : 'MESSAGES UNACCOUNTED FOR'),
)
process.exitCode = isFlat && isConstant && isComplete ? 0 : 1
