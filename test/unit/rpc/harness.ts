import type { UnknownAction } from '@reduxjs/toolkit'
import { socketConnect } from '../../../src/index.js'
import { jsonRpc, rpcReducer, selectPendingCount, selectSubscription, type RpcState } from '../../../src/rpc/index.js'
import type { JsonRpcOptions } from '../../../src/rpc/index.js'
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
  /** What the server got on all sockets, oldest first, parsed. */
  readonly asked: () => WireMessage[]
  /** What it got on the newest socket. */
  readonly askedLast: () => WireMessage[]
  /** The newest message. */
  readonly lastAsked: () => WireMessage
  /** The server answers; `result` of the newest message, unless told otherwise. */
  readonly answer: (result: unknown, id?: number | string) => void
  readonly refuse: (error: unknown, id?: number | string) => void
  /** The server pushes on a subscription of its own naming. */
  readonly push: (id: unknown, data: unknown, channel?: string) => void
  readonly pending: World['pending']
  readonly pendingCount: () => number
  readonly subscription: (id: string) => ReturnType<typeof selectSubscription>
  readonly rpc: () => RpcState
  /** The errors so far. */
  readonly errors: () => string[]
  /** The data of the pushes so far. */
  readonly pushed: () => unknown[]
}

export interface RpcWorldOptions extends StoreOptions {
  rpcOptions?: JsonRpcOptions
}

const parse = (frame: unknown): WireMessage => JSON.parse(String(frame)) as WireMessage

/** A store with JSON-RPC in it, whose socket has not been asked for anything yet; retries come at once. */
export const createRpcWorld = ({ rpcOptions, ...options }: RpcWorldOptions = {}): RpcWorld => {
  const store = setupStore({
    protocol: jsonRpc(rpcOptions),
    reducer: { rpc: rpcReducer },
    reconnect: { backoff: () => 100 },
    ...options,
  })
  const world: World = { ...store, hear: store.receive, hearJson: store.receiveJson, news: store.takeActions }
  const rpc = (): RpcState => (world.app() as { rpc: RpcState }).rpc
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
    pendingCount: () => selectPendingCount({ rpc: rpc() }),
    subscription: (id) => selectSubscription({ rpc: rpc() }, id),
    rpc,
    errors: () => ofType('socket/error').map(({ payload }) => (payload as { code: string }).code),
    pushed: () => ofType('socket/push').map(({ payload }) => payload),
  }
}

/** The same, open. */
export const openRpcWorld = async (options?: RpcWorldOptions): Promise<RpcWorld> => {
  const world = createRpcWorld(options)
  void world.dispatch(socketConnect())
  await passTime(1)
  world.news()
  return world
}
