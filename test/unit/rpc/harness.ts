import type { UnknownAction } from '@reduxjs/toolkit'
import { socketConnect, type WithSockets } from '../../../src/index.js'
import {
  jsonRpc,
  selectPendingCount,
  selectSubscription,
  type JsonRpcOptions,
  type RpcSocketState,
} from '../../../src/rpc/index.js'
import { advanceTime as passTime } from '../../support/fakeTime.js'
import { setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

export { advanceTime as passTime, useFakeTime } from '../../support/fakeTime.js'

export interface World extends TestStore {
  readonly hear: TestStore['receive']
  readonly hearJson: TestStore['receiveJson']
  readonly news: TestStore['takeActions']
}

export interface WireMessage {
  readonly jsonrpc?: string
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

export interface RpcWorld extends World {
  /** What the server got on all sockets, parsed, the oldest first. */
  readonly asked: () => WireMessage[]
  /** What it got on the newest socket. */
  readonly askedLast: () => WireMessage[]
  /** The newest message. */
  readonly lastAsked: () => WireMessage
  /** The server replies to the newest message, or to the one with that id. */
  readonly answer: (result: unknown, id?: number | string) => void
  readonly refuse: (error: unknown, id?: number | string) => void
  /** The server pushes on a subscription, by its own id of it. */
  readonly push: (id: unknown, data: unknown, channel?: string) => void
  readonly pending: World['pending']
  readonly pendingCount: () => number
  readonly subscription: (id: string) => ReturnType<typeof selectSubscription>
  /** The default connection's entry in the store. */
  readonly rpc: () => RpcSocketState
  /** The errors so far. */
  readonly errors: () => string[]
  /** The data of the pushes so far. */
  readonly pushed: () => unknown[]
}

export interface RpcWorldOptions extends StoreOptions {
  rpcOptions?: JsonRpcOptions
}

const parse = (frame: unknown): WireMessage => JSON.parse(String(frame)) as WireMessage

/** A store whose connection speaks JSON-RPC and is idle. Retries follow after 100 ms. */
export const createRpcWorld = ({ rpcOptions, ...options }: RpcWorldOptions = {}): RpcWorld => {
  const store = setupStore({
    protocol: jsonRpc(rpcOptions),
    reconnect: { backoff: () => 100 },
    ...options,
  })
  const world: World = { ...store, hear: store.receive, hearJson: store.receiveJson, news: store.takeActions }
  const root = () => world.app() as unknown as WithSockets
  const asked = (): WireMessage[] => world.sent().map(parse)
  const lastAsked = (): WireMessage => {
    const last = asked().at(-1)
    if (!last) throw new Error('the server got nothing')
    return last
  }
  const ofType = (type: string): UnknownAction[] => world.recorder.all.filter((action) => action.type === type)
  return {
    ...world,
    asked,
    askedLast: () => world.network.last.sent.map(parse),
    lastAsked,
    answer: (result, id = lastAsked().id!) => world.hearJson({ jsonrpc: '2.0', id, result }),
    refuse: (error, id = lastAsked().id!) => world.hearJson({ jsonrpc: '2.0', id, error }),
    push: (id, data, channel = 'news') =>
      world.hearJson({ jsonrpc: '2.0', method: '$/push', params: { id, channel, data } }),
    pendingCount: () => selectPendingCount(root()),
    subscription: (id) => selectSubscription(root(), id),
    rpc: () => world.state() as RpcSocketState,
    errors: () => ofType('socket/error').map(({ payload }) => (payload as { code: string }).code),
    pushed: () => ofType('socket/push').map(({ payload }) => payload),
  }
}

/** The same, with an open connection. */
export const openRpcWorld = async (options?: RpcWorldOptions): Promise<RpcWorld> => {
  const world = createRpcWorld(options)
  void world.dispatch(socketConnect())
  await passTime(1)
  world.news()
  return world
}
