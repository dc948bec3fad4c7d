import { describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { socketClose, socketConnect, socketReconnect } from '../../../src/index.js'
import {
  rpcWebSocketsDialect,
  socketRequest,
  socketSubscribe,
  socketUnsubscribe,
  type RequestResult,
  type RpcDialect,
} from '../../../src/rpc/index.js'
import type { FakeConnection } from '../../../src/testing/index.js'
import { setupRpcStore, advanceTime, type RpcTestStore, type WireMessage } from './harness.js'

// A server that records its subscriptions, and replies to the messages of a socket as the property draws.

interface Peer {
  readonly peer: FakeConnection
  read: number
  readonly waiting: WireMessage[]
  /** The channels of its subscriptions, by the server's id. */
  readonly live: Map<string, string>
}

interface Request {
  settled: RequestResult<unknown>[]
  readonly abort: () => void
}

interface Model {
  readonly store: RpcTestStore
  readonly peers: Map<FakeConnection, Peer>
  readonly requests: Request[]
  readonly wanted: Map<string, string>
  readonly gone: string[]
  readonly isShared: boolean
  serial: number
}

const channels = ['a', 'b', 'c']

const peerOf = (model: Model): Peer | undefined => {
  const peer = model.store.network.connections.at(-1)
  if (!peer) return undefined
  const known = model.peers.get(peer) ?? { peer, read: 0, waiting: [], live: new Map<string, string>() }
  model.peers.set(peer, known)
  for (const frame of peer.receivedRaw.slice(known.read)) {
    const message = JSON.parse(frame as string) as WireMessage
    if (message.id !== undefined && message.method !== undefined) known.waiting.push(message)
  }
  known.read = peer.receivedRaw.length
  return known
}

const isOpen = ({ peer }: Peer) => peer.socket.readyState === 1

const serve = (model: Model, known: Peer, message: WireMessage): object => {
  const reply = (result: unknown) => ({ jsonrpc: '2.0', id: message.id, result })
  const params = message.params as { channel: string; id: string } & string[]
  switch (message.method ?? '') {
    case 'subscribe': {
      const id = `s${String(++model.serial)}`
      known.live.set(id, params.channel)
      return reply(id)
    }
    case 'unsubscribe':
      return reply(known.live.delete(params.id))
    case 'rpc.on': {
      const [channel = ''] = params
      // Such servers differ in what they do with a second subscription: there must be none.
      expect(known.live.has(channel)).toBe(false)
      known.live.set(channel, channel)
      return reply({ [channel]: 'ok' })
    }
    case 'rpc.off': {
      known.live.delete(params[0]!)
      return reply({ [params[0]!]: 'ok' })
    }
    default:
      return reply(message.id)
  }
}

const answerOne = (model: Model, at: number, times = 1) => {
  const known = peerOf(model)
  if (!known || !isOpen(known) || known.waiting.length === 0) return
  const [message] = known.waiting.splice(at % known.waiting.length, 1)
  const reply = serve(model, known, message!)
  for (let time = 0; time < times; time++) known.peer.sendRaw(JSON.stringify(reply))
}

type Step = readonly [name: keyof typeof steps, at: number]

const steps = {
  connect: ({ store }: Model) => void store.dispatch(socketConnect()),
  reconnect: ({ store }: Model) => void store.dispatch(socketReconnect()),
  close: ({ store }: Model) => void store.dispatch(socketClose()),
  drop: (model: Model) => {
    const known = peerOf(model)
    if (known && isOpen(known)) known.peer.cut()
  },
  request: (model: Model, at: number) => {
    const handle = model.store.dispatch(socketRequest('get', [at], { idempotent: at % 2 === 0, timeout: 500 + at }))
    const request: Request = { settled: [], abort: () => handle.abort() }
    void handle.then((result) => request.settled.push(result))
    model.requests.push(request)
  },
  abort: ({ requests }: Model, at: number) => requests[at % (requests.length || 1)]?.abort(),
  subscribe: ({ store, wanted }: Model, at: number) => {
    const channel = channels[at % channels.length]!
    wanted.set(store.dispatch(socketSubscribe(channel)), channel)
  },
  unsubscribe: ({ store, wanted, gone }: Model, at: number) => {
    const id = [...wanted.keys()][at % (wanted.size || 1)]
    if (id === undefined) return
    wanted.delete(id)
    gone.push(id)
    store.dispatch(socketUnsubscribe(id))
  },
  again: (model: Model, at: number) => {
    steps.unsubscribe(model, at)
    steps.subscribe(model, at)
  },
  answer: (model: Model, at: number) => answerOne(model, at),
  answerTwice: (model: Model, at: number) => answerOne(model, at, 2),
  answerNonsense: (model: Model, at: number) => {
    const known = peerOf(model)
    if (known && isOpen(known))
      known.peer.sendRaw(JSON.stringify({ jsonrpc: '2.0', id: 100_000 + at, result: 'nonsense' }))
  },
  wait: async (_model: Model, at: number) => await advanceTime(at),
}

const check = (model: Model) => {
  for (const { settled } of model.requests) expect(settled.length).toBeLessThanOrEqual(1)
  const known = peerOf(model)
  if (!known) return
  for (const channel of channels) {
    const live = [...known.live.values()].filter((one) => one === channel).length
    const unsubscribes = known.waiting.filter(({ method }) => method === 'unsubscribe' || method === 'rpc.off').length
    const wanted = [...model.wanted.values()].filter((one) => one === channel).length
    // Others are being ended, or will be when the reply arrives.
    if (!unsubscribes && !known.waiting.length && isOpen(known)) {
      expect(live).toBeLessThanOrEqual(model.isShared ? Math.min(wanted, 1) : wanted)
    }
  }
}

/** The server replies to everything. Then it has the subscriptions that the app wants. */
const finish = async (model: Model) => {
  const { store, wanted, requests } = model
  void store.dispatch(socketConnect())
  await advanceTime(3_000)
  for (let known = peerOf(model); known && known.waiting.length > 0; known = peerOf(model)) answerOne(model, 0)
  await advanceTime(2_000)
  const known = peerOf(model)!
  const count = (values: Iterable<string>) => [...values].toSorted()
  const expected = model.isShared ? new Set(wanted.values()) : wanted.values()
  expect(count(known.live.values())).toEqual(count(expected))
  for (const id of wanted.keys()) expect(store.subscription(id)?.status).toBe('active')
  for (const id of model.gone) expect(store.subscription(id)).toBeUndefined()
  expect(requests.map(({ settled }) => settled.length)).toEqual(requests.map(() => 1))
  expect(store.pendingCount()).toBe(0)

  for (const [id, channel] of known.live) {
    const push = model.isShared
      ? { notification: channel, params: [] }
      : { jsonrpc: '2.0', method: '$/push', params: { id, channel, data: 1 } }
    known.peer.sendRaw(JSON.stringify(push))
  }
  const received = store.pushed().map((payload) => (payload as { id: string }).id)
  expect(received.toSorted()).toEqual([...wanted.keys()].toSorted())
  await store.dispatch(socketClose())
  // The timer of the store's auto-batching.
  await advanceTime(20)
  expect(jest.getTimerCount()).toBe(0)
}

const isNonsense = (code: string) => code === 'unexpected_reply'

const run = async (drawn: readonly Step[], dialect?: RpcDialect) => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] })
  const store = setupRpcStore(dialect && { rpcOptions: { dialect } })
  const model: Model = {
    store,
    peers: new Map(),
    requests: [],
    wanted: new Map(),
    gone: [],
    isShared: dialect !== undefined,
    serial: 0,
  }
  try {
    for (const [name, at] of drawn) {
      // oxlint-disable-next-line no-await-in-loop
      await steps[name](model, at)
      // oxlint-disable-next-line no-await-in-loop
      await advanceTime(0)
      check(model)
    }
    await finish(model)
    expect(store.errors().filter((code) => !isNonsense(code))).toEqual([])
  } finally {
    store.socket.dispose()
    jest.useRealTimers()
  }
}

const names = Object.keys(steps) as (keyof typeof steps)[]
const sequences = fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(300)), { maxLength: 40, size: 'max' })

describe('any order of commands, replies and lost connections', () => {
  it.each([
    ['our own server', undefined],
    ['a server whose pushes name the channel', rpcWebSocketsDialect],
  ])(
    'settles each request once, and leaves %s with the subscriptions that the app wants',
    async (_server, dialect) => {
      expect.hasAssertions()
      await fc.assert(
        fc.asyncProperty(sequences, async (drawn) => await run(drawn, dialect)),
        { numRuns: 100 },
      )
    },
    60_000,
  )
})
