import { setTimeout as sleep } from 'node:timers/promises'
import { configureStore, type Middleware } from '@reduxjs/toolkit'
import { WebSocket } from 'ws'
import { seeded } from '../../../bench/restart/simulate.js'
import {
  createSocketMiddleware,
  socketClose,
  socketConnect,
  socketDropped,
  socketMessage,
  socketOpened,
  socketReducer,
  socketSend,
} from '../../../src/index.js'
import { jsonRpc, socketPush, socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { createSocketServer, type ServerConnection, type SocketServer } from '../../../src/server/index.js'
import { selectUnacknowledged, sessionFeature } from '../../../src/session/index.js'
import { startFaultProxy, type FaultProxy } from '../faultProxy.js'
import { NumberedStream } from './numberedStream.js'

// Clients with sessions on a real server, each behind a proxy that cuts, with traffic in both directions, requests and a channel with history.

export interface TrafficOptions {
  readonly clients: number
  /** Milliseconds between two cuts of one client, the fewest and the most. */
  readonly cutEvery: readonly [least: number, most: number]
  /** Milliseconds between two messages of one client, and to it, at most. */
  readonly sendEvery: number
  readonly seed: number
  readonly isOver: (totals: TrafficTotals) => boolean
}

/** What has happened so far, of all clients together. */
export interface TrafficTotals {
  cuts: number
  sent: number
  told: number
  published: number
  requests: number
  failedRequests: number
  /** Sends that were reported as dropped. */
  reported: number
  problems: string[]
  readonly verdicts: Record<string, number>
}

/** What went wrong on the way to the server, to the client, and in the channel. */
export interface TrafficFaults {
  lost: number
  doubled: number
  reordered: number
}

interface Run {
  readonly options: TrafficOptions
  readonly server: SocketServer
  readonly totals: TrafficTotals
  readonly random: () => number
  /** What the server got of each client. */
  readonly said: NumberedStream[]
  isOver: boolean
  /** Nothing is sent any more. */
  isQuiet: boolean
}

interface Said {
  readonly client: number
  readonly n: number
}

const below = (run: Run, limit: number): number => Math.floor(run.random() * limit)

const tell = async (run: Run, connection: ServerConnection): Promise<void> => {
  let n = 0
  while (!run.isQuiet && !connection.signal.aborted) {
    if (connection.emit('told', ++n)) run.totals.told++
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await sleep(1 + below(run, run.options.sendEvery))
  }
  // The client compares it with what it has got.
  connection.emit('total', n)
}

const serve = (run: Run): Promise<void>[] => {
  const { said, server } = run
  const telling: Promise<void>[] = []
  server.on('add', (connection) => void telling.push(tell(run, connection)))
  server.onMessage('said', (payload) => {
    const { client, n } = payload as Said
    said[client]!.take(n)
  })
  server.methods({ double: (n) => (n as number) * 2 })
  server.channel('feed', { history: { size: 1_000, ttl: 60_000 } })
  return telling
}

const publish = async (run: Run): Promise<void> => {
  while (!run.isQuiet) {
    // oxlint-disable no-await-in-loop -- one after the other
    await run.server.publish('feed', ++run.totals.published)
    await sleep(1 + below(run, run.options.sendEvery * 2))
    // oxlint-enable no-await-in-loop
  }
}

/** One client and its proxy. */
class TrafficClient {
  readonly told = new NumberedStream()
  readonly pushed = new NumberedStream()
  sent = 0
  #total: number | undefined
  #hasPush = false
  readonly #index: number
  readonly #run: Run
  readonly #proxy: FaultProxy
  readonly #store

  constructor(index: number, run: Run, proxy: FaultProxy) {
    this.#index = index
    this.#run = run
    this.#proxy = proxy
    const record: Middleware = () => (next) => (action) => {
      this.#take(action)
      return next(action)
    }
    const { middleware, dispose } = createSocketMiddleware.with(sessionFeature)({
      url: `ws://127.0.0.1:${proxy.port}`,
      WebSocket,
      protocol: jsonRpc(),
      session: { ackInterval: 50 },
      heartbeat: { interval: 300, timeout: 500 },
      connectTimeout: 5_000,
      reconnect: { backoff: () => below(run, 50), minUptime: 0 },
    })
    const store = configureStore({
      reducer: { socket: socketReducer },
      middleware: (defaults) =>
        defaults({ serializableCheck: false, immutableCheck: false }).prepend(middleware).concat(record),
    })
    this.#store = { ...store, dispatch: store.dispatch, dispose }
  }

  async start(): Promise<void> {
    await this.#store.dispatch(socketConnect())
    this.#store.dispatch(socketSubscribe('feed'))
  }

  async send(): Promise<void> {
    while (!this.#run.isOver) {
      this.#run.totals.sent++
      this.#store.dispatch(socketSend({ type: 'said', payload: { client: this.#index, n: ++this.sent } }))
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await sleep(1 + below(this.#run, this.#run.options.sendEvery))
    }
  }

  async request(): Promise<void> {
    const { totals } = this.#run
    for (let n = 1; !this.#run.isOver; n++) {
      // oxlint-disable no-await-in-loop -- one after the other
      const { data } = await this.#store.dispatch(socketRequest('double', n, { timeout: 60_000 }))
      totals.requests++
      if (data !== n * 2) totals.failedRequests++
      await sleep(1 + below(this.#run, this.#run.options.sendEvery * 4))
      // oxlint-enable no-await-in-loop
    }
  }

  async cut(): Promise<void> {
    const [least, most] = this.#run.options.cutEvery
    while (!this.#run.isOver) {
      // oxlint-disable no-await-in-loop -- one after the other
      await sleep(least + below(this.#run, most - least))
      await this.#cutOnce()
      // oxlint-enable no-await-in-loop
      this.#run.totals.cuts++
      this.#run.isOver ||= this.#run.options.isOver(this.#run.totals)
    }
    await this.#proxy.resume()
    // Connections that were frozen stay dead.
    this.#proxy.drop()
  }

  /** Whether all has arrived that was sent in both directions, or never will. */
  isDone(): boolean {
    const { said, totals } = this.#run
    if (selectUnacknowledged(this.#store.getState()).length > 0) return false
    if (this.#total === undefined || this.told.lost(this.#total) > 0) return false
    return said[this.#index]!.lost(this.sent) === 0 && this.pushed.lost(totals.published) === 0
  }

  faults(): TrafficFaults {
    const { said, totals } = this.#run
    const streams = [said[this.#index]!, this.told, this.pushed]
    const lost = [
      said[this.#index]!.lost(this.sent),
      this.told.lost(this.#total ?? 0),
      this.pushed.lost(totals.published),
    ]
    return {
      lost: lost.reduce((sum, count) => sum + count),
      doubled: streams.reduce((sum, { doubled }) => sum + doubled, 0),
      reordered: streams.reduce((sum, { reordered }) => sum + reordered, 0),
    }
  }

  async end(): Promise<void> {
    await this.#store.dispatch(socketClose())
    this.#store.dispose()
    await this.#proxy[Symbol.asyncDispose]()
  }

  async #cutOnce(): Promise<void> {
    const kind = below(this.#run, 10)
    if (kind < 4) this.#proxy.drop()
    else if (kind < 7) this.#proxy.bytesLeft = 1 + below(this.#run, 2_000)
    else if (kind < 8) {
      this.#proxy.freeze()
      await sleep(below(this.#run, 200))
      await this.#proxy.resume()
    } else if (kind < 9) {
      await this.#proxy.refuse()
      this.#proxy.drop()
      await sleep(below(this.#run, 200))
      await this.#proxy.resume()
    } else {
      this.#proxy.stall()
      await sleep(below(this.#run, 200))
      await this.#proxy.resume()
    }
  }

  #take(action: unknown) {
    const { totals } = this.#run
    if (socketMessage.match(action)) {
      const { type, payload } = action.payload as { readonly type: string; readonly payload: number }
      if (type === 'told') this.told.take(payload)
      else this.#total = payload
    } else if (socketPush.match(action)) {
      const n = action.payload.data as number
      if (!this.#hasPush) this.pushed.startAt(n)
      this.#hasPush = true
      this.pushed.take(n)
    } else if (socketOpened.match(action)) {
      const { session = 'none' } = action.payload
      totals.verdicts[session] = (totals.verdicts[session] ?? 0) + 1
    } else if (socketDropped.match(action)) totals.reported += action.payload.count
  }
}

const createTotals = (): TrafficTotals => ({
  cuts: 0,
  sent: 0,
  told: 0,
  published: 0,
  requests: 0,
  failedRequests: 0,
  reported: 0,
  problems: [],
  verdicts: {},
})

const start = async (options: TrafficOptions) => {
  const totals = createTotals()
  const server = createSocketServer({
    port: 0,
    host: '127.0.0.1',
    rate: false,
    session: { ackInterval: 50 },
    onError: ({ code, message }) => void totals.problems.push(`${code}: ${message}`),
  })
  await server.ready
  const indexes = Array.from({ length: options.clients }, (_, index) => index)
  const said = indexes.map(() => new NumberedStream())
  const run: Run = { options, server, totals, random: seeded(options.seed), said, isOver: false, isQuiet: false }
  const telling = serve(run)
  const clients = await Promise.all(
    indexes.map(async (index) => new TrafficClient(index, run, await startFaultProxy(server.port!))),
  )
  await Promise.all(clients.map(async (client) => await client.start()))
  return { clients, run, server, telling, totals }
}

/** How long everything may take to arrive once there are no more cuts. What is late then is lost. */
const PATIENCE_MS = 30_000

/** Runs the traffic until it is over, and then until all has arrived. */
export const runSessionTraffic = async (options: TrafficOptions) => {
  const { clients, run, server, telling, totals } = await start(options)
  const publishing = publish(run)
  await Promise.all(clients.flatMap((client) => [client.send(), client.request(), client.cut()]))
  run.isQuiet = true
  await Promise.all([publishing, ...telling])
  for (let left = PATIENCE_MS; left > 0 && !clients.every((client) => client.isDone()); left -= 20) {
    // oxlint-disable-next-line no-await-in-loop -- until it has arrived
    await sleep(20)
  }
  const faults: TrafficFaults = { lost: 0, doubled: 0, reordered: 0 }
  for (const client of clients) {
    const { lost, doubled, reordered } = client.faults()
    faults.lost += lost
    faults.doubled += doubled
    faults.reordered += reordered
  }
  await Promise.all(clients.map(async (client) => await client.end()))
  const left = server.connections.size
  await server.close({ within: 1_000 })
  return { totals, faults, left }
}
