import { describe, expect, it } from '@jest/globals'
import { createApi, QueryStatus } from '@reduxjs/toolkit/query'
import fc from 'fast-check'
import { socketConnect } from '../../../src/index.js'
import { socketBaseQuery, streamUpdates, type StreamedApi } from '../../../src/query/index.js'
import type { FakeConnection } from '../../../src/testing/index.js'
import type { WireMessage } from '../rpc/harness.js'
import { setupQueryStore, advanceTime, useFakeTime } from './harness.js'

useFakeTime()

/** What the server has: the latest version of each row. */
type Rows = Record<string, number>

interface Push {
  readonly row: string
  readonly version: number
}

const createRowsApi = () => {
  const api = createApi({
    baseQuery: socketBaseQuery(),
    endpoints: (build) => ({
      getRows: build.query<Rows, void>({
        query: () => 'getRows',
        onCacheEntryAdded: streamUpdates({
          api: (): StreamedApi => api,
          channel: 'rows',
          maxBuffered: 4,
          // It ignores the version: the rows are right only if the order is.
          apply: (rows, { row, version }: Push) => {
            rows[row] = version
          },
          resume: ({ version }) => ({ after: version }),
        }),
      }),
    }),
  })
  return api
}

/** A server that writes, serves and replies when the test says so. It takes requests in order and reads at once; it replies to queries in any order. */
const createServer = (keepsHistory: boolean) => {
  const rows: Rows = {}
  const history: Push[] = []
  const read = new Map<FakeConnection, number>()
  const subscribed = new Map<FakeConnection, number>()
  let held: { readonly peer: FakeConnection; readonly id: number; readonly result: unknown }[] = []
  const send = (peer: FakeConnection, message: object) => peer.sendRaw(JSON.stringify({ jsonrpc: '2.0', ...message }))
  const push = (peer: FakeConnection, data: Push) =>
    send(peer, { method: '$/push', params: { id: 's', channel: 'rows', data } })

  const subscribe = (peer: FakeConnection, id: number, after: number | undefined) => {
    const isKnown = keepsHistory && after !== undefined
    send(peer, { id, result: isKnown ? { id: 's', recovered: true } : 's' })
    subscribed.set(peer, (subscribed.get(peer) ?? 0) + 1)
    for (const one of isKnown ? history.filter(({ version }) => version > after) : []) push(peer, one)
  }
  const serve = (peer: FakeConnection, { id, method, params }: WireMessage) => {
    if (id === undefined) return
    if (method === 'subscribe') subscribe(peer, id, (params as { params?: { after: number } }).params?.after)
    else if (method === 'unsubscribe') {
      subscribed.delete(peer)
      send(peer, { id, result: true })
    } else held.push({ peer, id, result: { ...rows } })
  }
  return {
    rows,
    /** How often the client has subscribed on a connection, without an unsubscribe since. */
    subscriptions: (peer: FakeConnection) => subscribed.get(peer) ?? 0,
    write: (peer: FakeConnection | undefined, row: string) => {
      const one = { row, version: history.length + 1 }
      history.push(one)
      rows[row] = one.version
      if (peer && subscribed.get(peer)) push(peer, one)
    },
    /** Takes the next request. Returns whether there was one. */
    take: (peer: FakeConnection | undefined) => {
      const frame = peer?.receivedRaw[read.get(peer) ?? 0]
      if (!peer || frame === undefined) return false
      read.set(peer, (read.get(peer) ?? 0) + 1)
      serve(peer, JSON.parse(frame as string) as WireMessage)
      return true
    },
    /** Sends one of the replies that are ready. Returns whether there was one. */
    answer: (at: number) => {
      const [one] = held.splice(held.length ? at % held.length : 0, 1)
      if (one) send(one.peer, { id: one.id, result: one.result })
      return Boolean(one)
    },
    refuse: (at: number) => {
      const [one] = held.splice(held.length ? at % held.length : 0, 1)
      if (one) send(one.peer, { id: one.id, error: { code: 1, message: 'busy' } })
    },
    lose: () => {
      held = []
    },
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), at: fc.nat(7) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('take' as const, 'answer' as const), at: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), at: fc.constantFrom(1, 17, 150) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('refetch' as const, 'drop' as const), at: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('refuse' as const, 'remove' as const), at: fc.nat(3) }) },
)

type Step = (typeof step)['generate'] extends (...args: never) => { value: infer Value } ? Value : never

const play = async (keepsHistory: boolean, startsLive: boolean, steps: readonly Step[]) => {
  const api = createRowsApi()
  const store = setupQueryStore(api)
  const server = createServer(keepsHistory)
  const peer = () => store.network.connections.at(-1)
  const mount = () => store.run(api.endpoints.getRows.initiate())
  let component = mount()
  void store.dispatch(socketConnect())
  await advanceTime(1)
  const actions: Record<Step['do'], (at: number) => unknown> = {
    write: (at) => server.write(peer(), `row ${String(at)}`),
    take: () => server.take(peer()),
    answer: server.answer,
    refuse: server.refuse,
    wait: advanceTime,
    refetch: () => void component.refetch(),
    drop: () => {
      server.lose()
      peer()?.cut()
    },
    remove: () => {
      store.run(api.util.resetApiState())
      component = mount()
    },
  }
  // Half of them start with an entry that is live.
  for (let begun = 0; begun < (startsLive ? 3 : 0); begun++) {
    if (!server.take(peer())) server.answer(0)
    await advanceTime(1) // oxlint-disable-line no-await-in-loop
  }
  for (const { do: name, at } of steps) {
    await actions[name](at) // oxlint-disable-line no-await-in-loop
    await advanceTime(0) // oxlint-disable-line no-await-in-loop
  }
  // Until nothing is under way any more.
  for (let round = 0; round < 6; round++) {
    await advanceTime(200) // oxlint-disable-line no-await-in-loop
    while (server.take(peer()) || server.answer(0)) await advanceTime(20) // oxlint-disable-line no-await-in-loop
  }
  const { data, status } = api.endpoints.getRows.select()(store.app() as never)
  const stream = store.status('getRows')
  const seen = {
    data,
    status,
    stream,
    subscriptions: server.subscriptions(peer()!),
    errors: store.errors(),
  }
  component.unsubscribe()
  store.run(api.util.resetApiState())
  await advanceTime(1)
  store.socket.dispose()
  return { seen, rows: server.rows, wasRefused: steps.some(({ do: name }) => name === 'refuse') }
}

describe('any order of pushes, answers, failures, lost connections and entries that come and go', () => {
  it.each([false, true])(
    'ends with the data of the server (which keeps its history: %s)',
    async (keeps) => {
      await fc.assert(
        fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 14, size: 'max' }), async (startsLive, steps) => {
          const { seen, rows, wasRefused } = await play(keeps, startsLive, steps)
          expect(seen.subscriptions).toBe(1)
          expect(seen.errors).toEqual([])
          // Only the app repeats a fetch that failed. The stream says that pushes may be missing.
          if (wasRefused && seen.status !== QueryStatus.fulfilled && seen.stream !== 'live') return
          expect([seen.stream, seen.data]).toEqual(['live', rows])
          expect(wasRefused || seen.status === QueryStatus.fulfilled).toBe(true)
        }),
        { numRuns: 120 },
      )
    },
    120_000,
  )
})
